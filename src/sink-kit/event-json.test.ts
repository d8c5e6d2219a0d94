/** An event as indented JSON, plain and within other JSON: what one or two `JSON.stringify` would make, byte by byte. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { eventAsJsonString, eventAsQuotedText, indentedEvent } from './event-json.ts'

/** What the original's way gives for an event without `kind` and `apiVersion`. */
function bySteps(event: object): string {
  return JSON.stringify(JSON.stringify({ ...event, kind: undefined, apiVersion: undefined }, null, 1))
}

const inOne = (text: string): string => String(eventAsJsonString(Buffer.from(text), '"', '"'))

describe('an event as JSON within JSON', () => {
  it('is indented by one blank, without kind and apiVersion', () => {
    const text = '{"kind":"Event","apiVersion":"v1","metadata":{"name":"a"},"count":3}'
    assert.equal(inOne(text), String.raw`"{\n \"metadata\": {\n  \"name\": \"a\"\n },\n \"count\": 3\n}"`)
  })

  it('has them left out wherever they stand, and only there', () => {
    for (const text of [
      '{"a":1,"kind":"Event"}',
      '{"kind":"Event"}',
      '{"a":1,"kind":"Event","b":2}',
      '{ "apiVersion" : "v1" , "reason" : "kind" , "a" : [ "kind", "apiVersion" ] }',
      '{"o":{"kind":"Pod","apiVersion":"v1"},"kind":"quoted \\" and \\\\","z":[]}',
    ]) {
      assert.equal(inOne(text), bySteps(JSON.parse(text)), text)
    }
  })

  it('is that of every recorded event', () => {
    const events: Record<string, { object: object }> = JSON.parse(
      readFileSync(new URL('../../test/golden/wire/events.json', import.meta.url), 'utf8'),
    )
    for (const { object } of Object.values(events)) {
      assert.equal(inOne(JSON.stringify({ kind: 'Event', apiVersion: 'v1', ...object })), bySteps(object))
    }
  })

  it('keeps escapes as they were written', () => {
    assert.equal(
      inOne(String.raw`{"m":"\u003cb\u003e \n"}`),
      String.raw`"{\n \"m\": \"\\u003cb\\u003e \\n\"\n}"`,
    )
  })

  it('is that of any JSON, short or long, flat or deep', (test) => {
    const seed = Number(process.env['EVENT_JSON_SEED'] ?? Date.now() % 1_000_000)
    test.diagnostic(`EVENT_JSON_SEED=${seed}`)
    const random = randomFrom(seed)
    for (let round = 0; round < 2_000; round++) {
      const event = { ...someObject(random, 5), last: round }
      assert.equal(inOne(JSON.stringify(event)), bySteps(event), `round ${round}`)
      assert.equal(inOne(JSON.stringify(event, null, '\t ')), bySteps(event), `round ${round}, with blanks`)
      const plain = String(indentedEvent(Buffer.from(JSON.stringify(event))))
      assert.equal(JSON.stringify(plain), bySteps(event), `round ${round}, plain`)
      const quoted = String(eventAsQuotedText(Buffer.from(JSON.stringify(event))))
      assert.equal(quoted, plain.replace(/["\\]/g, '\\$&'), `round ${round}, quoted`)
    }
    let deep: object = {}
    for (let depth = 0; depth < 400; depth++) deep = { deep, list: [depth, [], [[deep === null]]] }
    assert.equal(inOne(JSON.stringify(deep)), bySteps(deep))
    const long = { message: '"\\中\n'.repeat(50_000) }
    assert.equal(inOne(JSON.stringify(long)), bySteps(long))
  })
})

type Random = (below: number) => number

/** xorshift32 */
function randomFrom(seed: number): Random {
  let state = seed | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const texts = [
  '',
  'a',
  '"',
  '\\',
  '\\"',
  '\n\t',
  '中文',
  '😀',
  '\u0001',
  '{',
  '[,]:',
  'kind',
  'apiVersion',
  ' ',
]

function someText(random: Random): string {
  return Array.from({ length: random(4) }, () => texts[random(texts.length)] ?? '').join('')
}

function someObject(random: Random, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: random(5) }, (_, at) => [`${someText(random)}${at}`, someValue(random, depth - 1)]),
  )
}

function someValue(random: Random, depth: number): unknown {
  switch (random(depth > 0 ? 7 : 5)) {
    case 0:
      return null
    case 1:
      return random(2) === 1
    case 2:
      return random(100_000) / 7 - 5_000
    case 3:
    case 4:
      return someText(random)
    case 5:
      return Array.from({ length: random(4) }, () => someValue(random, depth - 1))
    default:
      return someObject(random, depth)
  }
}
