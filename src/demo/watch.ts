// Watches: what is there, then what changes, line by line and no faster than the peer reads.
import { badWatchVersion, expiredWatch, futureVersion, invalidListOptions, type Status } from './status.ts'
import { parseObject, type Change, type ChangeType, type Collection, type Revisions } from './store.ts'
import type { StoredState } from './store.ts'
import type { Clock, Timer } from '../domain/clock.ts'
import type { Body } from './body.ts'
import type { FieldSelector } from './field-selector.ts'
import type { View } from './views.ts'

export interface WatchOptions {
  /** '' for all namespaces. */
  readonly namespace: string
  readonly resourceVersion: string
  readonly resourceVersionMatch: string
  readonly sendInitialEvents: boolean | undefined
  readonly allowWatchBookmarks: boolean
  readonly selector: FieldSelector | undefined
  readonly timeoutMs: number
}

/** Where a watch starts, once its options are found to be sound. */
export interface WatchStart {
  /** Begin with ADDED lines for what is there. */
  readonly initialState: boolean
  readonly initialEventsEnd: boolean
  /** Only newer changes are told. */
  readonly afterRevision: number
}

/** Throws a refusal for options that the API server would refuse. `streamingLists` false: an older server. */
export function startOf(options: WatchOptions, revisions: Revisions, streamingLists: boolean): WatchStart {
  const { resourceVersion, resourceVersionMatch: match, sendInitialEvents } = options
  const wrong = (field: string, why: string): never => {
    throw invalidListOptions(`${field}: Forbidden: ${why}`)
  }
  if (!streamingLists && sendInitialEvents !== undefined) {
    const why = 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled'
    wrong('sendInitialEvents', why)
  }
  if (sendInitialEvents === undefined && match) {
    const why = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'
    wrong('resourceVersionMatch', why)
  }
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    const why = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'
    wrong('resourceVersionMatch', why)
  }
  if (!/^\d*$/.test(resourceVersion)) throw badWatchVersion(resourceVersion)
  const asked = Number(resourceVersion)
  if (sendInitialEvents) {
    if (asked > revisions.current) throw futureVersion(asked, revisions.current)
    const initialEventsEnd = options.allowWatchBookmarks
    return { initialState: true, initialEventsEnd, afterRevision: revisions.current }
  }
  const initialState = sendInitialEvents === undefined && asked === 0
  return { initialState, initialEventsEnd: false, afterRevision: asked || revisions.current }
}

/** Bytes put together for one write. */
const batchBytes = 64 * 1024

/** One open watch. It holds no lines of its own: it reads the collection's log at its own position. */
export class Watch {
  readonly #collection: Collection
  readonly #body: Body
  readonly #options: WatchOptions
  readonly #view: View
  readonly #prefix: string
  readonly #afterRevision: number
  readonly #onEnd: () => void
  readonly #timer: Timer
  /** What is sent before the log is read on: the initial state, and lines that a fault slips in. */
  #first: Iterator<Buffer> | undefined
  readonly #extra: Buffer[] = []
  /** An ERROR line that is still to be sent, and nothing after it. */
  #error: Buffer | undefined
  #lastLineTaken = false
  #position: number
  #blocked = false
  #ended = false

