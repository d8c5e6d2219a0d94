/** Events as kubectl and recordings have them are taken; what is none is told with its place. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stringify } from 'yaml'
import { SAMPLE_EVENTS } from '../template/sample-events.ts'
import { readGivenEvents } from './given-events.ts'

const events = SAMPLE_EVENTS.map(({ event }) => event)
const [first] = events

async function reasons(text: string): Promise<readonly (string | undefined)[]> {
  const given = await readGivenEvents(text)
  assert.ok(given.ok, given.ok ? '' : given.problem)
  return given.events.map(({ reason }) => reason)
}

async function problem(text: string): Promise<string> {
  const given = await readGivenEvents(text)
  assert.ok(!given.ok)
  return given.problem
}

describe('events that are given', () => {
  it('are one, in JSON or YAML, unchanged', async () => {
    for (const event of events) {
      assert.deepEqual(await readGivenEvents(JSON.stringify(event, undefined, 4)), {
        ok: true,
        events: [event],
      })
      assert.deepEqual(await readGivenEvents(stringify(event)), { ok: true, events: [event] })
    }
  })

  it('are the items of a List, also of one of several documents', async () => {
    const all = events.map(({ reason }) => reason)
    const list = { apiVersion: 'v1', kind: 'List', items: events }
    assert.deepEqual(await reasons(JSON.stringify(list)), all)
    assert.deepEqual(await reasons(`---\n${stringify(list)}---\n${stringify(first)}`), [...all, 'BackOff'])
  })

  it('are the lines of a recording, or of a watch', async () => {
    const lines = [
      { type: 'BOOKMARK', object: { kind: 'Event', metadata: { resourceVersion: '5' } } },
      { t: 1, type: 'ADDED', object: first },
      first,
    ]
    assert.deepEqual(await reasons(`${lines.map((line) => JSON.stringify(line)).join('\n')}\n\n`), [
      'BackOff',
      'BackOff',
    ])
  })

  it('of events.k8s.io become what core/v1 shows', async () => {
    const given = await readGivenEvents(
      stringify({
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: 'web-1.18a5', namespace: 'shop' },
        regarding: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
        reason: 'Scheduled',
        note: 'Successfully assigned shop/web-1 to worker-1',
        type: 'Normal',
        eventTime: '2026-03-02T09:33:07.120450Z',
        deprecatedFirstTimestamp: null,
        reportingController: 'default-scheduler',
      }),
    )
    assert.ok(given.ok)
    const [event] = given.events
    assert.equal(event?.involvedObject.name, 'web-1')
    assert.equal(event?.message, 'Successfully assigned shop/web-1 to worker-1')
    assert.equal(event?.reportingComponent, 'default-scheduler')
    assert.equal(event?.lastTimestamp, null)
  })

  it('that are none are told with what is wrong', async () => {
    assert.equal(await problem(''), 'it holds no event')
    assert.equal(
      await problem('kind: Pod\nmetadata: {}'),
      'this Pod is no event: involvedObject is not there, or not what an event has there',
    )
    assert.match(
      await problem('{"metadata": {}, "involvedObject": {}, "count": "x"}'),
      /: count is not there, or not/,
    )
    assert.equal(
      await problem('{"a": 1,\n "b" 2}'),
      'it is no JSON: line 2, column 6: found `2`, where `:` belongs',
    )
    assert.equal(
      await problem(`${JSON.stringify(first)}\n{"a"`),
      'a line is no JSON: line 2, column 5: found the end, where `:` belongs',
    )
    assert.match(await problem('a: [1'), /^it is no YAML: .*line 1/)
    assert.equal(await problem('just words'), 'it is no event, and no list of events')
    assert.equal(await problem('kind: List\nitems: []'), 'it holds no event')
  })
})
