/**
 * Dead letters that a person commanded to send again. Each is sent from its own copy, in the lane of its object, and
 * ends by its number and not by an offset: delivered, or dead once more.
 */
import type { Occurrence } from '../domain/occurrence.ts'
import type { LetterReader, StoredLetter } from '../journal/journal.ts'
import { idOf, ownCopy } from './own-copy.ts'

/** Letters in hand at once: each carries its text. */
const mostInHand = 64
/** What one read brings. */
const atOnce = 32

export interface LetterReplayParts {
  /** Absent: the journal keeps none to send again. */
  readonly letters: LetterReader | undefined
  /** Letters were read: `fill` has something to give. */
  readonly wake: () => void
  /** Says so, and wakes after a while. */
  readonly readFailed: (error: unknown) => void
  readonly wallMs: () => number
}

export class LetterReplay {
  readonly #parts: LetterReplayParts
  readonly #inHand = new Set<number>()
  /** Done with since the last command: what is read of them is older than the commit that will say so. */
  readonly #ended = new Set<number>()
  #read: readonly StoredLetter[] = []
  #readAfterId = 0
  #more: boolean
  #reading = false

  constructor(parts: LetterReplayParts) {
    this.#parts = parts
    this.#more = parts.letters?.waitedAtOpen ?? false
  }

  /** There may be new ones, and all that ended before is committed: those in hand are not taken twice. */
  lookAgain(): void {
    this.#ended.clear()
    this.#more = true
    this.#readAfterId = 0
    this.#parts.wake()
  }

  /** What can be sent now, as occurrences. */
  fill(): readonly Occurrence[] {
    this.#readOn()
    const letters = this.#read
    this.#read = []
    return letters.flatMap((letter) => {
      if (this.#inHand.has(letter.id) || this.#ended.has(letter.id)) return []
      // Latency is counted from the command on.
      const occurrence = ownCopy(letter, this.#parts.wallMs())
      if (occurrence === undefined) {
        this.#parts.letters?.died(letter.id, letter.reason, 'its text is no event', this.#parts.wallMs())
        return []
      }
      this.#inHand.add(letter.id)
      return [occurrence]
    })
  }

  delivered(letter: Occurrence): void {
    this.#parts.letters?.delivered(idOf(letter))
    this.#end(idOf(letter))
  }

  died(letter: Occurrence, reason: string, detail: string): void {
    this.#parts.letters?.died(idOf(letter), reason, detail, this.#parts.wallMs())
    this.#end(idOf(letter))
  }

  #end(id: number): void {
    this.#inHand.delete(id)
    this.#ended.add(id)
    if (this.#more) this.#parts.wake()
  }

  #readOn(): void {
    const { letters, wake, readFailed } = this.#parts
    if (letters === undefined || !this.#more || this.#reading || this.#read.length > 0) return
    if (this.#inHand.size > mostInHand - atOnce) return
    this.#reading = true
    this.#more = false
    letters.next(this.#readAfterId, atOnce).then(
      (found) => {
        this.#reading = false
        // New ones were commanded meanwhile, and what ended is not known any more: it is read again from the start.
        if (this.#more) return wake()
        this.#read = found
        this.#more = found.length === atOnce
        this.#readAfterId = found.at(-1)?.id ?? this.#readAfterId
        if (found.length > 0) wake()
      },
      (error: unknown) => {
        this.#reading = false
        this.#more = true
        readFailed(error)
      },
    )
  }
}
