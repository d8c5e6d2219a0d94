/** Memory stays flat: over the number of events that a cluster holds, over an outage, over time. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSite, takenBy } from '../harness/site.ts'
import { until } from '../servers/processes.ts'

describe('a cluster that holds 100,000 events', () => {
  it('costs nothing at the start, and a relist tells exactly what changed', async (test) => {
    const site = await openSite(test, { feed: { objects: 100_000, eventsPerObject: 1 } })
    const { api, feed, told, receiver } = site
    const empty = await site.startReady()
    const idleMiB = empty.peakMemoryMiB()
    await site.end(empty)

    feed.putEachObject()
    assert.equal(api.eventCount, 100_000)
    // A data directory of its own: a first start.
    const args = [site.source, site.sink(), `--data-dir=${site.dataDir}-2`]
    const program = await site.startReady(args)
    const startedMiB = program.peakMemoryMiB()
    test.diagnostic(
      `peak with an empty cluster ${idleMiB.toFixed(0)} MiB, with 100,000 events ${startedMiB.toFixed(0)} MiB`,
    )
    assert.ok(startedMiB <= idleMiB + 15, `${startedMiB.toFixed(0)} MiB at the start`)

    await api.stop()
    const changed = feed.put(1000)
    api.advance()
    api.compact()
    await api.start()
    const newest = feed.newest
    const expected = new Set(changed.filter((mark) => newest.has(mark)))
    await until('the list', () => program.lines(/source lists events/).length > 0, [program.process])
    await site.allTold(program, expected)
    await program.ready()
    const after = new Set(feed.put(10))
    await site.allTold(program, after)
    const relistedMiB = program.peakMemoryMiB()
    assert.ok(relistedMiB <= 150, `${relistedMiB.toFixed(0)} MiB after the relist`)
    await site.end(program)
    told.assertOnce(new Set([...expected, ...after]))
    assert.equal(receiver.count, expected.size + after.size)
  })
})

describe('a flood', () => {
  it('of 50,000 events takes no more memory at its end than after its beginning', async (test) => {
    const site = await openSite(test)
    const program = await site.startReady()
    const round = async (count: number): Promise<number> => {
      for (let put = 0; put < count; put += 500) {
        site.feed.put(500)
        await site.allTold(program)
      }
      return program.peakMemoryMiB()
    }
    // A leak of no more than the text of each event would be 30 MiB by the end.
    const beginningMiB = await round(20_000)
    const endMiB = await round(30_000)
    test.diagnostic(
      `peak after 20,000 events ${beginningMiB.toFixed(0)} MiB, after 50,000 ${endMiB.toFixed(0)} MiB`,
    )
    assert.ok(endMiB <= beginningMiB + 25, `${beginningMiB.toFixed(0)} MiB, then ${endMiB.toFixed(0)} MiB`)
    await site.end(program)
    site.told.assertOnce(site.feed.marks)
  })

  it('of 20,000 events that wait for a sink is kept on disk, not in memory', async (test) => {
    const site = await openSite(test)
    const { feed, receiver, told } = site
    const program = await site.startReady()
    receiver.answer({ status: 503 })
    feed.put(20_000)
    await until(
      'everything to be journaled',
      async () => (await program.metric('kube_eventer_source_occurrences_total')) === 20_000,
      [program.process],
    )
    await program.unready(/held: unreachable/)
    receiver.answer(takenBy(told))
    await site.allTold(program)
    // Checks the peak.
    await site.end(program)
    told.assertOnce(feed.marks)
  })
})
