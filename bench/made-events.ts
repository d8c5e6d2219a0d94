/** Events for benchmarks: the shape and size (1.2 KB) of what a kubelet writes, each with its number in the message. */

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** A watch line. `sequence` is told in the message as `seq=N`; its version is `firstVersion + sequence + 1`. */
export function madeEvent(sequence: number, firstVersion: number): Buffer {
  const pod = `checkout-7d4b9c6f58-${(sequence % 500).toString(36).padStart(5, '0')}`
  const uid = `${(sequence % 500).toString(16).padStart(8, '0')}-5c1e-4d8a-9f6b-3a7b2c1d0e9f`
  const event = {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: {
      name: `${pod}.${sequence.toString(16).padStart(16, '0')}`,
      namespace: 'shop',
      uid: `${sequence.toString(16).padStart(8, '0')}-0b7e-4a57-8c33-6f2d9e1c4b5a`,
      resourceVersion: String(firstVersion + sequence + 1),
      creationTimestamp: '2026-11-22T04:49:17Z',
      managedFields: [
        {
          manager: 'kubelet',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2026-11-22T04:49:17Z',
          fieldsType: 'FieldsV1',
          fieldsV1: {
            'f:count': {},
            'f:firstTimestamp': {},
            'f:involvedObject': {},
            'f:lastTimestamp': {},
            'f:message': {},
            'f:reason': {},
            'f:reportingComponent': {},
            'f:reportingInstance': {},
            'f:source': { 'f:component': {}, 'f:host': {} },
            'f:type': {},
          },
        },
      ],
    },
    involvedObject: {
      kind: 'Pod',
      namespace: 'shop',
      name: pod,
      uid,
      apiVersion: 'v1',
      resourceVersion: '4242',
      fieldPath: 'spec.containers{checkout}',
    },
    reason: 'BackOff',
    message: `Back-off restarting failed container checkout in pod ${pod}_shop(${uid}) seq=${sequence}`,
    source: { component: 'kubelet', host: 'node-2' },
    firstTimestamp: '2026-11-22T04:45:00Z',
    lastTimestamp: '2026-11-22T04:49:17Z',
    count: 1 + (sequence % 40),
    type: 'Warning',
    eventTime: null,
    reportingComponent: 'kubelet',
    reportingInstance: 'node-2',
  }
  return Buffer.from(`{"type":"ADDED","object":${JSON.stringify(event)}}\n`)
}

interface RecordedLine {
  readonly t: number
  readonly type: string
  readonly object: { metadata: { resourceVersion?: string }; message?: string }
}

/** The lines of a recording, with the time at which each came, ms from the first; numbered like made events. */
export function recordedLines(
  path: string,
  firstSequence: number,
  firstVersion: number,
): { atMs: number; line: Buffer }[] {
  const recorded = gunzipSync(readFileSync(path))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line): RecordedLine => JSON.parse(line))
    .filter(({ type }) => type === 'ADDED' || type === 'MODIFIED')
  const startMs = recorded[0]?.t ?? 0
  return recorded.map(({ t, type, object }, at) => {
    const sequence = firstSequence + at
    object.metadata.resourceVersion = String(firstVersion + sequence + 1)
    object.message = `${object.message ?? ''} seq=${sequence}`
    return { atMs: t - startMs, line: Buffer.from(`${JSON.stringify({ type, object })}\n`) }
  })
}
