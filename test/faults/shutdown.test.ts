/** How the program ends: what is journaled is sent within the grace time, a second signal ends at once. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openSite, takenBy } from '../harness/site.ts'
import { until } from '../servers/processes.ts'

describe('a program that is asked to stop', { concurrency: 2 }, () => {
  it('sends what it has journaled before it ends with exit code 0', async (test) => {
    const site = await openSite(test)
    const { feed, told, receiver } = site
    const take = takenBy(told)
    receiver.answer((received) => ({ ...take(received), delayMs: 10 }))
    const program = await site.startReady([
      site.source,
      site.sink('ke.concurrency=2'),
      `--data-dir=${site.dataDir}`,
    ])
    feed.put(400)
    await until(
      'everything to be journaled',
      async () => (await program.metric('kube_eventer_source_occurrences_total')) === 400,
      [program.process],
    )
    assert.ok(told.count < 400, 'there is something left to send')
    assert.equal(await program.process.stop('SIGTERM'), 0)
    told.assertOnce(feed.marks)
    const next = await site.startReady()
    const after = feed.put(10)
    await site.allTold(next, after)
    await site.end(next)
    told.assertOnce(feed.marks)
  })

  it('does not wait for a sink that is held; the next run sends what was left, once', async (test) => {
    const site = await openSite(test)
    const { feed, told, receiver } = site
    const program = await site.startReady()
    receiver.answer({ status: 503, headers: { 'Retry-After': '60' } })
    feed.put(200)
    await program.unready(/held: unreachable/)
    assert.equal(await program.process.stop('SIGINT'), 0)
    receiver.answer(takenBy(told))
    const next = await site.startReady()
    await site.allTold(next)
    await site.end(next)
    told.assertOnce(feed.marks)
  })

  for (const [signal, exitCode] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    it(`ends at once by a second ${signal}, with exit code ${exitCode}, and loses nothing`, async (test) => {
      const site = await openSite(test)
      const { feed, told, receiver } = site
      receiver.answer({ kind: 'hang' })
      const program = await site.startReady()
      feed.put(100)
      await receiver.until(16)
      program.signal(signal)
      await program.said(/a second signal ends at once/)
      program.signal(signal)
      assert.equal(await program.process.ended, exitCode)
      receiver.answer(takenBy(told))
      const next = await site.startReady()
      await site.allTold(next)
      await site.end(next)
      // None of them was answered before: each is told once to who takes them now.
      told.assertOnce(feed.marks)
    })
  }
})
