/** Documents: the original's fields, and ids that tell states of events apart. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ObjectId } from 'mongodb'
import type { KubernetesEvent } from '../../domain/event.ts'
import { occurrenceOf, podEvent } from '../../sink-kit/testing/sink-world.ts'
import type { EventDocument } from './documents.ts'
import { documentsWith } from './documents.ts'

const toDocument = documentsWith(ObjectId)

function documentOf(event: Partial<KubernetesEvent>): EventDocument {
  return toDocument(occurrenceOf({ ...podEvent(1), ...event }))
}

describe('a document', () => {
  it('leaves out what is empty', () => {
    const { _id, ...fields } = documentOf({
      metadata: { uid: 'u' },
      involvedObject: { kind: 'Node', name: '' },
      message: '',
      count: 0,
    })
    assert.deepEqual(fields, {
      kind: 'Node',
      type: 'Warning',
      reason: 'BackOff',
      event_id: 'u',
      last_occurrence_time: new Date('2024-05-06T09:30:15Z'),
    })
  })

  it('has the time of the newer style, to the millisecond', () => {
    const { last_occurrence_time: last } = documentOf({
      lastTimestamp: null,
      eventTime: '2024-05-06T08:09:00.123999Z',
    })
    assert.deepEqual(last, new Date('2024-05-06T08:09:00.123Z'))
  })

  it('of an event without a time, or with one that is none, has that of its arrival', () => {
    for (const lastTimestamp of [null, 'yesterday', '0001-01-01T00:00:00Z']) {
      assert.deepEqual(
        documentOf({ lastTimestamp }).last_occurrence_time,
        new Date('2024-05-06T12:00:00.250Z'),
      )
    }
  })
})

describe('the id of a document', () => {
  const idOf = (event: Partial<KubernetesEvent>): string => String(documentOf(event)._id)

  it('is the same for the same state, and another for another', () => {
    assert.equal(idOf({}), idOf({ message: 'told once more' }))
    assert.notEqual(idOf({}), idOf({ metadata: { uid: 'uid-1', resourceVersion: '2' } }))
    assert.notEqual(idOf({}), idOf({ metadata: { uid: 'uid-2', resourceVersion: '1' } }))
  })

  it('tells events without a version apart by their content', () => {
    const metadata = { name: 'a' }
    assert.equal(idOf({ metadata }), idOf({ metadata }))
    assert.notEqual(idOf({ metadata }), idOf({ metadata, message: 'another' }))
  })
})
