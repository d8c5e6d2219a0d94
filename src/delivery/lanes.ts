/**
 * Outstanding occurrences, one lane an object: what is first in a lane may be sent, the rest waits behind it, so
 * that occurrences of one object go out in order and are never two in flight. Lanes that may be sent are taken in
 * the journal's order.
 */
import type { Occurrence } from '../domain/occurrence.ts'
import { PriorityQueue } from './priority-queue.ts'

export interface Entry {
  readonly occurrence: Occurrence
  readonly lane: Lane
  /** Failed tries since it was last set aside. */
  tries: number
  timesSetAside: number
  /** Monotonic ms of its first failure. */
  firstFailedMs: number | undefined
}

export interface Lane {
  readonly key: string
  /** Not settled, in the journal's order. The first `taken` of them are in flight. */
  entries: Entry[]
  taken: number
  /** `ready`: may be sent. `taken`: in flight. `aside`: waits for its time. */
  state: 'ready' | 'taken' | 'aside'
  /** Tells a queued lane that is still meant from one that has moved on. */
  ticket: number
}

interface Queued {
  readonly lane: Lane
  readonly ticket: number
}

export class Lanes {
  readonly #byObject = new Map<string, Lane>()
  /** Every outstanding entry by offset; in a Map the first is the one that waits longest. */
  readonly #outstanding = new Map<number, Entry>()
  /** By offset of the lane's first entry that is not taken. */
  readonly #ready = new PriorityQueue<Queued>()
  /** By the time at which they may be tried again, monotonic ms. */
  readonly #aside = new PriorityQueue<Queued>()
  #readyCount = 0
  #waitingCount = 0
  #bytes = 0

  get outstandingCount(): number {
    return this.#outstanding.size
  }

  get outstandingBytes(): number {
    return this.#bytes
  }

  /** Lanes that may be sent now. */
  get readyCount(): number {
    return this.#readyCount
  }

  /** Entries of lanes that may be sent now, those behind the first too. */
  get waitingCount(): number {
    return this.#waitingCount
  }

  has(offset: number): boolean {
    return this.#outstanding.has(offset)
  }

