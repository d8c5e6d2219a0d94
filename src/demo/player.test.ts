import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startApiServer, type ApiServer } from './api-server.ts'
import { play, type PlayCounts, type Speed } from './player.ts'
import { readRecording, type RecordedChange } from '../recording/recording.ts'
import { ManualClock, exampleEvent, exchange, linesOf } from './testing.ts'
import type { KubernetesEvent } from '../domain/event.ts'

let server: ApiServer
let clock: ManualClock
beforeEach(async () => {
  clock = new ManualClock()
  server = await startApiServer({ clock, compactEveryMs: 0 })
})
afterEach(() => server.close())

const start = Date.UTC(2025, 5, 1)

/** A line that arrived `seconds` after the recording's beginning. */
function line(type: 'ADDED' | 'DELETED', number: number, seconds: number): RecordedChange {
  const time = new Date(start + seconds * 1000).toISOString().replace('.000Z', 'Z')
  const { metadata } = exampleEvent(number)
  const object = exampleEvent(number, {
    metadata: { ...metadata, uid: `uid-${number}`, resourceVersion: '77', creationTimestamp: time },
    firstTimestamp: '2025-05-31T23:59:00Z',
    lastTimestamp: time,
    eventTime: time.replace('Z', '.250000Z'),
  })
  return { type, object, line: 1, arrivedAtMs: start + seconds * 1000 }
}

async function* from(changes: readonly RecordedChange[]): AsyncGenerator<RecordedChange> {
  yield* changes
}

const { signal } = new AbortController()

async function stored(): Promise<KubernetesEvent[]> {
  const answer = await exchange(`${server.url}/api/v1/events`)
  return JSON.parse((await answer.whole).toString()).items
}

describe('playing a recording', () => {
  it('plays the whole incident at once, and a watch sees each occurrence', async () => {
    const file = fileURLToPath(new URL('recordings/incident.ndjson.gz', import.meta.url))
    const watch = await exchange(`${server.url}/api/v1/events?watch=1`)
    const played = await play(readRecording(file), server, { speed: 'max', clock, signal })
    assert.equal(played.ended, 'complete')
    assert.equal(played.put, 2210)
    const lines = linesOf(await watch.untilLines(played.put + played.deleted))
    const versions = lines.map((text) => Number(JSON.parse(text).object.metadata.resourceVersion))
    assert.deepEqual(
      versions,
      versions.toSorted((a, b) => a - b),
    )
    assert.equal(server.revision, 1 + played.put + played.deleted)
  })

  for (const [speed, waitMs] of [
    [1, 40_000],
    [20, 2000],
  ] as const) {
    it(`keeps the recording's pace at ${speed}×`, async () => {
      const progress: PlayCounts[] = []
      const changes = from([line('ADDED', 1, 0), line('ADDED', 2, 0), line('ADDED', 3, 40)])
      const onProgress = (counts: PlayCounts): void => void progress.push(counts)
      const playing = play(changes, server, { speed, clock, signal, onProgress })
      await clock.untilScheduled()
      assert.equal(server.eventCount, 2)
      clock.advance(waitMs - 1)
      assert.equal(server.eventCount, 2)
      clock.advance(1)
      assert.deepEqual(await playing, {
        put: 3,
        deleted: 0,
        ignored: 0,
        recordedMs: 40_000,
        ended: 'complete',
      })
      assert.deepEqual(
        progress.map(({ put }) => put),
        [1, 2, 3],
      )
    })
  }

  it('deletes what is there, and ignores bookmarks and what is not', async () => {
    const bookmark: RecordedChange = { type: 'BOOKMARK', line: 2, arrivedAtMs: undefined }
    const changes = from([line('ADDED', 1, 0), bookmark, line('DELETED', 1, 1), line('DELETED', 2, 1)])
    const played = await play(changes, server, { speed: 'max', clock, signal })
    assert.deepEqual(played, { put: 1, deleted: 1, ignored: 2, recordedMs: 1000, ended: 'complete' })
    assert.equal(server.eventCount, 0)
  })

  it('stops when told to, in the middle of a wait', async () => {
    const stopping = new AbortController()
    const changes = from([line('ADDED', 1, 0), line('ADDED', 2, 60)])
    const playing = play(changes, server, { speed: 1, clock, signal: stopping.signal })
    await clock.untilScheduled()
    stopping.abort()
    assert.equal((await playing).ended, 'stopped')
    assert.equal(server.eventCount, 1)
    assert.equal(clock.pending, 0)
  })

  it('leaves times, uids and the rest as recorded', async () => {
    const change = line('ADDED', 1, 0)
    await play(from([change]), server, { speed: 'max', clock, signal })
    const [event] = await stored()
    assert.ok(change.type === 'ADDED' && event)
    assert.equal(event.metadata.uid, 'uid-1')
    assert.equal(event.metadata.resourceVersion, '2')
    assert.equal(event.lastTimestamp, change.object.lastTimestamp)
  })

  const retimed: readonly (readonly [Speed, string, string])[] = [
    [1, '2026-01-01T00:00:40Z', '2026-01-01T00:00:40.250000Z'],
    [20, '2026-01-01T00:00:02Z', '2026-01-01T00:00:02.012000Z'],
    ['max', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000000Z'],
  ]
  for (const [speed, lastTimestamp, eventTime] of retimed) {
    it(`moves times to when they are played at ${speed}, if asked`, async () => {
      const changes = from([line('ADDED', 1, 0), line('ADDED', 1, 40)])
      const playing = play(changes, server, { speed, clock, signal, retime: true })
      if (speed !== 'max') {
        await clock.untilScheduled()
        clock.advance(40_000 / speed)
      }
      await playing
      const [event] = await stored()
      assert.deepEqual(
        [event?.firstTimestamp, event?.lastTimestamp, event?.eventTime, event?.metadata.creationTimestamp],
        ['2025-12-31T23:59:00Z', lastTimestamp, eventTime, '2026-01-01T00:00:00Z'],
      )
    })
  }
})
