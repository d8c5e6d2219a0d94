/** How often a thing happened, as Kubernetes counts it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../domain/event.ts'
import { Recurrences } from './recurrences.ts'

const sinceMs = Date.parse('2026-03-01T00:00:00Z')
const before = '2026-02-28T23:00:00Z'
const after = '2026-03-01T01:00:00Z'

function eventOf(uid: string, fields: Partial<KubernetesEvent>): KubernetesEvent {
  return { metadata: { uid }, involvedObject: {}, ...fields }
}

describe('what an update counts', () => {
  const uid = '5f0c2b1e-6a0f-4f0e-9a51-3f1d2c7f7a10'

  it('is what its count has grown by', () => {
    const recurrences = new Recurrences(sinceMs)
    const counts = [1, 3, 7].map((count) =>
      recurrences.of(eventOf(uid, { firstTimestamp: after, count, type: 'Warning' })),
    )
    assert.deepEqual(counts, [1, 2, 4])
  })

  it('is what its series has grown by', () => {
    const recurrences = new Recurrences(sinceMs)
    const counts = [undefined, { count: 2 }, { count: 12 }].map((series) =>
      recurrences.of(eventOf(uid, { eventTime: after, count: 0, ...(series && { series }) })),
    )
    assert.deepEqual(counts, [1, 1, 10])
  })

  it('is nothing where only something else has changed', () => {
    const recurrences = new Recurrences(sinceMs)
    recurrences.of(eventOf(uid, { firstTimestamp: after, count: 4 }))
    assert.equal(recurrences.of(eventOf(uid, { firstTimestamp: after, count: 4 })), 0)
    assert.equal(recurrences.of(eventOf(uid, { firstTimestamp: after, count: 5 })), 1)
  })
})

describe('what the first state of an event counts', () => {
  it('is all that it tells, if the event is new', () => {
    assert.equal(new Recurrences(sinceMs).of(eventOf('a', { firstTimestamp: after, count: 7 })), 7)
  })

  it('is one, if the event is older than what is looked at', () => {
    assert.equal(new Recurrences(sinceMs).of(eventOf('a', { firstTimestamp: before, count: 7 })), 1)
  })

  it('is one, if nothing tells its age', () => {
    assert.equal(new Recurrences(sinceMs).of(eventOf('a', { count: 7 })), 1)
  })

  it('is one each where events have no uid', () => {
    const recurrences = new Recurrences(sinceMs)
    const event: KubernetesEvent = { metadata: {}, involvedObject: {}, firstTimestamp: after }
    assert.deepEqual([recurrences.of(event), recurrences.of(event)], [1, 1])
  })
})

describe('events', () => {
  it('are told apart by uid, whatever its form', () => {
    const recurrences = new Recurrences(sinceMs)
    const uids = [
      '5f0c2b1e-6a0f-4f0e-9a51-3f1d2c7f7a10',
      '5f0c2b1e-6a0f-5f0e-9a51-3f1d2c7f7a10',
      'made-up',
      'made-up-too',
    ]
    for (const uid of uids) assert.equal(recurrences.of(eventOf(uid, { firstTimestamp: after, count: 2 })), 2)
    for (const uid of uids) assert.equal(recurrences.of(eventOf(uid, { firstTimestamp: after, count: 3 })), 1)
  })
})
