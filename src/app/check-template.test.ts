/** What `check` says of a template: as much as the program at its start, and before it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseCommandLine } from '../config/from-command-line.ts'
import { systemClock } from '../domain/clock.ts'
import { checkTemplate } from './check-template.ts'
import { sinkRegistry } from './registry.ts'

async function found(template: string, ...options: readonly string[]): Promise<readonly string[]> {
  const query = ['method=POST', ...options, `ke.template=${encodeURIComponent(template)}`].join('&')
  const argv = ['--source=kubernetes:', `--sink=webhook:https://hooks.example.test/alerts?${query}`]
  const parsed = parseCommandLine(argv, {}, sinkRegistry)
  assert.ok(parsed.kind === 'run')
  const [sink] = parsed.config.sinks
  assert.ok(sink)
  const { signal } = new AbortController()
  const findings = await checkTemplate(sink, undefined, { env: { TZ: 'UTC' }, clock: systemClock, signal })
  return findings.map(({ state, what }) => `${state}: ${what}`)
}

const json = 'header=Content-Type=application/json'

describe('a check of a template', () => {
  it('warns of a body that is sent as JSON and is none: it is sent all the same', async () => {
    const [ok, ...more] = await found('"text":"{{.Reason}}"', json)
    assert.equal(ok, 'ok: the option template holds a template')
    assert.deepEqual(more, [
      'warning: the body is sent as JSON and is none, at its line 1, column 7: found `:`, where the end belongs; it is sent as it is',
    ])
    assert.deepEqual((await found('"text":"{{.Reason}}"')).length, 1)
  })

  it('warns of one that fails with some events, and refuses one that fails with all', async () => {
    const some = await found('{{.Series.Count}}')
    assert.match(some[1] ?? '', /^warning: events such as "crash-loop" \(Pod BackOff\) cannot be rendered: /)
    const all = await found('{{.Nope}}')
    assert.match(all[1] ?? '', /^error: no event can be rendered: .*line 1, column 3/)
  })

  it('looks at the kinds alone that the sink is sent', async () => {
    const text = '{{if eq .InvolvedObject.Kind "Node"}}{{.Nope}}{{end}}'
    assert.equal((await found(text)).length, 2)
    assert.equal((await found(text, 'kinds=Pod')).length, 1)
  })
})
