/** Reading that fell behind the tail: chunks fetched off the main thread, parsed here as they are asked for. */
import type { Clock } from '../domain/clock.ts'
import { sleep } from '../domain/clock.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import type { Occurrence } from '../domain/occurrence.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import { lineEnds } from './block.ts'
import type { Chunk, ChunkBlock, Store } from './store.ts'
import type { Tail } from './tail.ts'
import { textOf } from '../domain/text-of.ts'

const firstBackoffMs = 100
const maxBackoffMs = 5000

export interface LateReadParts {
  readonly store: Store
  readonly tail: Tail
  readonly clock: Clock
  readonly log: Logger
}

/** A chunk, with where it was asked from. */
interface Fetched {
  readonly fromOffset: number
  readonly chunk: Promise<Chunk>
}

/** One reader's way through the stored blocks. It fetches one chunk ahead of what it has been asked for. */
export class LateReads {
  readonly #parts: LateReadParts
  readonly #closed = new AbortController()
  #current: { readonly fromOffset: number; readonly chunk: Chunk } | undefined
  #ahead: Fetched | undefined
  #usedAtMs = 0

  constructor(parts: LateReadParts) {
    this.#parts = parts
  }

  /** At once if the chunk at hand serves. `undefined`: it does not. */
  atHand(fromOffset: number, maxCount: number, maxBytes: number): readonly Occurrence[] | undefined {
    const { tail, clock } = this.#parts
    this.#usedAtMs = clock.monotonicMs()
    const current = this.#current
    if (current === undefined) return undefined
    if (fromOffset < current.fromOffset || fromOffset >= current.chunk.nextOffset) return undefined
    const found = this.#parse(current.chunk, fromOffset, maxCount, maxBytes)
    const last = found.at(-1)
    if (last === undefined) return undefined
    if (last.offset + 1 >= current.chunk.nextOffset) this.#current = undefined
    else if (last.offset + 1 >= tail.firstOffset) this.dropChunks()
    return found
  }

  /** From blocks; as soon as the tail serves, from it. Empty only if there is nothing, or after `close`. */
  async read(fromOffset: number, maxCount: number, maxBytes: number): Promise<readonly Occurrence[]> {
    const { tail, store, clock, log } = this.#parts
    let from = fromOffset
    let backoffMs = firstBackoffMs
    while (!this.#closed.signal.aborted) {
      if (from >= tail.firstOffset) {
        this.dropChunks()
        return tail.read(from, maxCount, maxBytes)
      }
      const found = this.atHand(from, maxCount, maxBytes)
      if (found !== undefined) return found
      const fetched: Fetched =
        this.#ahead?.fromOffset === from
          ? this.#ahead
          : { fromOffset: from, chunk: store.read(from, tail.firstOffset) }
      this.#ahead = undefined
      let chunk: Chunk
      try {
        chunk = await fetched.chunk
      } catch (error) {
        if (this.#closed.signal.aborted) break
        log.warn('the journal cannot be read now; trying again', {
          fromOffset: from,
          againInMs: backoffMs,
          detail: textOf(error),
        })
        await sleep(clock, backoffMs, this.#closed.signal)
        backoffMs = Math.min(maxBackoffMs, backoffMs * 2)
        continue
      }
      if (this.#closed.signal.aborted) break
      this.#current = { fromOffset: from, chunk }
      this.#fetchAhead(chunk.nextOffset)
      const parsed = this.atHand(from, maxCount, maxBytes)
      if (parsed !== undefined) return parsed
      // Nothing usable up to there.
      this.#current = undefined
      from = Math.max(from + 1, chunk.nextOffset)
    }
    return []
  }

  /** Gives chunks back that nobody asked for in a while: a held sink shall not keep them. */
  dropIfIdle(idleMs: number): void {
    if (this.#parts.clock.monotonicMs() - this.#usedAtMs > idleMs) this.dropChunks()
  }

  dropChunks(): void {
    this.#current = undefined
    this.#ahead = undefined
  }

  close(): void {
    this.#closed.abort()
    this.dropChunks()
  }

  #fetchAhead(fromOffset: number): void {
    const { store, tail } = this.#parts
    if (fromOffset >= tail.firstOffset) return
    const chunk = store.read(fromOffset, tail.firstOffset)
    // Whoever takes it hears of the error; nobody may.
    chunk.catch(() => undefined)
    this.#ahead = { fromOffset, chunk }
  }

  #parse(chunk: Chunk, fromOffset: number, maxCount: number, maxBytes: number): readonly Occurrence[] {
    const found: Occurrence[] = []
    let bytes = 0
    for (const block of chunk.blocks) {
      if (block.firstOffset + block.count <= fromOffset) continue
      for (const [line, end] of linesOf(chunk, block)) {
        const offset = block.firstOffset + line.index
        if (offset < fromOffset) continue
        bytes += end - line.start
        if (found.length >= maxCount || (bytes > maxBytes && found.length > 0)) return found
        // A copy: what one sink cannot deliver for hours must not keep a whole chunk for each.
        const raw = Buffer.from(chunk.lines.subarray(line.start, end))
        const event = this.#eventOf(raw, offset)
        if (event === undefined) continue
        found.push({ offset, cluster: block.cluster, arrivedAtMs: block.arrivedAtMs, event, raw })
      }
    }
    return found
  }

  #eventOf(raw: Uint8Array, offset: number): KubernetesEvent | undefined {
    const event = parseEvent(raw)
    if (event === undefined) {
      this.#parts.log.error('a journaled event cannot be read and is skipped', { offset })
    }
    return event
  }
}

/** An event's text as an event; `undefined` if it is none. */
export function parseEvent(raw: Uint8Array): KubernetesEvent | undefined {
  try {
    const value: unknown = JSON.parse(
      Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('utf8'),
    )
    return isEvent(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The parts that every stage relies on; the text came from a source, which has looked at it before. */
function isEvent(value: unknown): value is KubernetesEvent {
  return (
    typeof value === 'object' &&
    value !== null &&
    'metadata' in value &&
    typeof value.metadata === 'object' &&
    value.metadata !== null &&
    'involvedObject' in value &&
    typeof value.involvedObject === 'object' &&
    value.involvedObject !== null
  )
}

function* linesOf(
  chunk: Chunk,
  block: ChunkBlock,
): Generator<readonly [line: { readonly index: number; readonly start: number }, end: number]> {
  const ends = lineEnds(chunk.lines.subarray(block.start, block.end))
  let start = block.start
  for (const [index, end] of ends.entries()) {
    yield [{ index, start }, block.start + end]
    start = block.start + end + 1
  }
}