  oldest(): Occurrence | undefined {
    for (const entry of this.#outstanding.values()) return entry.occurrence
    return undefined
  }

  add(objectKey: string, occurrence: Occurrence): void {
    let lane = this.#byObject.get(objectKey)
    if (!lane) {
      lane = { key: objectKey, entries: [], taken: 0, state: 'aside', ticket: 0 }
      this.#byObject.set(objectKey, lane)
    }
    const entry: Entry = { occurrence, lane, tries: 0, timesSetAside: 0, firstFailedMs: undefined }
    lane.entries.push(entry)
    if (lane.state === 'ready') this.#waitingCount++
    this.#outstanding.set(occurrence.offset, entry)
    this.#bytes += occurrence.raw.length
    if (lane.entries.length === 1) this.#makeReady(lane)
  }

  /**
   * Takes what one send gets: entries in the journal's order, at most `maxCount` and about `maxBytes`, and one at
   * least if any lane is ready. Several of one object may be in it, in order.
   */
  take(maxCount: number, maxBytes: number): Entry[] {
    const batch: Entry[] = []
    let bytes = 0
    while (batch.length < maxCount) {
      const lane = this.#popReady()
      if (!lane) break
      const entry = lane.entries[lane.taken]
      if (!entry) continue
      const size = entry.occurrence.raw.length
      if (batch.length > 0 && bytes + size > maxBytes) {
        if (lane.taken === 0) this.#makeReady(lane)
        break
      }
      batch.push(entry)
      bytes += size
      lane.taken++
      // The next of the same object may join this batch, and no other: all taken lanes are closed below.
      if (maxCount > 1 && lane.taken < lane.entries.length) this.#makeReady(lane)
    }
    for (const { lane } of batch) this.#close(lane)
    return batch
  }

  /** Takes all that may be sent, whole lanes, in the journal's order, at most `maxCount` and one at least. */
  takeAll(maxCount: number): Entry[] {
    const batch: Entry[] = []
    const lanes: Lane[] = []
    while (batch.length < maxCount) {
      const lane = this.#popReady()
      if (!lane) break
      const taken = lane.entries.slice(0, maxCount - batch.length)
      lane.taken = taken.length
      batch.push(...taken)
      lanes.push(lane)
    }
    for (const lane of lanes) this.#close(lane)
    return batch.toSorted((a, b) => a.occurrence.offset - b.occurrence.offset)
  }

  /** Takes one entry as a probe: the oldest ready one, else the one set aside whose time comes first. */
  takeProbe(): Entry[] {
    const batch = this.take(1, 0)
    if (batch.length > 0) return batch
    for (let next = this.#aside.pop(); next; next = this.#aside.pop()) {
      const { lane, ticket } = next.item
      if (lane.state !== 'aside' || lane.ticket !== ticket) continue
      const entry = lane.entries[0]
      if (!entry) continue
      lane.taken = 1
      this.#close(lane)
      return [entry]
    }
    return []
  }

  /** The entry is done with. Its lane stays taken until `release`. */
  settle(entry: Entry): void {
    if (!this.#outstanding.delete(entry.occurrence.offset)) return
    this.#bytes -= entry.occurrence.raw.length
    const lane = entry.lane
    if (lane.state === 'ready') this.#waitingCount--
    if (lane.entries[0] === entry) lane.entries.shift()
    else lane.entries.splice(lane.entries.indexOf(entry), 1)
  }

  /** After a send: what is left in the lane may go on at once, or `asideUntilMs`. */
  release(lane: Lane, asideUntilMs?: number): void {
    if (lane.state !== 'taken') return
    lane.taken = 0
    if (lane.entries.length === 0) {
      this.#byObject.delete(lane.key)
    } else if (asideUntilMs === undefined) {
      this.#makeReady(lane)
    } else {
      lane.state = 'aside'
      lane.ticket++
      this.#aside.push(asideUntilMs, { lane, ticket: lane.ticket })
    }
  }

  /** Lanes whose time has come may be sent again. */
  wake(nowMs: number): void {
    for (
      let dueMs = this.#aside.firstKey;
      dueMs !== undefined && dueMs <= nowMs;
      dueMs = this.#aside.firstKey
    ) {
      const queued = this.#aside.pop()?.item
      if (queued && queued.lane.state === 'aside' && queued.lane.ticket === queued.ticket) {
        this.#makeReady(queued.lane)
      }
    }
  }

  /** When the next lane that was set aside may be tried, monotonic ms. */
  get nextDueMs(): number | undefined {
    return this.#aside.firstKey
  }

  /** Every lane that was set aside may be sent at once: it was the sink's fault, not theirs. */
  wakeAll(): void {
    this.wake(Number.POSITIVE_INFINITY)
  }

  #makeReady(lane: Lane): void {
    const entry = lane.entries[lane.taken]
    if (!entry) return
    if (lane.state !== 'ready') {
      this.#readyCount++
      this.#waitingCount += lane.entries.length - lane.taken
    }
    lane.state = 'ready'
    lane.ticket++
    this.#ready.push(entry.occurrence.offset, { lane, ticket: lane.ticket })
  }

  #popReady(): Lane | undefined {
    for (let next = this.#ready.pop(); next; next = this.#ready.pop()) {
      const { lane, ticket } = next.item
      if (lane.state === 'ready' && lane.ticket === ticket) {
        this.#close(lane)
        return lane
      }
    }
    return undefined
  }

  #close(lane: Lane): void {
    if (lane.state === 'ready') {
      this.#readyCount--
      this.#waitingCount -= lane.entries.length - lane.taken
    }
    lane.state = 'taken'
    lane.ticket++
  }
}
