/** What one line of a watch says. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { event, line, recorded, status } from './testing/events.ts'
import { readWatchLine, type WatchLine } from './watch-line.ts'

function read(text: string): WatchLine {
  return readWatchLine(Buffer.from(text.replace(/\n$/, '')))
}

describe('an ADDED or MODIFIED line', () => {
  it('gives the bytes of the object as received', () => {
    const text = line('ADDED', event('web-1.17f0', 471, { message: 'a < b & "c" 事件' }))
    const said = read(text)
    assert.equal(said.kind, 'occurrence')
    assert.equal(
      said.kind === 'occurrence' && said.raw.toString(),
      text.slice('{"type":"ADDED","object":'.length, -2),
    )
  })

  it('is a view of the line, not a copy', () => {
    const buffer = Buffer.from(line('MODIFIED', event('a', 1)).trimEnd())
    const said = readWatchLine(buffer)
    assert.equal(said.kind === 'occurrence' && said.raw.buffer, buffer.buffer)
  })

  it('is read from every line that a real API server wrote', () => {
    for (const name of ['watch-from-rv', 'watch-no-rv', 'watch-rv0', 'watch-all-namespaces']) {
      const lines = recorded(name).response.body.trimEnd().split('\n')
      assert.ok(lines.length > 0)
      for (const text of lines) {
        const said = read(text)
        if (said.kind !== 'occurrence') assert.fail(`${name}: ${said.kind}`)
        assert.deepEqual(JSON.parse(said.raw.toString()), said.event)
        assert.ok(text.includes(said.raw.toString()))
      }
    }
  })

  it('is serialised anew where the line is written in another way', () => {
    const object = event('a', 1)
    const body = JSON.stringify(object)
    for (const text of [
      `{"object":${body},"type":"ADDED"}`,
      `{ "type": "ADDED", "object": ${body} }`,
      `{"type":"ADDED","object":${body},"more":{"a":1}}`,
      `{"type":"ADDED","object":${body}} `,
    ]) {
      const said = read(text)
      if (said.kind !== 'occurrence') assert.fail(text)
      assert.deepEqual(JSON.parse(said.raw.toString()), object)
    }
  })

  it('with an object that is no event is ignored', () => {
    for (const object of [
      null,
      'text',
      [],
      {},
      { kind: 'Pod', metadata: { resourceVersion: '1' }, involvedObject: {} },
      { kind: 'Event', apiVersion: 'events.k8s.io/v1', metadata: { resourceVersion: '1' }, regarding: {} },
      { kind: 'Event', metadata: null, involvedObject: {} },
      { kind: 'Event', metadata: {}, involvedObject: {} },
      status(500, 'InternalError', 'x'),
    ]) {
      const said = read(line('ADDED', object))
      assert.equal(said.kind === 'ignored' && said.why, 'no-event', JSON.stringify(object))
    }
  })
})

describe('any other line', () => {
  it('DELETED is no news, but tells how far the watch has come', () => {
    assert.deepEqual(read(line('DELETED', event('a', 5379))), { kind: 'passed', resourceVersion: '5379' })
  })

  it('BOOKMARK has a version and no uid', () => {
    const last = recorded('watch-initial-events')
      .response.body.split('\n')
      .find((text) => text.includes('BOOKMARK'))
    assert.deepEqual(read(last ?? ''), { kind: 'passed', resourceVersion: '475' })
  })

  it('ERROR carries a Status', () => {
    const said = read(recorded('gone-watch').response.body)
    assert.equal(said.kind === 'error' && said.status.code, 410)
    assert.equal(said.kind === 'error' && said.status.reason, 'Expired')
  })

  it('ERROR without a Status is an error all the same', () => {
    assert.equal(read(line('ERROR', null)).kind, 'error')
    assert.equal(read('{"type":"ERROR"}').kind, 'error')
  })

  it('of an unknown type is ignored', () => {
    for (const text of ['{"type":"SURPRISE","object":{}}', '{}', 'null', '[]', '7', '{"type":7}']) {
      const said = read(text)
      assert.equal(said.kind === 'ignored' && said.why, 'unknown-type', text)
    }
  })

  it('that is no JSON is ignored', () => {
    for (const text of ['<html>', '{"type":"ADDED","object":{', '\u0000', 'upstream connect error']) {
      const said = read(text)
      assert.equal(said.kind === 'ignored' && said.why, 'not-json', text)
    }
  })
})
