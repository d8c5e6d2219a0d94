import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DeadLetter } from '../journal.ts'
import { MemoryStore } from './store.ts'

function letter(offset: number, bytes: number): DeadLetter {
  const raw = new Uint8Array(bytes)
  return { sink: 'a', offset, cluster: 'default', raw, reason: 'bad-message', detail: '', diedAtMs: 0 }
}

function bury(store: MemoryStore, deadLetters: readonly DeadLetter[]): ReadonlyMap<string, number> {
  return store.commit({ occurrences: [], sources: new Map(), sinks: new Map(), deadLetters, ageMs: 0 })
}

describe('dead letters in memory', () => {
  it('stay within their bytes, also where large ones follow small ones', async () => {
    const store = new MemoryStore({ maxBytes: 1_048_576, maxAgeMs: 3_600_000 })
    bury(
      store,
      Array.from({ length: 1_000 }, (_, at) => letter(at + 1, 10)),
    )
    const dropped = bury(
      store,
      Array.from({ length: 40 }, (_, at) => letter(at + 1_001, 1_048_576)),
    )
    assert.ok(store.bytes() <= 8 * 1_048_576, `${store.bytes()} bytes are held`)
    const held = await store.deadLetters('a', 2_000)
    assert.equal(held[0]?.offset, 1_040)
    assert.equal(held.length + (dropped.get('a') ?? 0), 1_040)
  })
})
