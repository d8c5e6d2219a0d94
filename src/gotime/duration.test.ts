// Durations: Go's answers for odd texts, and that what is printed is read back.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { Duration, parseGoDuration } from './duration.ts'
import { seededRandom } from './seeded-random.ts'

describe('a duration read as Go reads it', () => {
  const readable: readonly (readonly [string, bigint, string])[] = [
    ['0', 0n, '0s'],
    ['-0', 0n, '0s'],
    ['1.5h', 5_400_000_000_000n, '1h30m0s'],
    ['-1.5s', -1_500_000_000n, '-1.5s'],
    ['.5us', 500n, '500ns'],
    ['1.s', 1_000_000_000n, '1s'],
    ['+1h2m3.5s', 3_723_500_000_000n, '1h2m3.5s'],
    ['1\u00b5s', 1_000n, '1\u00b5s'],
    ['1\u03bcs', 1_000n, '1\u00b5s'],
    ['1500us', 1_500_000n, '1.5ms'],
    ['0.9ns', 0n, '0s'],
    ['1h1h', 7_200_000_000_000n, '2h0m0s'],
    ['0.3333333333333333333h', 1_200_000_000_000n, '20m0s'],
    ['2562047h47m16.854775807s', 9_223_372_036_854_775_807n, '2562047h47m16.854775807s'],
    ['-9223372036854775808ns', -9_223_372_036_854_775_808n, '-2562047h47m16.854775808s'],
  ]
  for (const [text, ns, printed] of readable) {
    it(`takes ${text} as ${printed}`, () => {
      const result = parseGoDuration(text)
      assert.ok(result.ok)
      assert.equal(result.duration.ns, ns)
      assert.equal(result.duration.toString(), printed)
    })
  }

  const refused: readonly (readonly [string, string])[] = [
    ['', 'time: invalid duration ""'],
    ['+', 'time: invalid duration "+"'],
    ['.s', 'time: invalid duration ".s"'],
    ['1', 'time: missing unit in duration "1"'],
    ['1..5s', 'time: missing unit in duration "1..5s"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['100ms 5s', 'time: unknown unit "ms " in duration "100ms 5s"'],
    ['1\u00e9', 'time: unknown unit "\\xc3\\xa9" in duration "1\\xc3\\xa9"'],
    ['3000000h', 'time: invalid duration "3000000h"'],
    ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
    ['99999999999999999999999s', 'time: invalid duration "99999999999999999999999s"'],
  ]
  for (const [text, error] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseGoDuration(text), { ok: false, error })
    })
  }

  it('is what it printed, whatever it is', () => {
    const random = seededRandom()
    for (let round = 0; round < 2_000; round += 1) {
      const magnitude = BigInt(random.integer(0, 2 ** 48)) >> BigInt(random.integer(0, 48))
      const duration = new Duration(random.pick([1n, -1n]) * magnitude * random.pick([1n, 1_000n, 30_000n]))
      const result = parseGoDuration(duration.toString())
      assert.ok(result.ok, `${duration} ${random.seedText}`)
      assert.equal(result.duration.ns, duration.ns, random.seedText)
    }
  })
})

describe('a duration', () => {
  const nearlyTwoHours = new Duration(7_199_500_000_001n)

  it('counts milliseconds for timers, with their fraction', () => {
    assert.equal(new Duration(1_500_000n).ms, 1.5)
    assert.equal(Duration.fromMs(-250).toString(), '-250ms')
    assert.equal(Duration.fromMs(0.5).toString(), '500\u00b5s')
  })

  it('counts in larger units', () => {
    assert.equal(new Duration(5_400_000_000_000n).hours(), 1.5)
    assert.equal(new Duration(-90_000_000_000n).minutes(), -1.5)
    assert.equal(nearlyTwoHours.seconds(), 7199.500000001)
    assert.equal(nearlyTwoHours.milliseconds(), 7_199_500n)
    assert.equal(nearlyTwoHours.microseconds(), 7_199_500_000n)
  })

  it('is cut off towards zero and rounded away from it at a half', () => {
    const second = new Duration(1_000_000_000n)
    assert.equal(new Duration(-1_500_000_000n).truncate(second).toString(), '-1s')
    assert.equal(new Duration(-1_500_000_000n).round(second).toString(), '-2s')
    assert.equal(new Duration(1_499_999_999n).round(second).toString(), '1s')
    assert.equal(nearlyTwoHours.round(Duration.zero), nearlyTwoHours)
    assert.equal(nearlyTwoHours.truncate(new Duration(-1n)), nearlyTwoHours)
  })

  it('stays within 64 bits', () => {
    assert.equal(Duration.min.abs(), Duration.max)
    assert.equal(Duration.max.round(new Duration(3_600_000_000_000n)), Duration.max)
    assert.equal(new Duration(Duration.max.ns + 1n).ns, Duration.min.ns)
  })
})
