/** What an occurrence becomes: the original's document, and the line before it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../../domain/event.ts'
import { occurrenceOf, podEvent } from '../../sink-kit/testing/sink-world.ts'
import { bulkDocuments } from './document.ts'
import type { DocumentSettings } from './document.ts'

const settings: DocumentSettings = {
  index: 'heapster',
  useNamespace: false,
  dataStream: undefined,
  clusterName: undefined,
  pipeline: undefined,
}

function documentOf(event: KubernetesEvent, given = settings): Record<string, unknown> {
  const [text = ''] = bulkDocuments([occurrenceOf(event)], given, false).lines
  const lines = text.split('\n')
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
    const document = documentOf(podEvent(1), { ...settings, dataStream: 'events' })
    assert.equal(document['@timestamp'], document['LastOccurrenceTimestamp'])
  })
})

describe('the lines of a document', () => {
  it('say where it goes, whatever stands in the names', () => {
    const batch = [1, 2].map((number) => occurrenceOf(podEvent(number, 'a\n"b"'), number))
    const { lines, indices } = bulkDocuments(batch, { ...settings, pipeline: 'p"q' }, true)
    assert.deepEqual(indices, ['heapster-2024.05.06', 'heapster-2024.05.06'])
    for (const [at, text] of lines.entries()) {
      const [action = '', document = '', ...rest] = text.split('\n')
      const number = at + 1
      assert.deepEqual(JSON.parse(action), {
        index: {
          _index: 'heapster-2024.05.06',
          _id: `uid-${number}.${number}`,
          _type: 'events',
          pipeline: 'p"q',
        },
      })
      assert.equal(JSON.parse(document).Message, 'a\n"b"')
      assert.deepEqual(rest, [''])
    }
  })
})
