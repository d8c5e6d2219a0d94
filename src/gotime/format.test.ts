// Writing times by layouts: what is an element of a layout and what is not, as Go has it.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { fixedZone, UTC } from './location.ts'
import { Time } from './time.ts'

const evening = Time.date(2024, 2, 5, 21, 5, 7, 12_000_000, fixedZone('', -(3 * 3_600 + 30 * 60)))

describe('a layout', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', ''],
    ['no elements', 'no elements'],
    ['Jan January Janet Januaryx', 'Feb February Janet Februaryx'],
    ['Mon Monday Month MST', 'Mon Monday Month -0330'],
    ['1 01 2 02 _2 06 2006 _2006', '2 02 5 05  5 24 2024 _2024'],
    ['002 __2', '036  36'],
    ['15 3 03 4 04 5 05 PM pm', '21 9 09 5 05 7 07 PM pm'],
    ['-07 -0700 -07:00 -070000 -07:00:00', '-03 -0330 -03:30 -033000 -03:30:00'],
    ['Z07 Z0700 Z07:00 Z070000 Z07:00:00', '-03 -0330 -03:30 -033000 -03:30:00'],
    ['.000 ,000 .999 ,999999', '.012 ,012 .012 ,012'],
    ['.0 .9|.00 .99', '.0 |.01 .01'],
    ['.06 .0006 .9x ,', '.24 .0024 x ,'],
    ['.00000000000', '.012000000'],
  ]
  for (const [layout, expected] of cases) {
    it(`${JSON.stringify(layout)} gives ${JSON.stringify(expected)}`, () => {
      assert.equal(evening.format(layout), expected)
    })
  }

  it('is found again when more layouts were used than are remembered', () => {
    for (let i = 0; i < 1_000; i += 1)
      assert.equal(evening.format(`[${'x'.repeat(i)}] 2006`).slice(-4), '2024')
    assert.equal(evening.format('Jan 2'), 'Feb 5')
  })
})

describe('a time in Go syntax', () => {
  it('names UTC, and quotes other locations', () => {
    assert.equal(new Time(0, 5, UTC).goString(), 'time.Date(1970, time.January, 1, 0, 0, 0, 5, time.UTC)')
    assert.equal(
      new Time(0, 0, fixedZone('a"b', 3_600)).goString(),
      'time.Date(1970, time.January, 1, 1, 0, 0, 0, time.Location("a\\"b"))',
    )
  })
})

describe('the JSON of a time', () => {
  it('is refused for years that RFC 3339 cannot hold', () => {
    const error = 'Time.MarshalJSON: year outside of range [0,9999]'
    assert.deepEqual(Time.date(10_000, 1, 1, 0, 0, 0, 0, UTC).marshalJson(), { ok: false, error })
    assert.deepEqual(Time.date(-1, 1, 1, 0, 0, 0, 0, UTC).marshalJson(), { ok: false, error })
  })

  it('is refused for offsets of a day and more', () => {
    const error = 'Time.MarshalText: timezone hour outside of range [0,23]'
    assert.deepEqual(new Time(0, 0, fixedZone('', 86_400)).marshalText(), { ok: false, error })
  })
})

describe('a year before the first', () => {
  it('keeps its sign before four digits, and loses it in two', () => {
    const time = Time.date(-44, 3, 15, 0, 0, 0, 0, UTC)
    assert.equal(time.format('2006-01-02 06'), '-0044-03-15 44')
    assert.equal(time.toString(), '-0044-03-15 00:00:00 +0000 UTC')
  })
})