  constructor(
    source: { readonly collection: Collection; readonly revisions: Revisions; readonly clock: Clock },
    body: Body,
    options: WatchOptions,
    start: WatchStart,
    view: View,
    onEnd: () => void,
  ) {
    const { collection, revisions, clock } = source
    this.#collection = collection
    this.#body = body
    this.#options = options
    this.#view = view
    this.#prefix = options.namespace ? `${options.namespace}/` : ''
    this.#afterRevision = start.afterRevision
    this.#onEnd = onEnd
    // A change at the compacted revision itself is still there, so the version before it is old enough.
    const tooOld = start.afterRevision + 1 < revisions.compacted
    this.#position = tooOld ? -1 : collection.positionAfter(start.afterRevision)
    if (start.initialState) {
      const bookmark = start.initialEventsEnd ? view.initialEventsEnd(revisions.current) : undefined
      this.#first = this.#initialLines(this.#matchingStates(), bookmark)
    }
    body.onDrain(() => {
      this.#blocked = false
      this.pump()
    })
    body.onClose(() => this.#finish())
    this.#timer = clock.schedule(() => this.end(), options.timeoutMs)
    this.pump()
  }

  /** Sends what there is to send, until the peer is too slow. */
  pump(): void {
    while (!this.#blocked && !this.#ended) {
      const batch: Buffer[] = []
      let bytes = 0
      while (bytes < batchBytes) {
        const line = this.#nextLine()
        if (line === undefined) break
        batch.push(line)
        bytes += line.length
      }
      if (bytes > 0) this.#blocked = !this.#body.write(batch.length === 1 ? one(batch) : Buffer.concat(batch))
      if (this.#lastLineTaken) return this.end()
      if (bytes < batchBytes) return
    }
  }

  /** Slips bytes in before the next line. */
  inject(bytes: Buffer): void {
    this.#extra.push(bytes)
    this.pump()
  }

  /** Ends the watch with an ERROR line. */
  fail(status: Status): void {
    this.#error = errorLine(status)
    this.pump()
  }

  /** Ends the watch as at `timeoutSeconds`: cleanly, at a line's end. */
  end(): void {
    if (this.#ended) return
    this.#finish()
    this.#body.end()
  }

  #finish(): void {
    if (this.#ended) return
    this.#ended = true
    this.#timer.cancel()
    this.#onEnd()
  }

  #nextLine(): Buffer | undefined {
    if (this.#lastLineTaken) return undefined
    const extra = this.#extra.shift()
    if (extra) return extra
    if (this.#error) return this.#lastLine(this.#error)
    const initial = this.#first?.next()
    if (initial && !initial.done) return initial.value
    this.#first = undefined
    for (;;) {
      const change = this.#collection.changeAt(this.#position)
      if (change === undefined) return undefined
      if (change === 'compacted') return this.#lastLine(errorLine(expiredWatch))
      this.#position += 1
      const line = change.revision > this.#afterRevision ? this.#lineOf(change) : undefined
      if (line) return line
    }
  }

  #lastLine(line: Buffer): Buffer {
    this.#lastLineTaken = true
    return line
  }

  /** Taken at once: what changes while the peer reads is told by the log. */
  #matchingStates(): StoredState[] {
    const { keys, get } = this.#collection.present()
    return keys.flatMap((key) => {
      const state = key.startsWith(this.#prefix) ? get(key) : undefined
      return state && this.#matches(state) ? [state] : []
    })
  }

  *#initialLines(states: readonly StoredState[], bookmark: Buffer | undefined): Generator<Buffer> {
    for (const state of states) yield this.#view.line('ADDED', state)
    if (bookmark) yield bookmark
  }

  #matches(state: StoredState): boolean {
    const { selector } = this.#options
    return !selector || selector.matches(parseObject(state))
  }

  /** With a selector, an object that begins or ceases to match is told as added or deleted. */
  #lineOf(change: Change): Buffer | undefined {
    const { state, previous } = change
    if (!state.key.startsWith(this.#prefix)) return undefined
    let type: ChangeType = change.type
    if (this.#options.selector) {
      const before = previous !== undefined && this.#matches(previous)
      const now = type !== 'DELETED' && this.#matches(state)
      if (!before && !now) return undefined
      if (before !== now) type = now ? 'ADDED' : 'DELETED'
    }
    return this.#view.line(type, state)
  }
}

function one(batch: readonly Buffer[]): Buffer {
  return batch[0] ?? Buffer.alloc(0)
}

function errorLine(status: Status): Buffer {
  return Buffer.from(`${JSON.stringify({ type: 'ERROR', object: status })}\n`)
}
