import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Reserve } from './reserve.ts'

describe('a reserve that cannot be deleted', () => {
  it('is no reason to end: the disk may get room by other means', async () => {
    // A folder in its place cannot be deleted as a file, as no file can on some full volumes.
    const path = mkdtempSync(join(tmpdir(), 'reserve-'))
    try {
      const reserve = new Reserve(path, 1_048_576)
      assert.doesNotThrow(() => reserve.release())
      await assert.doesNotReject(reserve.ensure())
    } finally {
      rmSync(path, { recursive: true })
    }
  })
})
