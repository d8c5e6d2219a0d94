/** A webhook's body from a ConfigMap, by the whole program: what is sent while the ConfigMap is as it is, and after. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { FakeClock } from '../../src/domain/testing/fake-clock.ts'
import { runUnderClock } from '../harness/in-process.ts'
import { openSite, type Site } from '../harness/site.ts'
import { until } from '../servers/processes.ts'

const option = 'custom_body_configmap=body&custom_body_configmap_namespace=ops'

function put(site: Site, data?: Readonly<Record<string, string>>): void {
  site.api.putConfigMap({ metadata: { namespace: 'ops', name: 'body' }, ...(data && { data }) })
}

/** The program's arguments, with a sink whose body is in the ConfigMap. */
function argsOf(site: Site, ...more: readonly string[]): readonly string[] {
  return [site.source, site.sink(option, ...more), `--data-dir=${site.dataDir}`]
}

/** Keeps the bodies that the receiver takes, in order. */
function bodiesOf(site: Site): readonly string[] {
  const bodies: string[] = []
  site.receiver.answer(({ body }) => {
    bodies.push(body.toString())
    site.told.take(body.toString())
    return { status: 200 }
  })
  return bodies
}

function isDefault(body: string | undefined): boolean {
  return body?.includes('"EventMessage": ') === true
}

