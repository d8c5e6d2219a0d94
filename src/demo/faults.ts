// The faults a test can switch on: which requests they befall, how often, and what then happens.
import type { Body, BodyFault } from './body.ts'
import type { Watch } from './watch.ts'
import type { Status } from './status.ts'

/**
 * What can happen to a request.
 * - `answer`: this instead of the real answer. A text is sent as it is, anything else as JSON.
 * - `reset`: the connection is reset, no answer
 * - `hang`: the request is taken and never answered
 * - `delay`: the real answer, later
 * - `expire-continue`: the continue token is treated as older than compaction
 * - the others befall the answer's bytes, see `BodyFault`
 */
export type Fault =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly body?: unknown
      readonly headers?: Readonly<Record<string, string>>
    }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'expire-continue' }
  | BodyFault

/** What a request is, as faults and RBAC see it. */
export type Verb = 'list' | 'watch' | 'get' | 'create' | 'update' | 'patch' | 'delete'

export interface FaultedRequests {
  readonly verb?: Verb
  /** `events`, `configmaps`, `selfsubjectaccessreviews`, or a path such as `/version`. */
  readonly resource?: string
  /** How many requests; all, if absent. */
  readonly times?: number
}

export interface Faults {
  /** Lets a fault befall the requests that follow. Several may meet in one request. Returns how to stop it. */
  add(fault: Fault, requests?: FaultedRequests): () => void
  /** Stops every fault of `add` and `swallow`, and refuses no connection any longer. */
  clear(): Promise<void>
  /** New connections are refused; open ones stay. */
  refuseConnections(): Promise<void>
  acceptConnections(): Promise<void>
  /**
   * Half-open: connections are accepted and requests swallowed; open watches fall silent, for good. What was
   * swallowed stays so when this is switched off.
   */
  swallow(on: boolean): void
  /** Slips bytes into every open watch of the resource now. Returns how many there were. */
  inject(bytes: Buffer | string, resource?: string): number
  /** Ends every open watch of the resource with an ERROR line; 410 Expired if no status is given. */
  failWatches(status?: Status, resource?: string): number
  /** Ends every open watch of the resource cleanly, as at its timeout. */
  endWatches(resource?: string): number
  /** False: refuses `sendInitialEvents`, as servers older than 1.32 do. */
  streamingLists(on: boolean): void
}

/** Lines that no watch should hold. Each ends with a line break. */
export const garbageLines = {
  notJson: 'this is not JSON\n',
  unknownType: '{"type":"RENAMED","object":{"kind":"Event","apiVersion":"v1","metadata":{}}}\n',
  bookmarkWithoutUid:
    '{"type":"BOOKMARK","object":{"kind":"Event","apiVersion":"v1","metadata":{"resourceVersion":"1"}}}\n',
  noObject: '{"type":"ADDED"}\n',
  empty: '\n',
} as const

/** An ADDED line whose object has a message of `bytes` bytes: 1.5 MB is what etcd lets through. */
export function hugeLine(bytes = 1_500_000, revision = 1): string {
  const metadata = { name: 'huge', namespace: 'default', uid: 'huge', resourceVersion: String(revision) }
  const object = { kind: 'Event', apiVersion: 'v1', metadata, involvedObject: {}, message: 'x'.repeat(bytes) }
  return `${JSON.stringify({ type: 'ADDED', object })}\n`
}

/** An open watch and what it watches. */
export interface OpenWatch {
  readonly resource: string
  readonly watch: Watch
  readonly body: Body
}

interface Armed {
  readonly fault: Fault
  readonly requests: FaultedRequests
  timesLeft: number
}

/** The faults that are switched on, asked by the server at each request. */
export class FaultBoard {
  readonly #armed = new Set<Armed>()

  add(fault: Fault, requests: FaultedRequests = {}): () => void {
    const armed: Armed = { fault, requests, timesLeft: requests.times ?? Infinity }
    this.#armed.add(armed)
    return () => this.#armed.delete(armed)
  }

  clear(): void {
    this.#armed.clear()
  }

  /** The faults of this request, each counted as used. */
  take(verb: Verb, resource: string): readonly Fault[] {
    const taken: Fault[] = []
    for (const armed of this.#armed) {
      const { requests } = armed
      if (requests.verb !== undefined && requests.verb !== verb) continue
      if (requests.resource !== undefined && requests.resource !== resource) continue
      taken.push(armed.fault)
      armed.timesLeft -= 1
      if (armed.timesLeft <= 0) this.#armed.delete(armed)
    }
    return taken
  }
}

export function isBodyFault(fault: Fault): fault is BodyFault {
  switch (fault.kind) {
    case 'cut':
    case 'silence':
    case 'inject':
    case 'chunks':
    case 'slow':
      return true
    default:
      return false
  }
}
