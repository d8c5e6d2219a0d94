// The stand-in's memory: objects by key and a log of revisions that can be compacted, as etcd keeps them.
import { randomUUID } from 'node:crypto'
import { lowerBound, mergeSorted } from './sorted.ts'
import type { ApiObject, Assigned } from './objects.ts'

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED'

/** One state of one object. Serialised once; lists and watches send slices of the same bytes. */
export interface StoredState {
  /** `namespace/name`: what lists are ordered by. */
  readonly key: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly creationTimestamp: string
  readonly revision: number
  /** The watch line of the change that led to this state, with its line break. */
  readonly line: Buffer
  /** Where in `line` the object's JSON begins; it ends two bytes before the line does. */
  readonly objectAt: number
}

export interface Change {
  readonly revision: number
  readonly type: ChangeType
  readonly state: StoredState
  /** What the object was before; a selector needs it to tell who saw it come or go. */
  readonly previous: StoredState | undefined
}

/** The object's JSON as it is on the wire, `kind` and `apiVersion` included. */
export function objectBytes(state: StoredState): Buffer {
  return state.line.subarray(state.objectAt, state.line.length - 2)
}

/** Throws only if the store's own bytes were damaged. */
export function parseObject(state: StoredState): ApiObject {
  return JSON.parse(objectBytes(state).toString())
}

/** All collections of a store share one revision, as resources in one etcd do. */
export class Revisions {
  /** The newest revision given out. */
  current: number
  /** Lists at an older revision, and watches that need an older change, are refused. */
  compacted: number

  constructor(start: number) {
    this.current = start
    this.compacted = start
  }

  next(): number {
    this.current += 1
    return this.current
  }
}

/** Objects in key order as they were at one revision. */
export interface Snapshot {
  readonly keys: readonly string[]
  get(key: string): StoredState | undefined
}

export interface PutResult<T> {
  readonly stored: T
  readonly state: StoredState
}

const keptSnapshots = 4

/** Objects of one resource. Not safe to change while a snapshot of the present is being read. */
export class Collection {
  readonly #revisions: Revisions
  readonly #objects = new Map<string, StoredState>()
  readonly #listeners = new Set<() => void>()
  #log: Change[] = []
  /** How many changes compaction has taken off the log's beginning. */
  #dropped = 0
  #sorted: readonly string[] = []
  #added = new Set<string>()
  #removed = new Set<string>()
  /** Past states that pages of a list are being read from, newest use last. */
  #snapshots = new Map<number, Snapshot>()

  constructor(revisions: Revisions) {
    this.#revisions = revisions
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: string): StoredState | undefined {
    return this.#objects.get(key)
  }

  /** Calls `listener` after each change until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Creates or updates. A uid that is given and differs from the stored one is another object of the same name:
   * the old one is deleted first. `complete` gets what the server decides and returns what is stored.
   */
  put<T extends ApiObject>(
    object: T,
    place: { readonly namespace: string; readonly name: string },
    now: string,
    complete: (object: T, assigned: Assigned) => T,
  ): PutResult<T> {
    const key = `${place.namespace}/${place.name}`
    const given = object.metadata
    const existing = this.#objects.get(key)
    if (existing && given.uid && given.uid !== existing.uid) this.delete(key)
    const previous = this.#objects.get(key)
    const revision = this.#revisions.next()
    const assigned: Assigned = {
      namespace: place.namespace,
      name: place.name,
      uid: previous?.uid ?? (given.uid || randomUUID()),
      resourceVersion: String(revision),
      creationTimestamp: previous?.creationTimestamp ?? (given.creationTimestamp || now),
    }
    const stored = complete(object, assigned)
    const type = previous ? 'MODIFIED' : 'ADDED'
    const state: StoredState = { key, ...assigned, revision, ...serialise(type, JSON.stringify(stored)) }
    this.#record({ revision, type, state, previous })
    return { stored, state }
  }

  /** Returns the last state, or undefined if there was none. */
  delete(key: string): StoredState | undefined {
    const previous = this.#objects.get(key)
    if (!previous) return undefined
    const revision = this.#revisions.next()
    // A DELETED line shows the last state under the version of the deletion.
    const object = parseObject(previous)
    const metadata = { ...object.metadata, resourceVersion: String(revision) }
    const bytes = serialise('DELETED', JSON.stringify({ ...object, metadata }))
    this.#record({ revision, type: 'DELETED', state: { ...previous, revision, ...bytes }, previous })
    return previous
  }

