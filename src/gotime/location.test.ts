// Zones over time: rules beyond the recorded changes, the time before them, and the memory of the last answer.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { fixedZone, Location } from './location.ts'
import { parseTime } from './parse.ts'
import { seededRandom } from './seeded-random.ts'
import { TimeZones } from './time-zones.ts'
import { Time } from './time.ts'

const RFC3339 = '2006-01-02T15:04:05Z07:00'
const zones = new TimeZones({ tz: undefined, directories: [] })

function shownIn(location: Location, text: string, layout: string): string {
  const result = parseTime(RFC3339, text, location)
  assert.ok(result.ok)
  return result.time.in(location).format(layout)
}

describe('a zone long after its last recorded change', () => {
  const layout = '2006-01-02 15:04:05 -0700 MST'
  const cases: readonly (readonly [string, string, string, string])[] = [
    [
      'America/New_York',
      '2090-01-01 07:00:00 -0500 EST',
      '2090-07-01 08:00:00 -0400 EDT',
      '2096-12-31 18:00:00 -0500 EST',
    ],
    [
      'Australia/Lord_Howe',
      '2090-01-01 23:00:00 +1100 +11',
      '2090-07-01 22:30:00 +1030 +1030',
      '2097-01-01 10:00:00 +1100 +11',
    ],
    [
      'America/Santiago',
      '2090-01-01 09:00:00 -0300 -03',
      '2090-07-01 08:00:00 -0400 -04',
      '2096-12-31 20:00:00 -0300 -03',
    ],
    [
      'Europe/Dublin',
      '2090-01-01 12:00:00 +0000 GMT',
      '2090-07-01 13:00:00 +0100 IST',
      '2096-12-31 23:00:00 +0000 GMT',
    ],
    [
      'America/Nuuk',
      '2090-01-01 10:00:00 -0200 -02',
      '2090-07-01 11:00:00 -0100 -01',
      '2096-12-31 21:00:00 -0200 -02',
    ],
    [
      'Asia/Gaza',
      '2090-01-01 14:00:00 +0200 EET',
      '2090-07-01 15:00:00 +0300 EEST',
      '2097-01-01 01:00:00 +0200 EET',
    ],
    [
      'Asia/Shanghai',
      '2090-01-01 20:00:00 +0800 CST',
      '2090-07-01 20:00:00 +0800 CST',
      '2097-01-01 07:00:00 +0800 CST',
    ],
  ]
  for (const [name, january, july, leapYearsEnd] of cases) {
    it(`follows the rule of ${name}`, () => {
      const location = zones.load(name)
      assert.ok(location !== undefined)
      assert.equal(shownIn(location, '2090-01-01T12:00:00Z', layout), january)
      assert.equal(shownIn(location, '2090-07-01T12:00:00Z', layout), july)
      assert.equal(shownIn(location, '2096-12-31T23:00:00Z', layout), leapYearsEnd)
    })
  }
})

