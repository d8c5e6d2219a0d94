/** The chat sinks that people wrote proxies for: what their pages show reaches the platform, without one. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bearychat } from '../platforms/bearychat.ts'
import type { PlatformDouble } from '../platforms/double.ts'
import { worktile } from '../platforms/worktile.ts'
import { readDocumented } from './documented.ts'
import { play, podEvent } from './play.ts'

const lines =
  'EventType: Warning\nEventNamespace: shop\nEventKind: Pod\nEventObject: web-0\nEventReason: BackOff\n' +
  'EventTime: 2024-05-06 09:30:15 +0000 UTC\nEventMessage: exec "x": no\nsuch file, {a} 🚀'

for (const { name, double, shows } of [
  { name: 'worktile', double: worktile, shows: `Kubernetes Event Driven\n${lines}` },
  {
    name: 'bearychat',
    double: bearychat,
    shows: `Kubernetes Event Driven\nWarning BackOff Pod web-0\n${lines}`,
  },
] as const) {
  describe(`the sink ${name}`, () => {
    for (const language of ['en', 'zh'] as const) {
      it(`is shown every byte of an event, by the command of its page (${language})`, async (test) => {
        const [run] = readDocumented(`docs/${language}/sinks/${name}.md`).commands
        assert.ok(run)
        const doubles: PlatformDouble[] = []
        const { tell } = await play(test, {
          doubles: (clock) => {
            doubles.push(double(clock))
            return doubles
          },
          run,
        })
        const [{ shown, refusals } = assert.fail()] = doubles
        const events = [
          podEvent('web-1', 'is well', { type: 'Normal' }),
          podEvent('web-0', 'exec "x": no\nsuch file, {a} 🚀'),
        ]
        await tell(events, () => shown.length > 0)
        assert.deepEqual(refusals, [])
        assert.deepEqual(
          shown.map(({ text }) => text),
          [shows],
        )
      })
    }
  })
}
