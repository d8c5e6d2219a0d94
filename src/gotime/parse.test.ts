// Reading times by layouts: Go's answers for the laxities and the refusals, and round trips.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { RFC3339, RFC3339_NANO } from './layout.ts'
import { fixedZone, UTC } from './location.ts'
import { parseTime, parseTimeInLocation } from './parse.ts'
import { seededRandom } from './seeded-random.ts'
import { TimeZones } from './time-zones.ts'
import { Time } from './time.ts'

const { local: newYork } = new TimeZones({ tz: 'America/New_York', directories: [] })

const RFC1123 = 'Mon, 02 Jan 2006 15:04:05 MST'
const RFC1123Z = 'Mon, 02 Jan 2006 15:04:05 -0700'
const DATE_TIME = '2006-01-02 15:04:05'

describe('a time read by a layout, in New York', () => {
  const readable: readonly (readonly [string, string, string])[] = [
    [RFC1123, 'Thu, 29 Feb 2024 00:05:07 EST', '2024-02-29 00:05:07 -0500 EST'],
    [RFC1123, 'Thu, 29 Feb 2024 00:05:07 EDT', '2024-02-28 23:05:07 -0500 EST'],
    [RFC1123, 'Thu, 29 Feb 2024 00:05:07 UTC', '2024-02-29 00:05:07 +0000 UTC'],
    [RFC1123, 'Thu, 29 Feb 2024 00:05:07 XYZ', '2024-02-29 00:05:07 +0000 XYZ'],
    [RFC1123, 'Thu, 29 Feb 2024 00:05:07 GMT+3', '2024-02-29 03:05:07 +0300 GMT+3'],
    [RFC1123, 'Thu, 29 Feb 2024 00:05:07 +07', '2024-02-29 00:05:07 +0000 +07'],
    [RFC1123Z, 'Thu, 29 Feb 2024 00:05:07 -0500', '2024-02-29 00:05:07 -0500 EST'],
    [RFC1123Z, 'Thu, 29 Feb 2024 00:05:07 +2460', '2024-02-29 00:05:07 +2500 +2500'],
    [RFC1123Z, 'Mon, 29 Feb 2024 00:05:07 +0000', '2024-02-29 00:05:07 +0000 +0000'],
    ['3:04PM', '12:07AM', '0000-01-01 00:07:00 +0000 UTC'],
    ['3:04PM', '12:07PM', '0000-01-01 12:07:00 +0000 UTC'],
    ['2006 002', '2024 060', '2024-02-29 00:00:00 +0000 UTC'],
    ['2006 002', '2024 366', '2024-12-31 00:00:00 +0000 UTC'],
    ['2006 __2', '2024   9', '2024-01-09 00:00:00 +0000 UTC'],
    ['06-1-2', '69-1-2', '1969-01-02 00:00:00 +0000 UTC'],
    ['06-1-2', '68-1-2', '2068-01-02 00:00:00 +0000 UTC'],
    ['Jan _2', 'feB  3', '0000-02-03 00:00:00 +0000 UTC'],
    [DATE_TIME, '2024-02-29 00:05:07,25', '2024-02-29 00:05:07.25 +0000 UTC'],
    [DATE_TIME, '2024-02-29  00:05:07', '2024-02-29 00:05:07 +0000 UTC'],
    [RFC3339, '2024-02-29T1:05:07,5Z', '2024-02-29 01:05:07.5 +0000 UTC'],
    [RFC3339, '2024-02-29T00:05:07.1234567899Z', '2024-02-29 00:05:07.123456789 +0000 UTC'],
    [RFC3339, '2024-07-01T00:05:07-04:00', '2024-07-01 00:05:07 -0400 EDT'],
    [RFC3339, '2024-07-01T00:05:07-05:00', '2024-07-01 00:05:07 -0500 -0500'],
    ['-07:00:00', '-00:00:01', '0000-01-01 00:00:00 +0000 UTC'],
    ['MST', 'WITA', '0000-01-01 00:00:00 +0000 WITA'],
    ['MST', 'ChST', '0000-01-01 00:00:00 +0000 ChST'],
    ['Z07:00', 'Z', '0000-01-01 00:00:00 +0000 UTC'],
  ]
  for (const [layout, text, expected] of readable) {
    it(`${text} by ${layout} is ${expected}`, () => {
      const result = parseTime(layout, text, newYork)
      assert.ok(result.ok)
      assert.equal(result.time.toString(), expected)
    })
  }

  const refused: readonly (readonly [string, string, string])[] = [
    [RFC1123Z, 'Thu, 29 Feb 2024 00:05:07 +2500', ': time zone offset hour out of range'],
    [RFC1123Z, 'Thu, 29 Feb 2024 00:05:07 +0061', ': time zone offset minute out of range'],
    [RFC1123Z, 'Foo, 29 Feb 2024', ` as "${RFC1123Z}": cannot parse "Foo, 29 Feb 2024" as "Mon"`],
    ['3:04PM', '13:07PM', ': hour out of range'],
    ['3:04PM', '1:07pm', ' as "3:04PM": cannot parse "pm" as "PM"'],
    ['2006 002', '2023 366', ': day-of-year out of range'],
    ['2006-01 002', '2024-03 060', ': day-of-year does not match month'],
    [DATE_TIME, '2024-02-29 00:05:07x', ': extra text: "x"'],
    ['15:04:05.000', '01:02:03.45', ' as "15:04:05.000": cannot parse ".45" as ".000"'],
    ['15:04:05.000', '01:02:03.-45', ': fractional second out of range'],
    ['January 2', 'february 31', ': day out of range'],
    ['01', '13', ': month out of range'],
    ['4', '60', ': minute out of range'],
    ['MST', 'ABCD', ' as "MST": cannot parse "ABCD" as "MST"'],
    ['MST', 'ABCDEF', ' as "MST": cannot parse "ABCDEF" as "MST"'],
    [RFC3339, '12024-02-29T00:05:07Z', ` as "${RFC3339}": cannot parse "4-02-29T00:05:07Z" as "-"`],
  ]
  for (const [layout, text, problem] of refused) {
    it(`${text} by ${layout} is refused`, () => {
      const result = parseTime(layout, text, newYork)
      assert.deepEqual(result, { ok: false, error: `parsing time "${text}"${problem}` })
    })
  }

  it("is in the machine's zone where the offset is in use there, else in one made for it", () => {
    const inUse = parseTime(RFC3339, '2024-07-01T00:05:07-04:00', newYork)
    assert.ok(inUse.ok)
    assert.equal(inUse.time.location, newYork)
    const other = parseTime(RFC3339, '2024-07-01T00:05:07+02:00', newYork)
    assert.ok(other.ok)
    assert.equal(other.time.location, fixedZone('', 7_200))
  })

  it('without a zone is in the location that is given', () => {
    const result = parseTimeInLocation(DATE_TIME, '2024-07-01 00:05:07', newYork)
    assert.ok(result.ok)
    assert.equal(result.time.toString(), '2024-07-01 00:05:07 -0400 EDT')
  })
})

describe('a time that is written and read again', () => {
  it('is the same instant, by every layout that tells all of it', () => {
    const random = seededRandom()
    for (let round = 0; round < 3_000; round += 1) {
      const time = new Time(
        random.integer(-62_135_596_800, 253_402_000_000),
        random.pick([0, 500_000_000, random.integer(0, 999_999_999)]),
        random.pick([UTC, newYork, fixedZone('', random.integer(-720, 840) * 60)]),
      )
      const layout = random.pick([
        RFC3339_NANO,
        '2006-01-02 15:04:05.000000000 -07:00:00',
        'Monday, January 2 2006 3:04:05,999999999 PM Z070000',
        '2006 002 15h4m5.999999999s -070000',
      ])
      // RFC 3339 has no seconds in offsets, which local mean time needs.
      if (layout === RFC3339_NANO && time.zone().offsetSeconds % 60 !== 0) continue
      const text = time.format(layout)
      const result = parseTime(layout, text, newYork)
      assert.ok(result.ok, `${text} ${random.seedText}`)
      assert.ok(result.time.equal(time), `${text} ${random.seedText}`)
    }
  })
})
