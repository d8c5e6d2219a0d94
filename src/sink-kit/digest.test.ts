/** Digests: what they count, what they say first, and that they never exceed a platform's size. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../domain/event.ts'
import type { Occurrence } from '../domain/occurrence.ts'
import { digestOf } from './digest.ts'
import { digestText, markdownStyle, plainStyle } from './digest-text.ts'
import { zoneOf } from './event-time.ts'
import { fitText, jsonBytes } from './fit-text.ts'

const zone = zoneOf({ TZ: 'UTC' })

function occurrence(offset: number, event: Partial<KubernetesEvent>, cluster = 'default'): Occurrence {
  const whole: KubernetesEvent = {
    metadata: { name: `event.${offset}`, namespace: 'shop' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-0' },
    reason: 'BackOff',
    type: 'Warning',
    message: 'Back-off restarting',
    lastTimestamp: new Date(Date.UTC(2024, 4, 6, 9, 30, offset % 60)).toISOString(),
    ...event,
  }
  return { offset, cluster, event: whole, raw: Buffer.from(''), arrivedAtMs: 0 }
}

const pod = (name: string): KubernetesEvent['involvedObject'] => ({ kind: 'Pod', namespace: 'shop', name })

function textOf(occurrences: readonly Occurrence[], maxBytes = 20_000, style = plainStyle): string {
  const digest = digestOf(occurrences)
  assert.ok(digest)
  const text = digestText(digest, style, zone, maxBytes, jsonBytes)
  assert.ok(jsonBytes(text) <= maxBytes, `${jsonBytes(text)} bytes of ${maxBytes}`)
  return text
}

/** How many events a digest's text accounts for in its reasons' lines and its mark. */
function accountedFor(text: string): number {
  const counts = [...text.matchAll(/^(?:\S+|\(no reason\)) ×(\d+)|^… \d+ more reasons? \((\d+) event/gm)]
  return counts.reduce((sum, [, told, missing]) => sum + Number(told ?? missing), 0)
}

describe('a digest', () => {
  it('counts by reason and object, newest first', () => {
    const text = textOf([
      occurrence(1, { involvedObject: pod('web-0') }),
      occurrence(2, { involvedObject: pod('web-1'), message: 'one\n two' }),
      occurrence(3, { involvedObject: pod('web-0'), message: 'newest of web-0' }),
      occurrence(4, {
        involvedObject: { kind: 'Node', name: 'node-2' },
        reason: 'NodeNotReady',
        message: '',
      }),
      occurrence(5, { reason: 'Scheduled', type: 'Normal', message: 'fine' }),
    ])
    assert.equal(
      text,
      `5 events of 3 objects, 2024-05-06 09:30:01 to 2024-05-06 09:30:05

Scheduled ×1 (Normal), 1 object, newest 09:30:05
- Pod shop/web-0: fine

NodeNotReady ×1, 1 object, newest 09:30:04
- Node node-2

BackOff ×3, 2 objects, newest 09:30:03
- Pod shop/web-0 ×2: newest of web-0
- Pod shop/web-1: one two`,
    )
  })

  it('quotes three different messages of a reason, each once', () => {
    const said = ['first', 'second', 'third', 'third', 'fourth', 'fifth']
    const text = textOf(
      said.map((message, at) => occurrence(at, { involvedObject: pod(`web-${at}`), message })),
    )
    assert.deepEqual(
      text.split('\n').slice(3),
      ['web-5: fifth', 'web-4: fourth', 'web-3: third', 'web-2', 'web-1', 'web-0'].map(
        (line) => `- Pod shop/${line}`,
      ),
    )
  })

  it('names the cluster where there are several', () => {
    const text = textOf([occurrence(1, {}, 'prod'), occurrence(2, {}, 'test')])
    assert.match(text, /2 events of 2 objects/)
    assert.match(text, /- Pod prod: shop\/web-0/)
    assert.match(text, /- Pod test: shop\/web-0/)
  })

  it('is made strong in Markdown', () => {
    assert.match(textOf([occurrence(1, {})], 20_000, markdownStyle), /^\*\*1 event\*\* of 1 object/)
  })

  it('is nothing of nothing', () => assert.equal(digestOf([]), undefined))

  it('tells every reason before the many objects of one, and how many are missing', () => {
    const flood = Array.from({ length: 2_000 }, (_, at) =>
      occurrence(at + 10, { involvedObject: pod(`checkout-7d9f-${at}`), message: 'x'.repeat(500) }),
    )
    const node = occurrence(1, { involvedObject: { kind: 'Node', name: 'node-2' }, reason: 'NodeNotReady' })
    const text = textOf([node, ...flood], 4_000)
    assert.match(text, /^2001 events of 2001 objects/)
    assert.match(text, /- Node node-2/)
    assert.match(text, /- Pod shop\/checkout-7d9f-1999/)
    const shown = text.match(/checkout-7d9f-\d+/g)?.length ?? 0
    assert.match(text, new RegExp(`- … ${2_000 - shown} more objects \\(${2_000 - shown} events\\)`))
    assert.ok(jsonBytes(text) > 3_000, 'uses the room that it has')
  })

  it('says how many reasons are missing where not even they have room', () => {
    const many = Array.from({ length: 500 }, (_, at) => occurrence(at, { reason: `Reason${at}` }))
    const text = textOf(many, 2_000)
    assert.match(text, /Reason499 ×1/)
    assert.match(text, /… \d+ more reasons \(\d+ events\)$/)
    assert.equal(accountedFor(text), 500)
  })

  it('keeps to any size and always accounts for every event', () => {
    const reasons = ['BackOff', '中文原因', '🚀🚀', 'Failed', 'Unhealthy']
    const mixed = Array.from({ length: 300 }, (_, at) =>
      occurrence(at, {
        reason: reasons[at % 5] ?? '',
        involvedObject: pod(`对象-${at % 40}`),
        message: `"quoted" \\ 探针 👩‍👩‍👧 ${at}`,
      }),
    )
    for (let maxBytes = 500; maxBytes < 20_000; maxBytes += 271) {
      assert.equal(accountedFor(textOf(mixed, maxBytes)), 300, `${maxBytes} bytes`)
    }
    for (let maxBytes = 0; maxBytes < 500; maxBytes += 7) textOf(mixed, maxBytes)
  })
})

describe('a text that is cut', () => {
  it('says how many characters are missing', () => {
    assert.equal(fitText('abcdefghij'.repeat(10), 40, jsonBytes), 'abcdefghijabcdef… (84 characters more)')
    assert.equal(fitText('short', 5, jsonBytes), 'short')
    assert.equal(fitText('no room', 3, jsonBytes), '')
  })

  it('is cut between characters as people see them, whatever its size', () => {
    const family = '👩‍👩‍👧‍👦'
    const text = `é中"\n${family}🇨🇳e\u0301\u{20000}`.repeat(30)
    const characters = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].map(
      ({ segment }) => segment,
    )
    for (let maxBytes = 30; maxBytes < jsonBytes(text); maxBytes++) {
      const cut = fitText(text, maxBytes, jsonBytes)
      assert.ok(jsonBytes(cut) <= maxBytes)
      const kept = /^(.*)… \((\d+) characters more\)$/su.exec(cut)
      assert.ok(kept, cut)
      const [, beginning = '', missing] = kept
      const shown = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(beginning)].map(
        ({ segment }) => segment,
      )
      assert.deepEqual(shown, characters.slice(0, shown.length))
      assert.equal(Array.from(text.slice(beginning.length)).length, Number(missing))
    }
  })
})
