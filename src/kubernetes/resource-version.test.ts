/** Resource versions compare as numbers, however long. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compareVersions, isResourceVersion } from './resource-version.ts'

describe('a resource version', () => {
  it('compares by value, not as text', () => {
    assert.ok(compareVersions('99', '100') < 0)
    assert.ok(compareVersions('1000', '999') > 0)
    assert.equal(compareVersions('0', '0'), 0)
  })

  it('is not rounded beyond 2^53, nor beyond 64 bits', () => {
    assert.ok(compareVersions('9007199254740993', '9007199254740992') > 0)
    assert.ok(
      compareVersions('340282366920938463463374607431768211457', '340282366920938463463374607431768211456') >
        0,
    )
  })

  it('ignores leading zeros', () => {
    assert.equal(compareVersions('007', '7'), 0)
    assert.equal(compareVersions('000', '0'), 0)
    assert.ok(compareVersions('0099', '100') < 0)
  })

  it('is decimal digits and nothing else', () => {
    for (const text of ['', 'abc', '-1', '1.5', ' 1', '1 ', undefined, 7]) {
      assert.equal(isResourceVersion(text), false, String(text))
    }
    assert.equal(isResourceVersion('473'), true)
  })
})
