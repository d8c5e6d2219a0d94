/** Dead letters as people's commands work with them: which are meant, and what a commit does to them. */

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
