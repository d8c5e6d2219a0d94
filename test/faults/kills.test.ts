/** What a kill -9 costs: nothing is lost, and no more is repeated than the guarantee says. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RecordedRequest } from '../../src/demo/answering.ts'
import { until } from '../servers/processes.ts'
import { killUnderLoad, mayRepeat, type KillResult } from '../harness/kill-under-load.ts'
import { openSite, takenBy } from '../harness/site.ts'

describe('a program killed under load', () => {
  it('loses nothing in thirty kills, and repeats only what was in flight or not yet committed', async (test) => {
    const site = await openSite(test)
    const result = await killUnderLoad(site, { kills: 30, perSecond: 400 })
    test.diagnostic(costOf(result))
    site.told.assertAll(site.feed.marks)
    assert.ok(result.doubled <= result.mayDouble, `${result.doubled} repeated, ${result.mayDouble} may be`)
  })
})

describe('a program killed while its surroundings fail', () => {
  it('loses nothing, and repeats no more than by a kill alone', async (test) => {
    const site = await openSite(test)
    const { api, receiver, told } = site
    const troubles: readonly (() => () => void)[] = [
      () => {
        api.cutConnections()
        return () => {}
      },
      () => {
        receiver.answer({ status: 503 })
        return () => receiver.answer(takenBy(told))
      },
      () => {
        void api.stop()
        return () => void api.start()
      },
      () => {
        api.faults.add({ kind: 'cut', afterLines: 7, afterBytes: 100 }, { verb: 'watch', times: 2 })
        api.cutConnections()
        return () => {}
      },
      () => {
        receiver.answer({ kind: 'hang' })
        return () => receiver.answer(takenBy(told))
      },
    ]
    const result = await killUnderLoad(site, {
      kills: 15,
      perSecond: 300,
      trouble: (kill) => (troubles[kill % troubles.length] ?? assert.fail)(),
    })
    test.diagnostic(costOf(result))
    told.assertAll(site.feed.marks)
    assert.ok(result.doubled <= result.mayDouble, `${result.doubled} repeated, ${result.mayDouble} may be`)
  })
})

describe('a program killed during a relist', () => {
  it('starts the list again, tells every change, and repeats none that was journaled', async (test) => {
    const site = await openSite(test, { feed: { objects: 3000, eventsPerObject: 1 } })
    const { api, feed, told, random } = site
    let program = await site.startReady()
    feed.putEachObject()
    await site.allTold(program)
    await site.end(program)
    const before = [...feed.marks]
    for (let round = 0; round < 2; round++) feed.putEachObject()
    api.compact()
    const changed = feed.newest

    // Slow enough that a kill comes in its middle: six pages.
    api.faults.add({ kind: 'delay', delayMs: 60 }, { verb: 'list', resource: 'events' })
    let mayDouble = 0
    for (let kill = 0; kill < 4; kill++) {
      const pages = random.integer(2, 5)
      const asked = pagesAsked(api.requests)
      program = await site.start()
      await until(`page ${pages} of the list`, () => pagesAsked(api.requests) - asked >= pages, [
        program.process,
      ])
      mayDouble += mayRepeat(told)
      await program.kill()
    }
    await api.faults.clear()
    program = await site.startReady()
    const late = feed.putEachObject()
    await site.allTold(program, [...before, ...changed, ...late])
    await site.end(program)
    told.assertAll(new Set([...before, ...changed, ...late]))
    test.diagnostic(`${told.doubled} repeated, at most ${mayDouble}`)
    assert.ok(told.doubled <= mayDouble, `${told.doubled} repeated, ${mayDouble} may be`)
  })
})

/** Pages of a list that were asked for so far. */
function pagesAsked(requests: readonly RecordedRequest[]): number {
  return requests.filter(({ url }) => url.includes('limit=500')).length
}

function costOf({ put, doubled, worstKill, mayDouble }: KillResult): string {
  return `${put} states, ${doubled} repeated, ${worstKill} by the costliest kill; ${mayDouble} may be`
}