  /** What is there now. Good until the next change. */
  present(): Snapshot {
    return { keys: this.#keys(), get: (key) => this.#objects.get(key) }
  }

  /** What was there at `revision`; undefined if compaction has taken it. */
  snapshot(revision: number): Snapshot | undefined {
    if (revision < this.#revisions.compacted) return undefined
    const newest = this.#log.at(-1)
    if (!newest || newest.revision <= revision) return this.present()
    const kept = this.#snapshots.get(revision)
    const snapshot = kept ?? this.#undoneTo(revision)
    this.#snapshots.delete(revision)
    this.#snapshots.set(revision, snapshot)
    const oldest = this.#snapshots.keys().next()
    if (this.#snapshots.size > keptSnapshots && !oldest.done) this.#snapshots.delete(oldest.value)
    return snapshot
  }

  /** Position of the first change that is newer than `revision`; positions stay when compaction drops changes. */
  positionAfter(revision: number): number {
    return this.#dropped + lowerBound(this.#log, (change) => change.revision > revision)
  }

  /** Position of the change that comes next. */
  get end(): number {
    return this.#dropped + this.#log.length
  }

  /** `compacted`: the change was there and is gone. Undefined: it has not happened yet. */
  changeAt(position: number): Change | 'compacted' | undefined {
    return position < this.#dropped ? 'compacted' : this.#log[position - this.#dropped]
  }

  /** Forgets changes older than `revision`. */
  compact(revision: number): void {
    const drop = lowerBound(this.#log, (change) => change.revision >= revision)
    this.#log = this.#log.slice(drop)
    this.#dropped += drop
    for (const kept of this.#snapshots.keys()) if (kept < revision) this.#snapshots.delete(kept)
    this.#told()
  }

  /** Replaces everything by `states`; history is gone, and positions of before are compacted. */
  reset(states: Iterable<StoredState>): void {
    this.#dropped = this.end + 1
    this.#log = []
    this.#snapshots.clear()
    this.#objects.clear()
    for (const state of states) this.#objects.set(state.key, state)
    this.#sorted = [...this.#objects.keys()].toSorted()
    this.#added = new Set()
    this.#removed = new Set()
  }

  #record(change: Change): void {
    const { key } = change.state
    if (change.type === 'DELETED') {
      this.#objects.delete(key)
      if (!this.#added.delete(key)) this.#removed.add(key)
    } else {
      this.#objects.set(key, change.state)
      if (change.type === 'ADDED' && !this.#removed.delete(key)) this.#added.add(key)
    }
    this.#log.push(change)
    this.#told()
  }

  #told(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Keys are put in order when a list asks, not at each change: a flood has few lists in it. */
  #keys(): readonly string[] {
    if (this.#added.size > 0 || this.#removed.size > 0) {
      this.#sorted = mergeSorted(this.#sorted, [...this.#added].toSorted(), this.#removed)
      this.#added = new Set()
      this.#removed = new Set()
    }
    return this.#sorted
  }

  #undoneTo(revision: number): Snapshot {
    const undone = new Map<string, StoredState | undefined>()
    for (let at = this.#log.length - 1; at >= 0; at--) {
      const change = this.#log[at]
      if (!change || change.revision <= revision) break
      undone.set(change.state.key, change.previous)
    }
    const gone = new Set<string>()
    const back: string[] = []
    for (const [key, state] of undone) {
      if (state === undefined) gone.add(key)
      else if (!this.#objects.has(key)) back.push(key)
    }
    const keys = mergeSorted(this.#keys(), back.toSorted(), gone)
    // The present may move on under a kept snapshot, so it holds its states itself.
    const states = new Map<string, StoredState>()
    for (const key of keys) {
      const state = undone.get(key) ?? this.#objects.get(key)
      if (state) states.set(key, state)
    }
    return { keys, get: (key) => states.get(key) }
  }
}

/** The watch line for an object's JSON. */
export function serialise(type: ChangeType, json: string): { line: Buffer; objectAt: number } {
  const head = `{"type":"${type}","object":`
  return { line: Buffer.from(`${head}${json}}\n`), objectAt: head.length }
}
