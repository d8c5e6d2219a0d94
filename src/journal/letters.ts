/** Dead letters as people and pumps work with them: by their number, from their own copy. */
import type { DeadLetter } from './journal.ts'

export interface StoredLetter extends DeadLetter {
  /** Its number; grows, never used again while letters are kept. */
  readonly id: number
  /** Somebody commanded to send it again, and that has not come to an end. */
  readonly replaying: boolean
}

/** What a commit does to letters that are stored. A letter that is gone meanwhile is passed over. */
export type LetterWork =
  | { readonly kind: 'replay'; readonly ids: readonly number[] }
  | { readonly kind: 'drop'; readonly ids: readonly number[] }
  /** It was sent again and taken: the letter is done with. */
  | { readonly kind: 'delivered'; readonly id: number; readonly sink: string }
  /** It was sent again and rejected again. */
  | {
      readonly kind: 'died'
      readonly id: number
      readonly reason: string
      readonly detail: string
      readonly diedAtMs: number
    }

export interface LetterQuery {
  /** Absent: of all sinks. */
  readonly sink?: string
  /** Only those that are to be sent again. */
  readonly replaying?: true
  /** Only these numbers. */
  readonly ids?: readonly number[]
  /** Only greater numbers, oldest first; absent: newest first. */
  readonly afterId?: number
  readonly limit: number
}

/** A pump's part: the letters of its sink that are to be sent again. */
export interface LetterReader {
  /** There were some when the reader was opened. */
  readonly waitedAtOpen: boolean
  /** Off the main thread, oldest first. */
  next(afterId: number, limit: number): Promise<readonly StoredLetter[]>
  /** The next commit takes it along, as it does what `died` says. */
  delivered(id: number): void
  died(id: number, reason: string, detail: string, diedAtMs: number): void
}
