/** A set of occurrence identities as 64-bit hashes in one flat table: 16 to 32 bytes each, movable between threads. */
import type { IdentitySet } from '../domain/source-journal.ts'

/**
 * Two 32-bit hashes of a text, by multiplication and mixing (as MurmurHash3's finaliser does). `seed` comes from
 * the journal's salt, so that nobody can prepare two events that are taken for one.
 */
function hash(text: string, seed: number, out: Uint32Array): void {
  let a = 0xdeadbeef ^ seed
  let b = 0x41c6ce57 ^ Math.imul(seed, 0x9e3779b1)
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    a = Math.imul(a ^ code, 0x9e3779b1)
    b = Math.imul(b ^ code, 0x5f356495)
    a ^= a >>> 15
    b ^= b >>> 13
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35)
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35)
  out[0] = a
  // Both zero means an empty slot.
  out[1] = b === 0 ? 1 : b
}

/** What a table is made of; can be posted to another thread. */
export interface IdentityData {
  readonly seed: number
  readonly size: number
  /** Pairs of hash halves; open addressing, the length a power of two. */
  readonly slots: Uint32Array<ArrayBuffer>
}

/** A false "has" needs two equal 64-bit hashes: about 1 in 10^13 for a million of identities. */
export class IdentityTable implements IdentitySet {
  readonly #seed: number
  readonly #pair = new Uint32Array(2)
  #slots: Uint32Array<ArrayBuffer>
  #size: number

  constructor(seedOrData: number | IdentityData) {
    if (typeof seedOrData === 'number') {
      this.#seed = seedOrData
      this.#slots = new Uint32Array(2 * 64)
      this.#size = 0
    } else {
      this.#seed = seedOrData.seed
      this.#slots = seedOrData.slots
      this.#size = seedOrData.size
    }
  }

  get size(): number {
    return this.#size
  }

  has(identity: string): boolean {
    hash(identity, this.#seed, this.#pair)
    return this.#slots[this.#find(this.#pair[0] ?? 0, this.#pair[1] ?? 0) + 1] !== 0
  }

  add(identity: string): void {
    hash(identity, this.#seed, this.#pair)
    this.#insert(this.#pair[0] ?? 0, this.#pair[1] ?? 0)
  }

  /** Takes over what another table of the same seed holds. */
  addAll(data: IdentityData): void {
    for (let at = 0; at < data.slots.length; at += 2) {
      const b = data.slots[at + 1] ?? 0
      if (b !== 0) this.#insert(data.slots[at] ?? 0, b)
    }
  }

  /** The table itself, not a copy. */
  data(): IdentityData {
    return { seed: this.#seed, size: this.#size, slots: this.#slots }
  }

  #insert(a: number, b: number): void {
    const at = this.#find(a, b)
    if (this.#slots[at + 1] !== 0) return
    this.#slots[at] = a
    this.#slots[at + 1] = b
    this.#size += 1
    if (this.#size * 4 > this.#slots.length) this.#grow()
  }

  /** The slot that holds the pair, or the empty one where it belongs. */
  #find(a: number, b: number): number {
    const mask = this.#slots.length / 2 - 1
    let slot = a & mask
    for (;;) {
      const at = slot * 2
      const held = this.#slots[at + 1]
      if (held === 0 || (held === b && this.#slots[at] === a)) return at
      slot = (slot + 1) & mask
    }
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(old.length * 2)
    for (let at = 0; at < old.length; at += 2) {
      const a = old[at] ?? 0
      const b = old[at + 1] ?? 0
      if (b === 0) continue
      const to = this.#find(a, b)
      this.#slots[to] = a
      this.#slots[to + 1] = b
    }
  }
}

/** The seed of a journal's tables. */
export function seedFrom(salt: Uint8Array): number {
  return new DataView(salt.buffer, salt.byteOffset, salt.byteLength).getUint32(0)
}

/** Newest occurrences whose identities are looked up at most: 16 MiB of table; what is older may be told again. */
export const maxIdentities = 1_000_000
