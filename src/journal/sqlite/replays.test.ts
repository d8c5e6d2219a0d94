/** What sinks are commanded to send: on disk when it is promised, gone when it is done, and never another's. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { FakeClock } from '../../domain/testing/fake-clock.ts'
import type { Journal, SinkReader } from '../journal.ts'
import { firstReplayId, type ReplayReader } from '../replays.ts'
import { closeOpened, openOn, temporaryDir } from '../testing/on-disk.ts'
import { textOfRaw } from '../testing/events.ts'

let place = temporaryDir()
place.remove()
beforeEach(() => {
  place = temporaryDir()
})
afterEach(async () => {
  await closeOpened()
  place.remove()
})

function readerOf(journal: Journal, sink: string): SinkReader & { readonly replays: ReplayReader } {
  const reader = journal.openReader(sink, () => ({ mark: 1, ranges: [] }))
  const { replays } = reader
  assert.ok(replays)
  return { ...reader, replays }
}

function event(number: number): { readonly cluster: string; readonly raw: Uint8Array } {
  return { cluster: 'east', raw: Buffer.from(`{"n":${number}}`) }
}

async function texts(replays: ReplayReader, afterId = 0): Promise<string[]> {
  return (await replays.next(afterId, 100)).map(({ raw }) => textOfRaw(raw))
}

describe('what a sink is commanded to send', () => {
  it('is there after the next start, in order, and not for another sink', async () => {
    const first = await openOn(place.dir)
    readerOf(first.journal, 'alerts')
    readerOf(first.journal, 'lake')
    await first.journal.queueReplay('alerts', [event(1), event(2)])
    await first.journal.queueReplay('alerts', [event(3)])
    assert.deepEqual(await first.journal.waitingReplays('alerts'), { count: 3, bytes: 21 })
    await first.journal.close()

    const { journal } = await openOn(place.dir)
    const alerts = readerOf(journal, 'alerts').replays
    const lake = readerOf(journal, 'lake').replays
    assert.deepEqual([alerts.waitedAtOpen, lake.waitedAtOpen], [true, false])
    assert.deepEqual(await texts(alerts), ['{"n":1}', '{"n":2}', '{"n":3}'])
    assert.deepEqual(await texts(lake), [])
    await journal.close()
  })

  it('is gone when it is done, also for who looks at once', async () => {
    const { journal } = await openOn(place.dir)
    const { replays } = readerOf(journal, 'alerts')
    await journal.queueReplay('alerts', [event(1), event(2), event(3)])
    const [one, two] = await replays.next(0, 2)
    assert.ok(one && two && one.id > firstReplayId && two.id > one.id)
    replays.done(one.id)
    assert.deepEqual(await texts(replays), ['{"n":2}', '{"n":3}'])
    assert.deepEqual(await texts(replays, two.id), ['{"n":3}'])
    assert.deepEqual(await journal.waitingReplays('alerts'), { count: 2, bytes: 14 })
    await journal.close()
  })

  it('has a number that nothing had before it, not even when all is gone', async () => {
    const first = await openOn(place.dir)
    const { replays } = readerOf(first.journal, 'alerts')
    await first.journal.queueReplay('alerts', [event(1)])
    const [gone] = await replays.next(0, 1)
    assert.ok(gone)
    replays.done(gone.id)
    await first.journal.close()
    const { journal } = await openOn(place.dir)
    const again = readerOf(journal, 'alerts').replays
    await journal.queueReplay('alerts', [event(2)])
    const [next] = await again.next(0, 1)
    assert.ok(next && next.id > gone.id)
    await journal.close()
  })

  it('goes with a sink that nobody opened for a day, and stays for one that runs', async () => {
    const first = await openOn(place.dir)
    readerOf(first.journal, 'gone')
    readerOf(first.journal, 'stays')
    await first.journal.queueReplay(
      'gone',
      Array.from({ length: 200 }, (_, at) => event(at)),
    )
    await first.journal.queueReplay('stays', [event(1)])
    await first.journal.close()
    const clock = new FakeClock()
    const { journal } = await openOn(place.dir, { clock })
    readerOf(journal, 'stays')
    await clock.advance(26 * 3_600_000)
    assert.deepEqual(await journal.waitingReplays('gone'), { count: 0, bytes: 0 })
    assert.deepEqual(await journal.waitingReplays('stays'), { count: 1, bytes: 7 })
    await journal.close()
  })
})
