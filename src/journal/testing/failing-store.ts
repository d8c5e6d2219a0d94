/** A memory engine whose commits fail when told to, and that remembers what it was given. */
import { MemoryStore } from '../memory/store.ts'
import type { CommitBatch, CommitFailure, Store, StoreState } from '../store.ts'

export interface FailingStore extends Store {
  /** Commits that worked. */
  readonly batches: readonly CommitBatch[]
  /** What it was asked to recover from. */
  readonly recoveries: readonly CommitFailure[]
  readonly replacements: readonly StoreState[]
  /** How the next commits fail; `undefined`: they work. */
  failure: CommitFailure | undefined
  room: boolean
}

export function failingStore(): FailingStore {
  const memory = new MemoryStore({ maxBytes: 64 * 1024 * 1024, maxAgeMs: 3_600_000 })
  const batches: CommitBatch[] = []
  const recoveries: CommitFailure[] = []
  const replacements: StoreState[] = []
  const store: FailingStore = {
    engine: 'sqlite',
    salt: memory.salt,
    opened: memory.opened,
    batches,
    recoveries,
    replacements,
    failure: undefined,
    room: true,
    commit: (batch) => {
      if (store.failure !== undefined) throw new Error(store.failure)
      batches.push(batch)
      return memory.commit(batch)
    },
    failureOf: () => store.failure ?? 'io',
    recover: (failure) => void recoveries.push(failure),
    replace: (state) => {
      replacements.push(state)
      memory.replace()
      // The new file is whole.
      store.failure = undefined
    },
    hasRoom: () => store.room,
    bytes: () => memory.bytes(),
    overfull: () => memory.overfull(),
    oldest: () => memory.oldest(),
    expire: (limits) => memory.expire(limits),
    read: (fromOffset, before) => memory.read(fromOffset, before),
    newest: (cluster, before, count) => memory.newest(cluster, before, count),
    identities: (cluster, fromOffset, before) => memory.identities(cluster, fromOffset, before),
    deadLetters: (sink, limit) => memory.deadLetters(sink, limit),
    sync: () => memory.sync(),
    close: () => memory.close(),
  }
  return store
}