describe('a body from a ConfigMap', { concurrency: 2 }, () => {
  it('changes under load within a second, and no event is lost or told twice', async (test) => {
    const site = await openSite(test)
    put(site, { content: 'v0 {{.Message}}' })
    const bodies = bodiesOf(site)
    const program = await site.startReady(argsOf(site))
    const load = site.load(200)
    for (const version of [1, 2, 3, 4]) {
      await site.receiver.until(site.receiver.count + 40)
      put(site, { content: `v${version} {{.Message}}` })
      const changedAt = performance.now()
      await until(`a body of version ${version}`, () => bodies.at(-1)?.startsWith(`v${version} `))
      test.diagnostic(`in effect after ${(performance.now() - changedAt).toFixed(0)} ms`)
    }
    load.stop()
    await site.allTold(program)
    await site.end(program)
    site.told.assertOnce(site.feed.marks)
    const versions = new Set(bodies.map((body) => body.slice(0, 3)))
    assert.deepEqual([...versions], ['v0 ', 'v1 ', 'v2 ', 'v3 ', 'v4 '])
  })

  it('that is changed to a broken one stays the last good one, loudly', async (test) => {
    const site = await openSite(test)
    put(site, { content: 'good {{.Message}}' })
    const bodies = bodiesOf(site)
    const program = await site.startReady(argsOf(site))
    put(site, { content: 'bad {{.Message' })
    const said = await program.said(/the last good body stays/)
    assert.equal(said.level, 'error')
    assert.match(String(said.detail), /ConfigMap ops\/body holds no template: template \\?"body\\?", line 1/)
    site.feed.put(5)
    await site.allTold(program)
    assert.ok(bodies.every((body) => body.startsWith('good ')))
    put(site, { content: 'better {{.Message}}' })
    await until('the corrected template', () => {
      site.feed.put()
      return bodies.at(-1)?.startsWith('better ')
    })
    await site.allTold(program)
    await site.end(program)
    site.told.assertOnce(site.feed.marks)
  })

  it('that is broken at the first start holds the sink; nothing is lost', async (test) => {
    const site = await openSite(test)
    put(site, { content: '{{' })
    const bodies = bodiesOf(site)
    const program = await site.start(argsOf(site))
    await program.unready(/sink hook: held: cannot-open: ConfigMap ops\/body holds no template/)
    await until('the watch', () => site.api.watches('events') === 1)
    site.feed.put(50)
    put(site, { content: 'now {{.Message}}' })
    await program.ready()
    await site.allTold(program)
    await site.end(program)
    assert.ok(bodies.every((body) => body.startsWith('now ')))
    site.told.assertOnce(site.feed.marks)
  })

  it('that stays broken for a whole run keeps its events for the next one', async (test) => {
    const site = await openSite(test)
    put(site, { content: '{{' })
    const bodies = bodiesOf(site)
    const program = await site.start(argsOf(site))
    await program.unready(/sink hook: held: cannot-open: ConfigMap ops\/body holds no template/)
    await until('the watch', () => site.api.watches('events') === 1)
    site.feed.put(20)
    await until('the events', async () => (await program.metric('kube_eventer_sink_lag_events')) === 20)
    await site.end(program)
    put(site, { content: 'later {{.Message}}' })
    const next = await site.startReady(argsOf(site))
    await site.allTold(next)
    await site.end(next)
    assert.ok(bodies.every((body) => body.startsWith('later ')))
    site.told.assertOnce(site.feed.marks)
  })

  for (const [what, data] of [
    ['is not there', undefined],
    ['has no content', { body: 'x' }],
  ] as const) {
    it(`that ${what} is the default body with a warning, until there is one; and again when it goes`, async (test) => {
      const site = await openSite(test)
      if (data) put(site, data)
      const bodies = bodiesOf(site)
      const program = await site.startReady(argsOf(site))
      const said = await program.said(/the default body is sent until it/)
      assert.equal(said.level, 'warn')
      site.feed.put()
      await site.allTold(program)
      assert.ok(isDefault(bodies[0]))
      put(site, { content: 'mine {{.Message}}' })
      await program.said(/the body is made from a template/)
      site.feed.put()
      await site.allTold(program)
      assert.ok(bodies[1]?.startsWith('mine '))
      site.api.deleteConfigMap('ops', 'body')
      await until('two warnings', () => program.lines(/the default body is sent until it/).length === 2)
      site.feed.put()
      await site.allTold(program)
      assert.ok(isDefault(bodies[2]))
      await site.end(program)
      site.told.assertOnce(site.feed.marks)
    })
  }

  it('that cannot be read now makes the sink wait, and its events stay in the journal', async (test) => {
    const site = await openSite(test)
    put(site, { content: 'late {{.Message}}' })
    const bodies = bodiesOf(site)
    const heal = site.api.faults.add({ kind: 'answer', status: 503 }, { resource: 'configmaps' })
    const program = await site.start(argsOf(site))
    await program.unready(/sink hook: held: cannot-open: ConfigMap ops\/body cannot be read now/)
    await until('the watch', () => site.api.watches('events') === 1)
    site.feed.put(50)
    assert.equal(bodies.length, 0)
    heal()
    await site.allTold(program)
    await site.end(program)
    assert.ok(bodies.every((body) => body.startsWith('late ')))
    site.told.assertOnce(site.feed.marks)
  })

  it('with an event that it cannot render makes a dead letter, and the others are told', async (test) => {
    const site = await openSite(test)
    put(site, { content: '{{if eq .Type "Normal"}}{{.Nope}}{{end}}{{.Message}}' })
    bodiesOf(site)
    const program = await site.startReady(argsOf(site))
    // The second state of each object is a Normal one.
    const first = site.feed.putEachObject()
    const second = site.feed.putEachObject()
    await site.allTold(program, first)
    await until('the dead letters', async () => {
      return (await program.metric('kube_eventer_sink_dead_letters_total')) === second.length
    })
    const said = await program.said(/given up and kept as a dead letter/)
    assert.equal(said.reason, 'template-failed')
    assert.match(String(said.detail), /ConfigMap ops\/body: template "body", line 1, column \d+ at `.Nope`/)
    await site.end(program)
    site.told.assertOnce(new Set(first))
  })
})

