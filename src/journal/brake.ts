/**
 * Keeps a source close to the sinks that keep up with it: what they read from memory at once costs a fraction of
 * what they read from disk later, in time and in memory. A sink that does not catch up within a moment no longer
 * counts until it has read everything, so that a slow one never holds the watch back.
 */
import type { Clock } from '../domain/clock.ts'

/** So far a source may be ahead before it waits, and so near it waits for, in occurrences. */
const farAhead = 256
const nearEnough = 64
/** The longest wait, ms. Who has not caught up by then is late. */
const patienceMs = 100

export interface Follower {
  /** The next offset it will read. */
  nextRead: number
  /** It is far behind, and reads from disk: nobody waits for it. */
  late: boolean
}

export class Brake {
  readonly #clock: Clock
  readonly #followers = new Set<Follower>()
  #waiting: { resolve: () => void; promise: Promise<void> } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  follow(nextRead: number): Follower {
    // Late until it has shown that it keeps up.
    const follower: Follower = { nextRead, late: true }
    this.#followers.add(follower)
    return follower
  }

  leave(follower: Follower, nextOffset: number): void {
    this.#followers.delete(follower)
    this.#look(nextOffset)
  }

  /** A follower has read up to before `nextRead` while the journal ends before `nextOffset`. */
  read(follower: Follower, nextRead: number, nextOffset: number): void {
    follower.nextRead = nextRead
    if (nextRead >= nextOffset) follower.late = false
    this.#look(nextOffset)
  }

  /** `undefined`: go on. */
  ready(nextOffset: number, signal: AbortSignal): Promise<void> | undefined {
    if (this.#waiting) return this.#waiting.promise
    if (!this.#isAhead(nextOffset, farAhead)) return undefined
    let resolve = (): void => {}
    const promise = new Promise<void>((done) => (resolve = done))
    const end = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', end)
      this.#waiting = undefined
      resolve()
    }
    const timer = this.#clock.schedule(() => {
      for (const follower of this.#followers) {
        if (nextOffset - follower.nextRead > nearEnough) follower.late = true
      }
      end()
    }, patienceMs)
    signal.addEventListener('abort', end)
    this.#waiting = { resolve: end, promise }
    return promise
  }

  #look(nextOffset: number): void {
    if (this.#waiting && !this.#isAhead(nextOffset, nearEnough)) this.#waiting.resolve()
  }

  #isAhead(nextOffset: number, by: number): boolean {
    for (const { nextRead, late } of this.#followers) if (!late && nextOffset - nextRead > by) return true
    return false
  }
}
