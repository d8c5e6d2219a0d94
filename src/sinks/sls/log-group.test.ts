/** Log groups, byte for byte what a protobuf library makes of the same logs. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../../domain/event.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import { occurrenceOf, podEvent } from '../../sink-kit/testing/sink-world.ts'
import { LogEncoder } from './log-group.ts'
import { encodeLogGroup } from './testing/log-group-message.ts'
import type { Log } from './testing/log-group-message.ts'

const file = new URL('../../../test/golden/wire/events.json', import.meta.url)
const events: Readonly<Record<string, { readonly object: KubernetesEvent }>> = JSON.parse(
  readFileSync(file, 'utf8'),
)
const labels = { ClusterId: 'c1', 区: '华东' }

function logOf({ event, arrivedAtMs }: Occurrence): Log {
  const { involvedObject, source, type = '', lastTimestamp, eventTime } = event
  const fields: Record<string, string> = {
    eventId: JSON.stringify({ ...event, kind: undefined, apiVersion: undefined }, null, 1),
    hostname: source?.host ?? '',
    level: type,
    ...(involvedObject.kind === 'Pod' && {
      pod_id: involvedObject.uid ?? '',
      pod_name: involvedObject.name ?? '',
    }),
    ...labels,
  }
  const time = lastTimestamp ?? eventTime
  return {
    Time: Math.floor((time ? Date.parse(time) : arrivedAtMs) / 1_000),
    Contents: Object.entries(fields).map(([Key, Value]) => ({ Key, Value })),
  }
}

function assertEncoded(batch: readonly Occurrence[]): void {
  const encoder = new LogEncoder({ topic: 'prod', labels })
  const group = encoder.encode(batch).bytes
  const expected = encodeLogGroup({ Logs: batch.map(logOf), Topic: 'prod', Source: '' })
  assert.ok(group.equals(expected))
}

describe('a log group', () => {
  it('is that of every recorded event', () => {
    assertEncoded(
      Object.values(events).map(({ object }, at) =>
        occurrenceOf({ kind: 'Event', apiVersion: 'v1', ...object }, at),
      ),
    )
  })

  it('has room for messages of any length', () => {
    for (const length of [0, 100, 127, 128, 16_383, 16_384, 2_097_152]) {
      assertEncoded([occurrenceOf(podEvent(1, '中'.repeat(length))), occurrenceOf(podEvent(2))])
    }
  })

  it('is made of the same bytes again and again, longer and shorter', () => {
    const encoder = new LogEncoder({ topic: 'prod', labels })
    for (const count of [3, 0, 1, 500, 2]) {
      const batch = Array.from({ length: count }, (_, at) => occurrenceOf(podEvent(at)))
      const expected = encodeLogGroup({ Logs: batch.map(logOf), Topic: 'prod', Source: '' })
      const { bytes, ends } = encoder.encode(batch)
      assert.ok(bytes.equals(expected), `${count} logs`)
      assert.equal(ends.length, count)
    }
  })
})