describe('a rule in the POSIX form', () => {
  const instants = [
    '2096-02-29T07:30:00Z',
    '2097-02-28T23:30:00Z',
    '2097-03-01T07:30:00Z',
    '2097-07-01T00:00:00Z',
    '2097-10-27T04:30:00Z',
  ]
  const [est, edt] = ['-05:00:00 EST', '-04:00:00 EDT']
  const [nzst, nzdt] = ['+12:00:00 NZST', '+13:00:00 NZDT']
  const [three, four] = ['+03:00:00 +03', '+04:30:15 +04']
  const understood: readonly (readonly [string, readonly string[]])[] = [
    ['EST5EDT', [est, est, est, edt, edt]],
    ['EST5EDT,J60,J300/1', [est, est, edt, edt, edt]],
    ['EST5EDT,59,299/-1:30', [edt, est, edt, edt, est]],
    ['<+03>-3<+04>-4:30:15,M3.5.4/24,M10.1.0/50', [three, three, three, four, three]],
    ['NZST-12NZDT,M9.5.0,M4.1.0/3', [nzdt, nzdt, nzdt, nzst, nzdt]],
    ['EST5,ignored', [est, est, est, est, est]],
    ['<>5', Array<string>(5).fill('-05:00:00 -0500')],
    ['ABC1:02:03', Array<string>(5).fill('-01:02:03 ABC')],
  ]
  for (const [rule, expected] of understood) {
    it(`${rule} is followed as Go follows it`, () => {
      const location = withRule(rule)
      assert.deepEqual(
        instants.map((instant) => shownIn(location, instant, '-07:00:00 MST')),
        expected,
      )
    })
  }

  for (const rule of [
    'AB5',
    'EST',
    'EST5E',
    '<EST5',
    'EST-200',
    'EST5EDT,M13.1.0,M11.1.0',
    'EST5EDT,M3.2.0',
    'EST5EDT,M3.2.0,M11.1.0x',
    'EST5EDT,J0,J300',
    'EST5EDT,M3.2.0/2:60,M11.1.0',
  ]) {
    it(`${rule} is not one: the last recorded zone stays`, () => {
      assert.equal(shownIn(withRule(rule), '2097-07-01T00:00:00Z', '-07:00:00 MST'), '+01:00:00 XST')
    })
  }

  function withRule(rule: string): Location {
    const types = [
      { name: 'LMT', offsetSeconds: 1_172, isDst: false },
      { name: 'XST', offsetSeconds: 3_600, isDst: false },
    ]
    return new Location('x', { types, transitions: [0], typeIndexes: [1], rule })
  }
})

describe('a zone before its first recorded change', () => {
  const dst = { name: 'DST', offsetSeconds: 7_200, isDst: true }
  const first = { name: 'ONE', offsetSeconds: 3_600, isDst: false }
  const second = { name: 'TWO', offsetSeconds: 1_800, isDst: false }
  const at1900 = (types: readonly (typeof dst)[], typeIndexes: readonly number[]) =>
    new Location('x', { types, transitions: typeIndexes.map((_, index) => index), typeIndexes, rule: '' }).at(
      -2e9,
    ).name

  it('is the first zone if no change leads to it', () => {
    assert.equal(at1900([dst, first], [1]), 'DST')
  })

  it('is the standard time nearest before a first change to daylight saving', () => {
    assert.equal(at1900([first, second, dst], [2, 0, 1]), 'TWO')
  })

  it('is else the first standard time there is', () => {
    assert.equal(at1900([dst, first, second], [0, 1]), 'ONE')
  })

  it('is else the first zone', () => {
    assert.equal(at1900([dst], [0]), 'DST')
  })
})

describe('a location asked for many instants', () => {
  it('answers each as if it were the first', () => {
    const random = seededRandom()
    const names = ['America/New_York', 'Africa/Casablanca', 'Europe/Dublin', 'Antarctica/Troll'] as const
    for (const name of names) {
      const asked = zones.load(name)
      assert.ok(asked !== undefined)
      for (let round = 0; round < 400; round += 1) {
        const unixSeconds = random.integer(-3e9, 5e9)
        const fresh = new TimeZones({ tz: name, directories: [] }).local
        for (const nearby of [unixSeconds, unixSeconds + 1, unixSeconds + 86_400]) {
          assert.deepEqual(asked.at(nearby), fresh.at(nearby), `${name} ${nearby} ${random.seedText}`)
        }
      }
    }
  })
})

describe('a zone that is only an offset', () => {
  it('is the same object for the same whole hours, and shows its offset as its name', () => {
    assert.equal(fixedZone('', 3_600), fixedZone('', 3_600))
    assert.notEqual(fixedZone('', 3_601), fixedZone('', 3_601))
    assert.equal(new Time(0, 0, fixedZone('', -12_600)).toString(), '1969-12-31 20:30:00 -0330 -0330')
  })

  it('keeps the sign of the whole minutes, as Go does', () => {
    assert.equal(new Time(0, 0, fixedZone('', -30)).format('-07:00:00'), '+00:00:-30')
  })
})
