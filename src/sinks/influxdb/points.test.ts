/** Points as a strict reader of line protocol reads them: tags, fields and times. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../../domain/event.ts'
import { occurrenceOf, podEvent } from '../../sink-kit/testing/sink-world.ts'
import { LineBuffer } from './line-buffer.ts'
import { addPoint } from './points.ts'
import type { PointSettings } from './points.ts'
import { readLines } from './testing/line-protocol.ts'
import type { Point } from './testing/line-protocol.ts'

const original: PointSettings = { withFields: false, tags: 'original', clusterName: undefined }
const withFields: PointSettings = { ...original, withFields: true }

function read(event: KubernetesEvent, settings: PointSettings): Point {
  const lines = new LineBuffer()
  addPoint(lines, occurrenceOf(event), settings)
  const [line, ...more] = readLines(String(lines.lines(0, 1)))
  assert.ok(line)
  assert.deepEqual(more, [])
  return line.point
}

const event: KubernetesEvent = {
  ...podEvent(7),
  source: { component: 'kubelet', host: 'node-1' },
}

describe('a point', () => {
  it('has the whole event, and ids as tags, as the original writes it', () => {
    const { measurement, tags, fields, time } = read(event, original)
    assert.equal(measurement, 'log/events')
    assert.deepEqual(tags, {
      cluster_name: 'default',
      hostname: 'node-1',
      pod_id: 'pod-7',
      pod_name: 'web-7',
      uid: 'uid-7',
    })
    assert.deepEqual(Object.keys(fields), ['value'])
    assert.equal(fields['value'], JSON.stringify(event, null, 1))
    assert.equal(time, 1714987815000000007n)
  })

  it('has tags and the message, as the original writes it with fields', () => {
    const { measurement, tags, fields } = read(event, withFields)
    assert.equal(measurement, 'events')
    assert.deepEqual(tags, {
      cluster_name: 'default',
      component: 'kubelet',
      hostname: 'node-1',
      kind: 'Pod',
      namespace_name: 'shop',
      object_name: 'web-7',
      pod_id: 'pod-7',
      reason: 'BackOff',
      type: 'Warning',
      uid: 'uid-7',
    })
    assert.deepEqual(fields, { message: 'Back-off restarting container 7' })
  })

  it('has only tags whose values repeat where they are bounded, and the rest as fields', () => {
    const bounded = read(event, { ...withFields, tags: 'bounded', clusterName: 'prod' })
    assert.deepEqual(bounded.tags, {
      cluster_name: 'prod',
      component: 'kubelet',
      hostname: 'node-1',
      kind: 'Pod',
      namespace_name: 'shop',
      reason: 'BackOff',
      type: 'Warning',
    })
    assert.deepEqual(bounded.fields, {
      message: 'Back-off restarting container 7',
      count: 7n,
      object_name: 'web-7',
      pod_id: 'pod-7',
      uid: 'uid-7',
    })
    const whole = read(event, { ...original, tags: 'bounded' })
    assert.deepEqual(whole.tags, { cluster_name: 'default', hostname: 'node-1' })
    assert.deepEqual(
      { ...whole.fields, value: '' },
      { value: '', pod_id: 'pod-7', pod_name: 'web-7', uid: 'uid-7' },
    )
  })

  const hard = 'it\'s "a", b = c\\ \\"\n\t=, 探针 🚀\\'
  for (const settings of [original, withFields, { ...original, tags: 'bounded' as const }]) {
    it(`gives every text back as it was: ${settings.tags}${settings.withFields ? ', with fields' : ''}`, () => {
      const { fields } = read({ ...event, message: hard }, settings)
      const { value, message } = fields
      assert.equal(settings.withFields ? message : JSON.parse(String(value)).message, hard)
    })
  }

  it('writes tags as far as the protocol can', () => {
    const reason = 'a,b=c d\\ e\nf\\'
    assert.equal(read({ ...event, reason }, withFields).tags['reason'], 'a,b=c d\\ e f')
    assert.equal(read({ ...event, reason: '\\' }, withFields).tags['reason'], undefined)
  })

  it('has no tag without a value', () => {
    const bare: KubernetesEvent = { metadata: { uid: 'u', resourceVersion: '1' }, involvedObject: {} }
    assert.deepEqual(read(bare, original).tags, { cluster_name: 'default', uid: 'u' })
    assert.deepEqual(read(bare, { ...original, clusterName: '' }).tags, { uid: 'u' })
  })
})

describe('the time of a point', () => {
  const at = (change: Partial<KubernetesEvent>, resourceVersion = '0'): bigint =>
    read({ ...event, ...change, metadata: { ...event.metadata, resourceVersion } }, original).time

  it('is lastTimestamp, else eventTime, else when the event came', () => {
    assert.equal(at({ lastTimestamp: '2024-05-06T09:30:15Z' }), 1714987815000000000n)
    assert.equal(at({ lastTimestamp: '2024-05-06T17:30:15+08:00' }), 1714987815000000000n)
    const none = { lastTimestamp: null }
    assert.equal(at({ ...none, eventTime: '2024-05-06T08:00:01.123456Z' }), 1714982401123456000n)
    assert.equal(at(none), 1714996800250000000n)
    assert.equal(at({ lastTimestamp: '0001-01-01T00:00:00Z' }), 1714996800250000000n)
    assert.equal(at({ lastTimestamp: '1969-12-31T23:59:59Z' }), -1000000000n)
  })

  it('is another one for another state in the same second, and the same for the same', () => {
    const versions = ['48213', '48214', '1048214', '99999999999999999999', 'opaque-a', 'opaque-b', '']
    const times = versions.map((version) => at({}, version))
    assert.deepEqual(
      times,
      versions.map((version) => at({}, version)),
    )
    assert.equal(times[1], 1714987815000048214n)
    // A million versions later it is the same again.
    assert.equal(times[2], times[1])
    assert.equal(new Set(times).size, versions.length - 1)
    for (const time of times) assert.ok(time - 1714987815000000000n < 1_000_000n)
  })
})
