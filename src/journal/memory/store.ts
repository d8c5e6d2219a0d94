/** The engine that survives no restart: compressed blocks in memory, bounded; for pods without a volume. */
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { identityOf } from '../../domain/occurrence.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import {
  codecZstd,
  cutIntoBlocks,
  joinLines,
  maxBlockBytes,
  maxBlockCount,
  pack,
  splitLines,
} from '../block.ts'
import type { Codec } from '../block.ts'
import { IdentityTable, maxIdentities, seedFrom } from '../identities.ts'
import type { IdentityData } from '../identities.ts'
import type { DeadLetter } from '../journal.ts'
import { parseEvent } from '../late-reads.ts'
import { chunkBytes, chunkCount, maxDeadLetterAgeMs, maxDeadLetters, maxSinkIdleMs } from '../store.ts'
import type { Chunk, ChunkBlock, CommitBatch, Expired, ExpireLimits, Store, StoreState } from '../store.ts'

const unzstd = promisify(zstdDecompress)

/** What a block costs beside its data: the objects and the array's slot. */
const blockOverheadBytes = 200
/** Dead letters of all sinks together; they shall not take the place of events. */
const maxLetterBytes = 8 * 1024 * 1024
/** A letter counts with its text and about so much more. */
const letterOverheadBytes = 300

interface MemoryBlock {
  readonly firstOffset: number
  readonly cluster: string
  readonly arrivedAtMs: number
  readonly ageMs: number
  count: number
  /** Nothing more is joined to it: what comes later has another time. */
  sealed: boolean
  codec: Codec
  data: Uint8Array
}

export interface MemoryStoreOptions {
  /** Bound of the compressed blocks, bytes. */
  readonly maxBytes: number
  readonly maxAgeMs: number
}

export class MemoryStore implements Store {
  readonly engine = 'memory'
  readonly salt: Uint8Array = Uint8Array.from(randomBytes(32))
  readonly opened: StoreState = {
    nextOffset: 1,
    ageMs: 0,
    sources: new Map(),
    sinks: new Map(),
    deadLetters: new Map(),
  }
  readonly #options: MemoryStoreOptions
  #blocks: MemoryBlock[] = []
  #bytes = 0
  #letterBytes = 0
  #droppedForBytes = 0
  readonly #letters = new Map<string, { readonly letter: DeadLetter; readonly ageMs: number }[]>()
  readonly #sinksSeenMs = new Map<string, number>()

  constructor(options: MemoryStoreOptions) {
    this.#options = options
  }

