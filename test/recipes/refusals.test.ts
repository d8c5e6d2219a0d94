/** What becomes of events when a platform refuses: a key that it does not know, a quota that somebody else used up. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PlatformDouble } from '../platforms/double.ts'
import { readRecipe } from './documented.ts'
import { play, podEvent } from './play.ts'
import { recipes } from './recipes.ts'

/** Platforms that tell no quota. */
const withoutQuota: ReadonlySet<string> = new Set(['bearychat', 'worktile'])

for (const { name, key, unknownKey, double: make } of recipes) {
  const { commands, configMaps } = readRecipe('en', name)
  const [run = []] = commands

  describe(`a sink that writes to ${name}`, () => {
    it('is held where the platform does not know the key, says why, keeps its events, and shows no key', async (test) => {
      const doubles: PlatformDouble[] = []
      // As long as the right one, and as well formed.
      const wrong = key.replace(/^.{4}/, 'feed')
      const { program, site } = await play(test, {
        doubles: (clock) => {
          doubles.push(make(clock))
          return doubles
        },
        run: run.map((word) => word.replace(key, wrong)),
        configMaps: configMaps.map((one) => ({
          ...one,
          data: { content: (one.data?.['content'] ?? '').replace(key, wrong) },
        })),
      })
      const [{ shown, refusals } = assert.fail()] = doubles
      site.api.putMany([podEvent('web-0', 'one'), podEvent('web-1', 'two')])
      await program.passTimeUntil('the sink to be held', () => unknownKey.test(program.readiness()), 300_000)
      assert.match(program.readiness(), /- sink \S+: held: misconfigured/)
      assert.deepEqual(shown, [])
      assert.ok(refusals.length >= 2)
      assert.equal(await program.metric('kube_eventer_sink_dead_letters_total'), 0)
      assert.equal(await program.metric('kube_eventer_sink_lag_events'), 2)
      await program.stop()
      assert.deepEqual(program.lines(new RegExp(wrong)), [])
    })

    if (withoutQuota.has(name)) return

    it('waits out a quota that somebody else has used up, and then tells all', async (test) => {
      const doubles: PlatformDouble[] = []
      const { program, requests, tell } = await play(test, {
        doubles: (clock) => {
          doubles.push(make(clock))
          return doubles
        },
        run,
        configMaps,
      })
      const [double = assert.fail()] = doubles
      const isTold = (pod: string): boolean => double.shown.some(({ text }) => text.includes(`shop/${pod}`))
      await tell([podEvent('first', 'of ours')], () => isTold('first'))
      const [ours = assert.fail()] = requests
      const theirs = { ...ours, body: ours.body.replace('shop/first', 'shop/theirs') }
      for (let count = 0; double.refusals.length === 0 && count < 1_000; count++) double.receive(theirs)
      assert.equal(double.refusals.length, 1)
      const pods = ['second', 'third', 'fourth']
      await tell(
        pods.map((pod) => podEvent(pod, 'of ours')),
        () => pods.every(isTold),
      )
      assert.equal(await program.metric('kube_eventer_sink_dead_letters_total'), 0)
      for (const pod of pods) {
        const times = double.shown.filter(({ text }) => text.includes(`shop/${pod}`)).length
        assert.equal(times, 1, pod)
      }
    })
  })
}
