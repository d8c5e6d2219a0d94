// Kubernetes' times in JSON, beyond what the comparison with Go covers.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { metaMicroTimeJson, metaTimeJson, readMetaMicroTime, readMetaTime, rfc3339Copy } from './metav1.ts'
import { TimeZones } from './time-zones.ts'
import { Time } from './time.ts'

const { local } = new TimeZones({ tz: 'Asia/Shanghai', directories: [] })

describe('a time of Kubernetes', () => {
  it('that is missing or null is the zero time', () => {
    for (const read of [readMetaTime, readMetaMicroTime]) {
      assert.deepEqual(read(undefined, local), { ok: true, time: Time.zero })
      assert.deepEqual(read(null, local), { ok: true, time: Time.zero })
    }
  })

  for (const [value, type] of [
    [5, 'number'],
    [true, 'bool'],
    [{}, 'object'],
    [[], 'array'],
  ] as const) {
    it(`is refused as a JSON ${type}`, () => {
      const error = `json: cannot unmarshal ${type} into Go value of type string`
      assert.deepEqual(readMetaTime(value, local), { ok: false, error })
      assert.deepEqual(readMetaMicroTime(value, local), { ok: false, error })
    })
  }

  it('is in the local zone, whatever offset it came with', () => {
    for (const text of ['2024-02-29T00:05:07Z', '2024-02-29T05:35:07+05:30', '2024-02-29T0:05:07Z']) {
      const result = readMetaTime(text, local)
      assert.ok(result.ok)
      assert.equal(result.time.location, local)
      assert.equal(result.time.toString(), '2024-02-29 08:05:07 +0800 CST')
    }
  })

  it('of microseconds needs six digits and takes any offset', () => {
    const result = readMetaMicroTime('2024-02-29T05:35:07.000001+05:30', local)
    assert.ok(result.ok)
    assert.equal(result.time.toString(), '2024-02-29 08:05:07.000001 +0800 CST')
    assert.equal(readMetaMicroTime('2024-02-29T00:05:07.0000001Z', local).ok, false)
    assert.equal(readMetaMicroTime('2024-02-29T00:05:07.12345678Z', local).ok, false)
  })

  it('is written as it is kept: whole seconds, or six decimals, in UTC', () => {
    const time = new Time(1_709_165_107, 123_456_789, local)
    assert.equal(metaTimeJson(time), '"2024-02-29T00:05:07Z"')
    assert.equal(metaMicroTimeJson(time), '"2024-02-29T00:05:07.123456Z"')
  })

  it('copied by its RFC 3339 text loses the fraction, and the seconds of an offset that has some', () => {
    assert.equal(rfc3339Copy(new Time(7, 5, local), local).unixNano(), 7_000_000_000n)
    assert.equal(rfc3339Copy(Time.zero.in(local), local).toString(), '0001-01-01 08:05:43 +0805 +0805')
    assert.equal(rfc3339Copy(Time.date(10_000, 1, 1, 0, 0, 0, 0, local), local), Time.zero)
  })
})