  commit(batch: CommitBatch): ReadonlyMap<string, number> {
    for (const cut of cutIntoBlocks(batch.occurrences)) {
      const first = batch.occurrences[cut.from]
      if (first === undefined) continue
      this.#add(
        { firstOffset: first.offset, cluster: first.cluster, arrivedAtMs: first.arrivedAtMs },
        batch.ageMs,
        joinLines(batch.occurrences, cut),
        cut.to - cut.from,
      )
    }
    while (this.#bytes > this.#options.maxBytes && this.#blocks.length > 0) {
      this.#droppedForBytes += this.#dropOldest()
    }
    for (const sink of batch.sinks.keys()) this.#sinksSeenMs.set(sink, batch.ageMs)
    return this.#bury(batch.deadLetters, batch.ageMs)
  }

  failureOf(): 'io' {
    return 'io'
  }

  recover(): void {}

  replace(state: StoreState, occurrences: readonly Occurrence[]): string {
    this.#clear()
    this.commit({ ...state, occurrences, deadLetters: [] })
    return ''
  }

  hasRoom(): boolean {
    return true
  }

  bytes(): number {
    return this.#bytes + this.#letterBytes
  }

  overfull(): boolean {
    // A commit keeps the bound by itself; the step only tells what it took.
    return this.#droppedForBytes > 0
  }

  oldest(): { readonly offset: number; readonly ageMs: number } | undefined {
    const first = this.#blocks[0]
    return first === undefined ? undefined : { offset: first.firstOffset, ageMs: first.ageMs }
  }

  expire(limits: ExpireLimits): Expired {
    const byBytes = this.#droppedForBytes
    this.#droppedForBytes = 0
    let byAge = 0
    while ((this.#blocks[0]?.ageMs ?? Infinity) < limits.ageMs - this.#options.maxAgeMs) {
      byAge += this.#dropOldest()
    }
    const deadLetters = new Map<string, number>()
    for (const [sink, letters] of this.#letters) {
      const stale = letters.filter((held) => held.ageMs < limits.ageMs - maxDeadLetterAgeMs).length
      if (stale > 0) deadLetters.set(sink, this.#dropLetters(sink, stale))
    }
    const sinks: string[] = []
    for (const [sink, seenMs] of this.#sinksSeenMs) {
      if (limits.openSinks.has(sink)) this.#sinksSeenMs.set(sink, limits.ageMs)
      else if (seenMs < limits.ageMs - maxSinkIdleMs) sinks.push(sink)
    }
    for (const sink of sinks) this.#sinksSeenMs.delete(sink)
    return { byAge, byBytes, deadLetters, sinks, more: false }
  }

  async read(fromOffset: number, before: number): Promise<Chunk> {
    const blocks: ChunkBlock[] = []
    const parts: Uint8Array[] = []
    let bytes = 0
    let count = 0
    let nextOffset = before
    // A copy: blocks may be dropped or added while one is unpacked.
    for (const block of this.#blocks.slice(this.#indexOf(fromOffset))) {
      if (block.firstOffset >= before) break
      if (bytes >= chunkBytes || count >= chunkCount) {
        nextOffset = block.firstOffset
        break
      }
      const held = block.count
      const lines = await linesOf(block)
      blocks.push({
        firstOffset: block.firstOffset,
        count: held,
        arrivedAtMs: block.arrivedAtMs,
        cluster: block.cluster,
        start: bytes,
        end: bytes + lines.byteLength,
      })
      parts.push(lines)
      bytes += lines.byteLength
      count += held
    }
    return { lines: Buffer.concat(parts, bytes), blocks, nextOffset }
  }

  async newest(cluster: string, before: number, count: number): Promise<readonly Uint8Array[]> {
    const newest: Uint8Array[] = []
    for (const block of this.#blocks.toReversed()) {
      if (newest.length >= count) break
      if (block.cluster !== cluster || block.firstOffset >= before) continue
      const texts = splitLines(await linesOf(block)).slice(0, before - block.firstOffset)
      newest.push(...texts.toReversed())
    }
    return newest.slice(0, count)
  }

  async identities(cluster: string, fromOffset: number, before: number): Promise<IdentityData> {
    const from = Math.max(fromOffset, before - maxIdentities)
    const table = new IdentityTable(seedFrom(this.salt))
    for (const block of this.#blocks.slice(this.#indexOf(from))) {
      if (block.firstOffset >= before) break
      if (block.cluster !== cluster) continue
      // Each block is awaited, so that others get their turn between.
      for (const [index, raw] of splitLines(await linesOf(block)).entries()) {
        if (block.firstOffset + index < from) continue
        const event = parseEvent(raw)
        if (event !== undefined) table.add(identityOf(event))
      }
    }
    return table.data()
  }

  async offsetSince(sinceMs: number): Promise<number | undefined> {
    // Whoever asks for times tells periods apart: what comes from now on shall not have the time of what was there.
    const last = this.#blocks.at(-1)
    if (last !== undefined) last.sealed = true
    return this.#blocks.find(({ arrivedAtMs }) => arrivedAtMs >= sinceMs - maxJoinedSpanMs)?.firstOffset
  }

  async deadLetters(sink: string, limit: number): Promise<readonly DeadLetter[]> {
    const held = this.#letters.get(sink) ?? []
    return held
      .toReversed()
      .slice(0, limit)
      .map(({ letter }) => letter)
  }

  async sync(): Promise<void> {}

  async close(): Promise<void> {
    this.#clear()
  }

  #clear(): void {
    this.#blocks = []
    this.#bytes = 0
    this.#letterBytes = 0
    this.#letters.clear()
  }

  /** Joins small neighbours until they are worth a block, then packs: a quiet cluster sends one event at a time. */
  #add(
    place: Pick<MemoryBlock, 'firstOffset' | 'cluster' | 'arrivedAtMs'>,
    ageMs: number,
    lines: Uint8Array,
    count: number,
  ): void {
    const last = this.#blocks.at(-1)
    const joins =
      last !== undefined &&
      last.codec !== codecZstd &&
      !last.sealed &&
      last.cluster === place.cluster &&
      last.firstOffset + last.count === place.firstOffset &&
      last.count + count <= maxBlockCount &&
      last.data.byteLength + lines.byteLength <= maxBlockBytes &&
      place.arrivedAtMs - last.arrivedAtMs < maxJoinedSpanMs
    if (joins) {
      this.#bytes -= last.data.byteLength
      last.data = Buffer.concat([last.data, lines])
      last.count += count
      this.#bytes += last.data.byteLength
      if (last.count >= joinUntilCount) this.#pack(last)
      return
    }
    if (last !== undefined && last.codec !== codecZstd) this.#pack(last)
    const block: MemoryBlock = {
      ...place,
      ageMs,
      count,
      sealed: false,
      codec: 0,
      data: Uint8Array.from(lines),
    }
    this.#blocks.push(block)
    this.#bytes += block.data.byteLength + blockOverheadBytes
    if (count >= joinUntilCount) this.#pack(block)
  }

  #pack(block: MemoryBlock): void {
    const packed = pack(block.data, block.count)
    this.#bytes += packed.data.byteLength - block.data.byteLength
    block.codec = packed.codec
    block.data = packed.data
  }

  #dropOldest(): number {
    const block = this.#blocks.shift()
    if (block === undefined) return 0
    this.#bytes -= block.data.byteLength + blockOverheadBytes
    return block.count
  }

  #bury(letters: readonly DeadLetter[], ageMs: number): ReadonlyMap<string, number> {
    const dropped = new Map<string, number>()
    for (const letter of letters) {
      const held = this.#letters.get(letter.sink) ?? []
      this.#letters.set(letter.sink, held)
      held.push({ letter, ageMs })
      this.#letterBytes += letter.raw.byteLength + letterOverheadBytes
      while (held.length > maxDeadLetters || (this.#letterBytes > maxLetterBytes && held.length > 1)) {
        dropped.set(letter.sink, (dropped.get(letter.sink) ?? 0) + this.#dropLetters(letter.sink, 1))
      }
    }
    return dropped
  }

  #dropLetters(sink: string, count: number): number {
    const gone = this.#letters.get(sink)?.splice(0, count) ?? []
    for (const { letter } of gone) this.#letterBytes -= letter.raw.byteLength + letterOverheadBytes
    return gone.length
  }

  /** Index of the block that holds the offset, else of the first one after it. */
  #indexOf(offset: number): number {
    let low = 0
    let high = this.#blocks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const block = this.#blocks[middle]
      if (block !== undefined && block.firstOffset + block.count <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** A block that is still growing is packed once it has so many. */
const joinUntilCount = 64
/** Joined occurrences share one arrival time, which only serves to measure how late they are told. */
const maxJoinedSpanMs = 60_000

async function linesOf(block: MemoryBlock): Promise<Uint8Array> {
  return block.codec === codecZstd ? unzstd(block.data) : block.data
}