describe('a ConfigMap that this account may not', () => {
  it('read is the default body with the rule to paste, and is tried again every 30 s', async (test) => {
    const clock = new FakeClock()
    const may = { get: false }
    const forbid = (verb: string, resource: string): boolean =>
      resource === 'configmaps' && verb === 'get' && !may.get
    const site = await openSite(test, { api: { clock, forbid } })
    put(site, { content: 'granted {{.Message}}' })
    const bodies = bodiesOf(site)
    const program = await runUnderClock(site, clock, argsOf(site))
    await until('the watch', () => site.api.watches('events') === 1)
    await until('the rule', () => program.lines(/resourceNames: \[\\"body\\"\]/).length === 1)
    assert.match(program.lines(/resourceNames/)[0] ?? '', /"level":"error".*the default body is sent/)
    site.feed.put()
    await until('the default body', () => isDefault(bodies[0]))
    may.get = true
    await program.passTimeUntil(
      'the template',
      () => program.lines(/made from a template/).length > 0,
      31_000,
    )
    site.feed.put()
    await until('the granted body', () => bodies[1]?.startsWith('granted '))
    await program.stop()
    site.told.assertOnce(site.feed.marks)
  })

  it('watch is read every 30 s, with the rule to paste', async (test) => {
    const clock = new FakeClock()
    const forbid = (verb: string, resource: string): boolean => resource === 'configmaps' && verb === 'watch'
    const site = await openSite(test, { api: { clock, forbid } })
    put(site, { content: 'one {{.Message}}' })
    const bodies = bodiesOf(site)
    const program = await runUnderClock(site, clock, argsOf(site))
    await until('the watch', () => site.api.watches('events') === 1)
    await until('the warning', () => program.lines(/resourceNames.*may not be watched/).length === 1)
    site.feed.put()
    await until('the first body', () => bodies[0]?.startsWith('one '))
    put(site, { content: 'two {{.Message}}' })
    await program.passTimeUntil('the change', () => program.lines(/made from a template/).length > 1, 31_000)
    site.feed.put()
    await until('the second body', () => bodies[1]?.startsWith('two '))
    await program.stop()
  })

  it('read ends a start with --strict, and one of a configuration file', async (test) => {
    const site = await openSite(test, { api: { forbid: (_, resource) => resource === 'configmaps' } })
    const config = join(site.folder, 'config.yaml')
    writeFileSync(
      config,
      `sources: [{ name: default, type: kubernetes, url: '${site.api.url}', inClusterConfig: false }]
sinks:
  - name: hook
    type: webhook
    options: { url: '${site.receiver.url}/hook', templateConfigMap: ops/body }
`,
    )
    for (const args of [
      [...argsOf(site), '--strict'],
      [`--config=${config}`, `--data-dir=${site.dataDir}-2`],
    ]) {
      const program = await site.start(args)
      await program.said(/cannot start: sink hook: ConfigMap ops\/body may not be read.*resourceNames/)
      assert.equal(await program.process.ended, 1)
    }
    assert.equal(site.receiver.count, 0)
  })
})

describe('a body from a file', () => {
  it('takes effect when the file is there, and when it changes', async (test) => {
    const site = await openSite(test)
    const bodies = bodiesOf(site)
    const path = join(site.folder, 'body.tmpl')
    const args = [site.source, site.sink(`ke.templateFile=${path}`), `--data-dir=${site.dataDir}`]
    const program = await site.start(args)
    await program.unready(/held: cannot-open: .*body\.tmpl cannot be read now: .*ENOENT/)
    await until('the watch', () => site.api.watches('events') === 1)
    site.feed.put(3)
    writeFileSync(path, 'one {{.Message}}')
    await program.ready()
    await site.allTold(program)
    assert.ok(bodies.every((body) => body.startsWith('one ')))
    writeFileSync(path, 'two and more {{.Message}}')
    await until('the changed body', () => {
      site.feed.put()
      return bodies.at(-1)?.startsWith('two ')
    })
    await site.allTold(program)
    await site.end(program)
    site.told.assertOnce(site.feed.marks)
  })
})
