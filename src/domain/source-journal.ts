/**
 * What a source needs of the journal: its own state, and to append. The journal implements it, a source
 * uses it; neither knows the other's room.
 */
import type { KubernetesEvent } from './event.ts'
import type { NewOccurrence } from './occurrence.ts'

/** A relist that has begun and not ended: a crash in its middle must neither lose nor double. */
export interface RelistInProgress {
  /** `expired`: the cursor met 410. `restored`: the server's version is below the cursor. `look-back`: first start. */
  readonly cause: 'expired' | 'restored' | 'look-back'
  /** The journal's next offset when the relist began: what was journaled from there on may come again. */
  readonly fromOffset: number
  /** The cursor when the relist began; a listed item counts only if its version is greater (not for `restored`). */
  readonly cursorAtStart: string
}

/** What is remembered of a source between starts. */
export interface SourceState {
  /** The resourceVersion up to which this source has been journaled. */
  readonly cursor: string
  /** Tells whether this is still the same cluster: a hash of server address and CA. */
  readonly serverIdentity: string
  readonly relist?: RelistInProgress
}

/** A set of occurrence identities (`identityOf`), kept small as hashes. */
export interface IdentitySet {
  has(identity: string): boolean
  readonly size: number
}

export interface SourceJournal {
  /** The state that was last set, `undefined` at a first start. */
  state(): SourceState | undefined
  /**
   * Appends occurrences and moves the state, both in the same commit (within 10 ms). Readable by sinks at once.
   * Either part may be empty.
   */
  append(occurrences: readonly NewOccurrence[], state: SourceState): void
  /** The offset that the next appended occurrence will get. */
  nextOffset(): number
  /**
   * Resolves when the journal takes more: at once as a rule, later while the disk is full or too much waits
   * to be committed. A source awaits it before it reads on.
   */
  ready(signal: AbortSignal): Promise<void> | undefined
  /** Identities of this source's occurrences journaled at `fromOffset` or later, read off the main thread. */
  identitiesSince(fromOffset: number): Promise<IdentitySet>
  /** The newest journaled events of this source, newest first, at most `count`. */
  newest(count: number): Promise<readonly KubernetesEvent[]>
}
