/** A memory engine whose commits fail when told to, and that remembers what it was given. */
import { MemoryStore } from '../memory/store.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { CommitBatch, CommitFailure, Store, StoreState } from '../store.ts'

export interface Replacement extends StoreState {
  readonly occurrences: readonly Occurrence[]
}

export interface FailingStore extends Store {
  /** Commits that worked. */
  readonly batches: readonly CommitBatch[]
  /** What it was asked to recover from. */
  readonly recoveries: readonly CommitFailure[]
  readonly replacements: readonly Replacement[]
  /** How the next commits fail; `undefined`: they work. */
  failure: CommitFailure | undefined
  /** How the next replacements and steps of retention fail. */
  replaceFailure: CommitFailure | undefined
  expireFailure: CommitFailure | undefined
  /** How the next counts of dead letters fail. */
  countFailure: CommitFailure | undefined
  room: boolean
  /** Called within each commit: it may let time pass. */
  onCommit: () => void
}

export function failingStore(): FailingStore {
  const memory = new MemoryStore({ maxBytes: 64 * 1024 * 1024, maxAgeMs: 3_600_000 })
  const batches: CommitBatch[] = []
  const recoveries: CommitFailure[] = []
  const replacements: Replacement[] = []
  const store: FailingStore = {
    engine: 'sqlite',
    salt: memory.salt,
    opened: memory.opened,
    batches,
    recoveries,
    replacements,
    failure: undefined,
    replaceFailure: undefined,
    expireFailure: undefined,
    countFailure: undefined,
    room: true,
    onCommit: () => {},
    commit: (batch) => {
      store.onCommit()
      failAs(store.failure)
      batches.push(batch)
      return memory.commit(batch)
    },
    failureOf: (error) => (error instanceof Failed ? error.kind : 'io'),
    recover: (failure) => void recoveries.push(failure),
    replace: (state, occurrences) => {
      failAs(store.replaceFailure)
      replacements.push({ ...state, occurrences })
      memory.replace(state, occurrences)
      // The new file is whole.
      store.failure = undefined
      store.expireFailure = undefined
      return '/data/aside'
    },
    hasRoom: () => store.room,
    bytes: () => memory.bytes(),
    overfull: () => memory.overfull(),
    oldest: () => memory.oldest(),
    expire: (limits) => {
      failAs(store.expireFailure)
      return memory.expire(limits)
    },
    read: (fromOffset, before) => memory.read(fromOffset, before),
    newest: (cluster, before, count) => memory.newest(cluster, before, count),
    identities: (cluster, fromOffset, before) => memory.identities(cluster, fromOffset, before),
    offsetSince: (sinceMs) => memory.offsetSince(sinceMs),
    letters: {
      find: async () => [],
      count: () => {
        failAs(store.countFailure)
        return 0
      },
    },
    deadLetters: (sink, limit) => memory.deadLetters(sink, limit),
    sync: () => memory.sync(),
    close: () => memory.close(),
  }
  return store
}

class Failed extends Error {
  readonly kind: CommitFailure

  constructor(kind: CommitFailure) {
    super(kind)
    this.kind = kind
  }
}

function failAs(kind: CommitFailure | undefined): void {
  if (kind !== undefined) throw new Failed(kind)
}
