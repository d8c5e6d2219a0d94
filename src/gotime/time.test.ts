// Times as instants: comparing, computing, and the clock where zones change.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { Duration } from './duration.ts'
import { UTC } from './location.ts'
import { seededRandom } from './seeded-random.ts'
import { TimeZones } from './time-zones.ts'
import { Time } from './time.ts'

const zones = new TimeZones({ tz: undefined, directories: [] })

function zone(name: string) {
  const location = zones.load(name)
  assert.ok(location !== undefined, name)
  return location
}

describe('a date and time of day that a change of zone', () => {
  const newYork = zone('America/New_York')
  const lordHowe = zone('Australia/Lord_Howe')

  it('leaves out is taken in one of the two zones, as Go takes it', () => {
    assert.equal(Time.date(2024, 3, 10, 2, 30, 0, 0, newYork).toString(), '2024-03-10 01:30:00 -0500 EST')
    assert.equal(Time.date(2024, 10, 6, 2, 15, 0, 0, lordHowe).toString(), '2024-10-06 02:45:00 +1100 +11')
  })

  it('repeats is taken in one of the two zones, as Go takes it', () => {
    assert.equal(Time.date(2024, 11, 3, 1, 30, 0, 0, newYork).toString(), '2024-11-03 01:30:00 -0400 EDT')
    assert.equal(Time.date(2024, 4, 7, 1, 45, 0, 0, lordHowe).toString(), '2024-04-07 01:45:00 +1030 +1030')
  })

  it('carries over where its numbers are out of range', () => {
    assert.equal(
      Time.date(2024, 14, -5, 25, 61, 61, -1, newYork).toString(),
      '2025-01-27 02:02:00.999999999 -0500 EST',
    )
  })

  it('is refused where no instant can hold it', () => {
    assert.throws(() => Time.zero.addDate(1e9, 0, 0), RangeError)
  })
})

describe('a time', () => {
  it('keeps its instant when it is seen elsewhere', () => {
    const time = new Time(1_709_165_107, 5, UTC)
    const elsewhere = time.in(zone('Asia/Kolkata'))
    assert.ok(time.equal(elsewhere))
    assert.equal(elsewhere.toString(), '2024-02-29 05:35:07.000000005 +0530 IST')
    assert.equal(elsewhere.utc().toString(), time.toString())
  })

  it('is before or after another, to the nanosecond', () => {
    const [earlier, later] = [new Time(7, 1, UTC), new Time(7, 2, UTC)]
    assert.ok(earlier.before(later) && later.after(earlier) && !earlier.equal(later))
    assert.deepEqual(
      [earlier.compare(later) < 0, later.compare(earlier) > 0, earlier.compare(earlier)],
      [true, true, 0],
    )
  })

  it('counts since the epoch, before it too', () => {
    const time = new Time(-1, 999_999_999, UTC)
    assert.equal(time.unix(), -1)
    assert.equal(time.unixMilli(), -1n)
    assert.equal(time.unixMicro(), -1n)
    assert.equal(time.unixNano(), -1n)
    assert.equal(time.epochMs, -1)
    assert.equal(Time.fromEpochMs(-0.5, UTC).unixNano(), -500_000n)
  })

  it('is as far from another as what must be added to it', () => {
    const random = seededRandom()
    for (let round = 0; round < 1_000; round += 1) {
      const some = () => new Time(random.integer(-4e9, 4e9), random.integer(0, 999_999_999), UTC)
      const [from, to] = [some(), some()]
      assert.ok(from.add(to.sub(from)).equal(to), `${from} ${to} ${random.seedText}`)
    }
  })

  it('is at most 292 years from another', () => {
    const now = new Time(1_709_165_107, 0, UTC)
    assert.equal(now.sub(Time.zero), Duration.max)
    assert.equal(Time.zero.sub(now), Duration.min)
  })

  it('is rounded on the line of instants, not on the clock', () => {
    const time = Time.date(2024, 5, 6, 5, 35, 0, 0, zone('Asia/Kolkata'))
    const hour = new Duration(3_600_000_000_000n)
    assert.equal(time.truncate(hour).toString(), '2024-05-06 05:30:00 +0530 IST')
    assert.equal(time.round(new Duration(7_000_000_000n)).unix() - time.unix(), 1)
    assert.equal(Time.date(0, 1, 1, 0, 30, 0, 0, UTC).truncate(hour).hour(), 0)
    assert.equal(time.round(Duration.zero), time)
  })

  it('tells when its zone began and ends', () => {
    const { start, end } = Time.date(2024, 7, 1, 0, 0, 0, 0, zone('Europe/Berlin')).zoneBounds()
    assert.equal(start.toString(), '2024-03-31 03:00:00 +0200 CEST')
    assert.equal(end.toString(), '2024-10-27 02:00:00 +0100 CET')
    assert.deepEqual(new Time(0, 0, UTC).zoneBounds(), { start: Time.zero, end: Time.zero })
  })

  it('shows what clock and calendar show', () => {
    const time = Time.date(2024, 12, 30, 23, 59, 58, 7, zone('Europe/Berlin'))
    assert.deepEqual(
      [time.year(), time.month(), time.day(), time.hour(), time.minute(), time.second(), time.nanosecond()],
      [2024, 12, 30, 23, 59, 58, 7],
    )
    assert.deepEqual([time.weekday(), time.yearDay(), time.isDst()], [1, 365, false])
    assert.deepEqual(time.isoWeek(), { year: 2025, week: 1 })
  })
})

describe('the calendar', () => {
  it('agrees with Date on every field', () => {
    const random = seededRandom()
    for (let round = 0; round < 3_000; round += 1) {
      const epochMs = random.integer(-8.64e12, 8.64e12) * 1_000
      const date = new Date(epochMs)
      const time = Time.fromEpochMs(epochMs, UTC)
      assert.deepEqual(
        [time.year(), time.month(), time.day(), time.hour(), time.minute(), time.second(), time.weekday()],
        [
          date.getUTCFullYear(),
          date.getUTCMonth() + 1,
          date.getUTCDate(),
          date.getUTCHours(),
          date.getUTCMinutes(),
          date.getUTCSeconds(),
          date.getUTCDay(),
        ],
        `${epochMs} ${random.seedText}`,
      )
    }
  })
})
