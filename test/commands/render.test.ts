/** `render`: what it shows is what a sink would send. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { stringify } from 'yaml'
import { render } from '../../src/cli/render.ts'
import { BodyTemplate } from '../../src/sink-kit/body-template.ts'
import { occurrenceOf } from '../../src/sink-kit/testing/sink-world.ts'
import { FUNCTION_GROUPS } from '../../src/template/reference/reference.ts'
import { SAMPLE_EVENTS } from '../../src/template/sample-events.ts'
import { REFUSED } from '../../src/template/sprig/sprig.ts'
import { openSite } from '../harness/site.ts'
import { until } from '../servers/processes.ts'
import { keptIo, type KeptIo } from './io.ts'

const good =
  '{"msgtype": "text", "n": {{.Count}},\n "text": {"content": "{{.Type}} {{.Message}}\\n{{.LastTimestamp}}"}}'

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function run(
  argv: readonly string[],
  input = '',
  io: KeptIo = keptIo({ env: { TZ: 'UTC' } }),
): Promise<Ended> {
  const code = await render(argv, io, Readable.from([Buffer.from(input)]))
  return { code, stdout: io.stdout(), stderr: io.stderr() }
}

function folderOf(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-render-'))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function fileWith(test: TestContext, text: string, name = 'body.tmpl'): string {
  const file = join(folderOf(test), name)
  writeFileSync(file, text)
  return file
}

describe('render', () => {
  it('prints the body of each built-in event as a sink sends it, and nothing else, to standard output', async (test) => {
    const file = fileWith(test, good)
    const use = { origin: { kind: 'file', path: file }, escape: 'auto', sendsJson: true } as const
    const template = new BodyTemplate(use, { TZ: 'UTC' })
    template.take(good)
    for (const { name, event } of SAMPLE_EVENTS) {
      const { code, stdout } = await run([`--template=${file}`, `--event=${name}`])
      assert.equal(code, 0)
      assert.deepEqual({ kind: 'body', body: stdout }, template.render(occurrenceOf(event)))
      assert.doesNotThrow(() => JSON.parse(stdout), name)
    }
  })

  it('tells on standard error which actions were escaped, which not, and why', async (test) => {
    const file = fileWith(test, good)
    const { stderr } = await run([`--template=${file}`, '--sink=dingtalk'])
    assert.equal(
      stderr,
      [
        'escaping: on',
        '  1:28  {{.Count}}          as it is: outside strings',
        '  2:25  {{.Type}}           escaped: in a string',
        '  2:35  {{.Message}}        escaped: in a string',
        '  2:49  {{.LastTimestamp}}  escaped: in a string',
        'crash-loop (Pod shop/web-7d4b9c6f5d-x2x9k, BackOff): valid JSON',
        '',
      ].join('\n'),
    )
    const supposed = await run([`--template=${file}`])
    assert.match(
      supposed.stderr,
      /^escaping: on: as JSON, unless --sink or --content-type tells otherwise\n {2}1:28 /,
    )
  })

  it('names template, line and column of what is wrong, and what was meant', async (test) => {
    const unknownField = await run([`--template=${fileWith(test, '{"a":\n "{{.InvolvedObject.Nmae}}"}')}`])
    assert.equal(unknownField.code, 1)
    assert.equal(unknownField.stdout, '')
    assert.match(
      unknownField.stderr,
      /error: body\.tmpl:2:20: can't evaluate field Nmae .*\n {2}found: .*\n {2}meant: \.Name\n/,
    )
    const broken = await run(['--template=-'], '{{if .Reason}}\n{{urlqery "x"}}{{end}}')
    assert.equal(broken.code, 1)
    assert.match(
      broken.stderr,
      /^error: standard input:2:3: function "urlqery" not defined\n {2}found: urlqery\n {2}meant: urlquery\n$/,
    )
  })

  it('knows the functions of Helm, with Go’s own where both have one, and says why some are refused', async () => {
    const known = await run(['--template=-'], '{{trunc 3 .Reason | upper}} {{slice "abcd" 1 2}}')
    assert.deepEqual([known.code, known.stdout], [0, 'BAC b'])
    const refused = await run(['--template=-'], '{{env "HOME"}}')
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /standard input:1:3: function "env" is not available: it would show/)
  })

  it('fails where what is sent as JSON is none, and tells where; else it only tells', async (test) => {
    const file = fileWith(test, '{"kind": "{{.InvolvedObject.Kind}}""reason": "{{.Reason}}"}')
    for (const how of [
      '--sink=dingtalk',
      '--content-type=application/json; charset=utf-8',
      '--escape=json',
    ]) {
      const { code, stdout, stderr } = await run([`--template=${file}`, how])
      assert.equal(code, 1, how)
      assert.equal(stdout, '{"kind": "Pod""reason": "BackOff"}')
      assert.match(
        stderr,
        /: error: sent as JSON, and none: line 1, column 15: found `"`, where `,` or `}` belongs\n {2}\{"kind": "Pod" --> "reason"/,
      )
    }
    for (const how of ['--sink=webhook', '--content-type=text/plain', '--escape=auto']) {
      const { code, stderr } = await run([`--template=${file}`, how])
      assert.equal(code, 0, how)
      assert.match(stderr, /no JSON, if it should be: line 1, column 15: /)
    }
  })

  it('tells why nothing is escaped, and deletes quotes as the original does', async (test) => {
    const file = fileWith(test, '{"m": "{{.Message}}"}')
    const why = async (...argv: readonly string[]): Promise<string> => {
      const { stdout, stderr } = await run([`--template=${file}`, '--event=failed-mount', ...argv])
      assert.match(stdout, /volume settings : configmap report-settings/)
      return stderr.split('\n')[0] ?? ''
    }
    assert.equal(await why('--escape=none'), 'escaping: off: escape=none says so')
    assert.equal(await why('--content-type=text/plain'), 'escaping: off: the body is not sent as JSON')
    writeFileSync(file, '"m": "{{.Message}}"')
    assert.equal(await why(), "escaping: off: the template's own text is no JSON")
    writeFileSync(file, '{"m": {{if .Count}}"{{.Message}}{{else}}"x{{end}}"}')
    assert.match(
      await why('--escape=json'),
      /^escaping: off: template "body.tmpl": values are not escaped for JSON.*different parts/,
    )
  })

  it('takes events as kubectl prints them, from a file or standard input, several too', async (test) => {
    const [crash, mount] = SAMPLE_EVENTS.map(({ event }) => event)
    const template = fileWith(test, '{{.Reason}} {{.InvolvedObject.Namespace}}')
    const yaml = fileWith(test, stringify(crash), 'event.yaml')
    assert.equal((await run([`--template=${template}`, `--event=${yaml}`])).stdout, 'BackOff shop')
    const list = JSON.stringify({ kind: 'List', items: [crash, mount] })
    const { stdout, stderr } = await run([`--template=${template}`, '--event=-'], list)
    assert.equal(stdout, 'BackOff shop\nFailedMount billing\n')
    assert.match(stderr, /^standard input \(2 of 2\) \(Pod billing\//m)
    const none = await run([`--template=${template}`, '--event=-'], 'kind: Pod\nmetadata: {}')
    assert.equal(none.code, 1)
    assert.match(none.stderr, /--event: standard input: this Pod is no event: involvedObject/)
  })

  it('shows times in the zone that is asked for', async () => {
    const of = async (...argv: readonly string[]): Promise<string> =>
      (await run(['--template=-', ...argv], '{{.LastTimestamp}}')).stdout
    assert.equal(await of(), '2026-03-02 09:37:41 +0000 UTC')
    assert.equal(await of('--tz=Asia/Shanghai'), '2026-03-02 17:37:41 +0800 CST')
  })

  it("takes a whole sink's template, content type and escaping", async (test) => {
    const file = fileWith(test, '{"m": "{{.Message}}"}')
    const url = 'webhook:https://hooks.example.test/alerts?method=POST'
    const of = async (sink: string, ...argv: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await run([`--sink=${sink}`, '--event=failed-mount', ...argv])
      assert.equal(code, 0, stderr)
      return stdout
    }
    const json = 'header=Content-Type=application/json'
    assert.match(await of(`${url}&${json}&ke.templateFile=${file}`), /volume \\"settings\\"/)
    assert.match(await of(`${url}&ke.templateFile=${file}`), /volume settings/)
    assert.match(await of(`${url}&ke.templateFile=${file}&ke.escape=json`), /volume \\"settings\\"/)
    assert.match(await of(`${url}&${json}&ke.templateFile=${file}&ke.escape=none`), /volume settings/)
    assert.match(await of(`${url}&${json}`, `--template=${file}`), /volume \\"settings\\"/)
    assert.match(await of(url, `--template=${file}`), /volume settings/)
  })

  it('prints control characters to no terminal', async (test) => {
    const event = JSON.stringify({ metadata: {}, involvedObject: {}, message: 'a\u001b[2Jb\u009bc' })
    const file = ['--template=-', '--content-type=text/plain']
    const io = keptIo({ colour: true, env: { TZ: 'UTC' } })
    const path = fileWith(test, event, 'event.json')
    assert.equal((await run([...file, `--event=${path}`], '{{.Message}}', io)).stdout, 'a␛[2Jb␡c\n')
    assert.equal((await run([...file, `--event=${path}`], '{{.Message}}')).stdout, 'a\u001b[2Jb\u009bc')
  })

  it('prints for programs what it tells people', async (test) => {
    const file = fileWith(test, '{"a": "{{.Reason}}"{{if eq .Type "Normal"}}{{.Nope}}{{end}}')
    const { code, stdout, stderr } = await run([
      `--template=${file}`,
      '--event=all',
      '--json',
      '--sink=slack',
    ])
    assert.equal(code, 1)
    assert.equal(stderr, '')
    const told = JSON.parse(stdout)
    assert.equal(told.ok, false)
    assert.equal(told.escaping.why, 'not-json')
    assert.equal(told.events.length, SAMPLE_EVENTS.length)
    assert.equal(told.events[0].body, '{"a": "BackOff"')
    assert.deepEqual([told.events[0].json.valid, told.events[0].json.column], [false, 16])
    const [failed] = told.events.filter((one: { readonly error?: unknown }) => one.error)
    assert.deepEqual([failed.event, failed.error.line, failed.error.phase], ['normal', 1, 'exec'])
    const broken = await run(['--template=-', '--json'], '{{')
    assert.equal(broken.code, 1)
    assert.equal(JSON.parse(broken.stdout).error.phase, 'parse')
  })

  it('exits 2 for flags that contradict each other or name what is not there, all at once', async (test) => {
    const file = fileWith(test, 'x')
    const cases: readonly (readonly [argv: readonly string[], told: RegExp])[] = [
      [[], /there is no template/],
      [['--template=a', '--configmap=b/c'], /there is a template already/],
      [['--configmap=b'], /no NAMESPACE\/NAME/],
      [['--configmap=ops/body'], /--source: it is missing/],
      [['--configmap=ops/body', '--source=recording:x'], /a recording has no ConfigMaps/],
      [[`--template=${file}`, '--sink=slack', '--content-type=text/plain'], /the sink has one already/],
      [[`--template=${file}`, '--sink=slakc'], /did you mean slack\?/],
      [[`--template=${file}`, '--sink=log'], /makes its bodies itself/],
      [[`--template=${file}`, '--sink=log:'], /makes its bodies itself/],
      [[`--template=${file}`, '--sink=webhook:https://h.example.test?ke.nmae=x'], /nmae/],
      [['--template=-', '--event=-'], /cannot be the template and the event/],
      [[`--template=${file}`, '--escape=html', '--tz=Mars/Base'], /--escape: [\s\S]*--tz: there is no zone/],
      [[file], /no flag/],
    ]
    for (const [argv, told] of cases) {
      const { code, stderr } = await run(argv)
      assert.equal(code, 2, argv.join(' '))
      assert.match(stderr, told)
    }
  })

  it('exits 1 for a file or an event that is not there', async (test) => {
    const noFile = await run(['--template=/nowhere/body.tmpl'])
    assert.equal(noFile.code, 1)
    assert.match(noFile.stderr, /\/nowhere\/body\.tmpl cannot be read: .*ENOENT/)
    const noEvent = await run([`--template=${fileWith(test, 'x')}`, '--event=crashloop'])
    assert.equal(noEvent.code, 1)
    assert.match(noEvent.stderr, /did you mean crash-loop\?/)
  })
})

describe('render --watch', () => {
  it('renders again when the file changes, also when it was wrong, until it is ended', async (test) => {
    const file = fileWith(test, 'one {{.Reason}}')
    const io = keptIo({ env: { TZ: 'UTC' } })
    const ended = render([`--template=${file}`, '--watch'], io, Readable.from([]))
    test.after(() => (io.stop(), ended))
    await until('the first', () => io.stdout() === 'one BackOff\n')
    writeFileSync(file, 'two {{.Reason')
    await until('the error', () => /error: body\.tmpl:1:\d+: unclosed action/.test(io.stderr()))
    writeFileSync(file, 'three {{.Reason}}')
    await until('the third', () => io.stdout() === 'one BackOff\nthree BackOff\n')
    io.stop()
    assert.equal(await ended, 0)
  })

  it('clears a terminal before each', async (test) => {
    const file = fileWith(test, 'one')
    const io = keptIo({ colour: true })
    const ended = render([`--template=${file}`, '--watch'], io, Readable.from([]))
    test.after(() => (io.stop(), ended))
    await until('the first', () => io.stdout().includes('one'))
    writeFileSync(file, 'two')
    await until('the second', () => io.stdout().includes('two'))
    assert.equal(io.stdout().split('\u001b[2J').length - 1, 2)
    io.stop()
    assert.equal(await ended, 0)
  })
})

describe('render --configmap', () => {
  it('reads the ConfigMap that a sink reads, and says what keeps it from it', async (test) => {
    const site = await openSite(test)
    const named = ['--configmap=ops/body', site.source]
    const missing = await run(named)
    assert.equal(missing.code, 1)
    assert.match(missing.stderr, /ConfigMap ops\/body is not there/)
    site.api.putConfigMap({ metadata: { namespace: 'ops', name: 'body' }, data: { body: 'x' } })
    assert.match((await run(named)).stderr, /has no key `content`/)
    site.api.putConfigMap({ metadata: { namespace: 'ops', name: 'body' }, data: { content: '{{.Nope}}' } })
    assert.match((await run(named)).stderr, /ops\/body:1:3: can't evaluate field Nope/)
    site.api.putConfigMap({
      metadata: { namespace: 'ops', name: 'body' },
      data: { content: 'now {{.Reason}}' },
    })
    assert.equal((await run(named)).stdout, 'now BackOff')
    const sink = site.sink('custom_body_configmap=body', 'custom_body_configmap_namespace=ops')
    assert.equal((await run([sink, site.source])).stdout, 'now BackOff')
  })

  it('is watched with --watch: each change is rendered', async (test) => {
    const site = await openSite(test)
    const put = (content: string): void =>
      void site.api.putConfigMap({ metadata: { namespace: 'ops', name: 'body' }, data: { content } })
    const io = keptIo({ env: { TZ: 'UTC' } })
    const ended = render(['--configmap=ops/body', site.source, '--watch', '--json'], io, Readable.from([]))
    site.onClose(() => (io.stop(), ended))
    await until('that it is not there', () => io.stderr().includes('ConfigMap ops/body is not there'))
    put('one {{.Reason}}')
    await until('the first', () => io.stdout().includes('one BackOff'))
    put('two {{.Reason}}')
    await until('the second', () => io.stdout().includes('two BackOff'))
    io.stop()
    assert.equal(await ended, 0)
    const lines = io.stdout().trim().split('\n')
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).events[0].body),
      ['one BackOff', 'two BackOff'],
    )
  })
})

describe('what render tells of itself', () => {
  it('are the built-in events, each of which it renders', async () => {
    const { code, stdout } = await run(['--list-events'])
    assert.equal(code, 0)
    for (const { name } of SAMPLE_EVENTS) assert.match(stdout, new RegExp(`^${name} `, 'm'))
    assert.deepEqual(JSON.parse((await run(['--list-events', '--json'])).stdout), SAMPLE_EVENTS)
  })

  it('are all functions, and those that are refused with their reasons', async () => {
    const { stdout } = await run(['--functions'])
    const names = FUNCTION_GROUPS.flatMap(({ rows }) => rows.map(([name]) => name))
    for (const name of [...names, ...REFUSED.keys()]) assert.match(stdout, new RegExp(`^ {2}${name}\\b`, 'm'))
    const told = JSON.parse((await run(['--functions', '--json'])).stdout)
    assert.deepEqual(
      told.functions.map(({ name }: { readonly name: string }) => name),
      names,
    )
  })

  it('is one function, with an example; or why it is refused; or which may be meant', async () => {
    const { stdout } = await run(['--functions', 'slice'])
    assert.match(stdout, /^slice VALUE BOUND\.\.\.\n.*\n\n {2}\{\{slice \.Reason 0 4\}\}\n {2}→ Back\n/)
    assert.match((await run(['--functions', 'env'])).stdout, /^env: refused: it would show/)
    const unknown = await run(['--functions', 'urlqery'])
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /did you mean urlquery\?/)
  })
})
