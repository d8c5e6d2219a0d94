/** What an occurrence becomes: the same values whatever the bytes look like, in the original's form. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../../domain/event.ts'
import { occurrenceOf, podEvent } from '../../sink-kit/testing/sink-world.ts'
import { bulkBody } from './document.ts'
import type { DocumentSettings } from './document.ts'
import { RawFields } from './raw-fields.ts'

const settings: DocumentSettings = {
  index: 'heapster',
  useNamespace: false,
  dataStream: undefined,
  clusterName: undefined,
  pipeline: undefined,
}

function documentOf(event: KubernetesEvent, raw?: string, given = settings): Record<string, unknown> {
  const occurrence = { ...occurrenceOf(event), ...(raw !== undefined && { raw: Buffer.from(raw) }) }
  const lines = bulkBody([occurrence], given, false).bytes.toString('utf8').split('\n')
  assert.equal(lines.length, 3)
  return JSON.parse(lines[1] ?? '')
}

describe('a document', () => {
  it('holds what the recordings of the original hold', () => {
    const wire = new URL('../../../test/golden/wire/', import.meta.url)
    const events: Record<string, { object: KubernetesEvent }> = JSON.parse(
      readFileSync(new URL('events.json', wire), 'utf8'),
    )
    const recording: { requests: { path: string; body: string }[] } = JSON.parse(
      readFileSync(new URL('ke-elasticsearch-ver7.json', wire), 'utf8'),
    )
    const expected = recording.requests
      .filter(({ path }) => path === '/_bulk')
      .flatMap(({ body }) => body.split('\n').filter((_, at) => at % 2 === 1))
      .map((line): Record<string, unknown> => JSON.parse(line))
    assert.equal(expected.length, 12)
    for (const document of expected) {
      const uid = Object(document['Metadata'])['uid']
      const event = Object.values(events).find(({ object }) => object.metadata.uid === uid)?.object
      assert.ok(event)
      assert.deepEqual(documentOf(event), document)
    }
  })

  it('is the same whatever spaces, order and escapes the event came with', () => {
    const event: KubernetesEvent = { ...podEvent(1, 'a "b" \\ {}[],: \u4e2d\n'), source: { host: 'n1' } }
    const reversed = Object.fromEntries(Object.entries(event).toReversed())
    for (const raw of [
      JSON.stringify(event),
      JSON.stringify(reversed),
      JSON.stringify(event, undefined, ' ').replaceAll('\n', ' '),
      JSON.stringify(event)
        .replaceAll('\u4e2d', String.raw`\u4e2d`)
        .replaceAll('message', String.raw`mess\u0061ge`),
      `{"message":"first","reason":{"a":[1,{"message":"}"}]},${JSON.stringify(event).slice(1)}`,
    ]) {
      assert.deepEqual(documentOf(event, raw), documentOf(event), raw)
    }
  })

  it('holds no more than is there: what is missing is empty', () => {
    const { Count, Source, Message, Reason, Type, EventTags, FirstOccurrenceTimestamp } = documentOf({
      metadata: { uid: 'u', resourceVersion: '1' },
      involvedObject: {},
    })
    assert.deepEqual([Count, Source, Message, Reason, Type], [0, {}, '', '', ''])
    assert.equal(FirstOccurrenceTimestamp, '0001-01-01T00:00:00Z')
    assert.deepEqual(EventTags, { cluster_name: 'default', eventID: 'u', hostname: '' })
  })

  for (const [lastTimestamp, eventTime, told] of [
    ['2024-05-06T09:30:15Z', '2024-05-06T08:00:00.000000Z', '2024-05-06T09:30:15Z'],
    ['2024-05-06T09:30:15+08:00', null, '2024-05-06T01:30:15Z'],
    [null, '2024-05-06T08:00:00.120000Z', '2024-05-06T08:00:00.12Z'],
    ['0001-01-01T00:00:00Z', '2024-05-06T08:00:00.000000Z', '2024-05-06T08:00:00Z'],
    [null, null, '2024-05-06T12:00:00.25Z'],
  ] as const) {
    it(`whose event happened at ${lastTimestamp ?? eventTime ?? 'no time'} says ${told}`, () => {
      const document = documentOf({ ...podEvent(1), lastTimestamp, eventTime })
      assert.equal(document['LastOccurrenceTimestamp'], told)
    })
  }

  it('of a data stream has the time that such have', () => {
    const document = documentOf(podEvent(1), undefined, { ...settings, dataStream: 'events' })
    assert.equal(document['@timestamp'], document['LastOccurrenceTimestamp'])
  })
})

describe('the lines of a batch', () => {
  it('end where the next document begins', () => {
    const batch = [1, 2, 3].map((number) =>
      occurrenceOf(podEvent(number, 'm'.repeat(number * 1_000)), number),
    )
    const { bytes, ends, indices } = bulkBody(batch, { ...settings, pipeline: 'p"q' }, true)
    assert.equal(ends.at(-1), bytes.length)
    assert.deepEqual(indices, Array(3).fill('heapster-2024.05.06'))
    let start = 0
    for (const [at, end] of ends.entries()) {
      const [action = '', , rest] = bytes.subarray(start, end).toString('utf8').split('\n')
      assert.deepEqual(JSON.parse(action), {
        index: {
          _index: 'heapster-2024.05.06',
          _id: `uid-${at + 1}.${at + 1}`,
          _type: 'events',
          pipeline: 'p"q',
        },
      })
      assert.equal(rest, '')
      start = end
    }
  })
})

describe('the fields of a text', () => {
  it('are found whole, and nothing where the text is cut off', () => {
    const fields = new RawFields()
    const text = JSON.stringify(podEvent(1, 'with "quotes" and \\'))
    for (let length = 0; length <= text.length; length++) {
      const raw = Buffer.from(text.slice(0, length))
      fields.read(raw)
      for (const { start, end } of Object.values(fields.spans))
        assert.ok(end === 0 || (start <= end && end <= length))
    }
    const { start, end } = fields.spans.message
    assert.equal(text.slice(start, end), JSON.stringify('with "quotes" and \\'))
  })
})
