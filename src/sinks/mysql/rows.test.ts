/** Rows: the values that kube-eventer writes, with the times that an event has or has not. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../../domain/event.ts'
import { zoneOf } from '../../sink-kit/event-time.ts'
import { occurrenceOf, podEvent } from '../../sink-kit/testing/sink-world.ts'
import { rowTextFor } from './rows.ts'

const columns = ['first_occurrence_time', 'last_occurrence_time', 'count', 'message'] as const

function rowOf(event: Partial<KubernetesEvent>, hasBackslashEscapes = true): string {
  const rowText = rowTextFor(columns, hasBackslashEscapes, zoneOf({ TZ: 'Asia/Shanghai' }))
  return rowText(occurrenceOf({ ...podEvent(1, ''), lastTimestamp: null, count: 0, ...event }))
}

describe('a row', () => {
  it("has Go's times, in the program's zone", () => {
    assert.equal(
      rowOf({ firstTimestamp: '2024-05-06T08:00:00Z', lastTimestamp: '2024-05-06T09:30:15Z', count: 17 }),
      "('2024-05-06 16:00:00 +0800 CST','2024-05-06 17:30:15 +0800 CST',17,'')",
    )
  })

  it('of an event of the newer style has its one time, and the count of its series', () => {
    assert.equal(
      rowOf({
        eventTime: '2024-05-06T08:00:01.123456Z',
        series: { count: 5, lastObservedTime: '2024-05-06T08:10:00.000000Z' },
      }),
      "('0001-01-01 00:00:00 +0000 UTC','2024-05-06 16:00:01.123456 +0800 CST',5,'')",
    )
  })

  it('of an event without a time, or with one that is none, has that of its arrival', () => {
    for (const lastTimestamp of [null, 'yesterday', '0001-01-01T00:00:00Z']) {
      assert.equal(
        rowOf({ lastTimestamp }),
        "('0001-01-01 00:00:00 +0000 UTC','2024-05-06 20:00:00.25 +0800 CST',0,'')",
      )
    }
  })

  it("escapes as the session's mode wants it", () => {
    const message = String.raw`a'b\c`
    assert.ok(rowOf({ message }).endsWith(String.raw`'a\'b\\c')`))
    assert.ok(rowOf({ message }, false).endsWith(String.raw`'a''b\c')`))
  })
})
