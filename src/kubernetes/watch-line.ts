/** One line of a watch: what it says, and the event's own bytes cut out of it, so that nothing is serialised anew. */
import type { KubernetesEvent } from '../domain/event.ts'
import { isEvent, isRecord } from './event-shape.ts'
import { isResourceVersion } from './resource-version.ts'

/** `metav1.Status`, as far as it is used. */
export interface ApiStatus {
  readonly code: number
  readonly reason: string
  readonly message: string
  readonly retryAfterSeconds?: number
  /** `metadata.continue`: with which the rest of an expired list can be read. */
  readonly continueToken?: string
}

export type WatchLine =
  | { readonly kind: 'occurrence'; readonly event: KubernetesEvent; readonly raw: Buffer }
  /** No news, but the watch has come this far: a deletion's version, a bookmark's. */
  | { readonly kind: 'passed'; readonly resourceVersion?: string }
  | { readonly kind: 'error'; readonly status: ApiStatus }
  | {
      readonly kind: 'ignored'
      readonly why: 'not-json' | 'unknown-type' | 'no-event'
      readonly detail: string
    }

const CLOSING_BRACE = 0x7d

/** Reads one line, with exactly one `JSON.parse`. Never throws. */
export function readWatchLine(line: Buffer): WatchLine {
  let parsed: unknown
  try {
    parsed = JSON.parse(line.toString('utf8'))
  } catch {
    return { kind: 'ignored', why: 'not-json', detail: `${line.length} bytes that are no JSON` }
  }
  if (!isRecord(parsed)) return { kind: 'ignored', why: 'unknown-type', detail: 'a line that is no object' }
  const { type, object } = parsed
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      if (!isEvent(object)) {
        return { kind: 'ignored', why: 'no-event', detail: `${type}: ${kindOf(object)} is no core/v1 Event` }
      }
      return { kind: 'occurrence', event: object, raw: rawObject(line, type, parsed) }
    case 'DELETED':
    case 'BOOKMARK':
      return { kind: 'passed', resourceVersion: versionOf(object) }
    case 'ERROR':
      return { kind: 'error', status: readStatus(object) }
    default:
      return { kind: 'ignored', why: 'unknown-type', detail: `type ${JSON.stringify(type)?.slice(0, 40)}` }
  }
}

/** Reads a `Status` object out of an ERROR line or an answer's body; whatever is missing is 0 or ''. */
export function readStatus(value: unknown): ApiStatus {
  if (!isRecord(value)) return { code: 0, reason: '', message: '' }
  const details = isRecord(value.details) ? value.details : {}
  const metadata = isRecord(value.metadata) ? value.metadata : {}
  return {
    code: typeof value.code === 'number' ? value.code : 0,
    reason: typeof value.reason === 'string' ? value.reason : '',
    message: typeof value.message === 'string' ? value.message : '',
    retryAfterSeconds: typeof details.retryAfterSeconds === 'number' ? details.retryAfterSeconds : undefined,
    continueToken: typeof metadata.continue === 'string' ? metadata.continue : undefined,
  }
}

/** The API server writes `{"type":"ADDED","object":…}`: then the object's bytes are the line without its ends. */
function rawObject(
  line: Buffer,
  type: 'ADDED' | 'MODIFIED',
  parsed: Readonly<Record<string, unknown>>,
): Buffer {
  const head = type === 'ADDED' ? '{"type":"ADDED","object":' : '{"type":"MODIFIED","object":'
  if (
    line[line.length - 1] === CLOSING_BRACE &&
    line.toString('latin1', 0, head.length) === head &&
    Object.keys(parsed).length === 2
  ) {
    return line.subarray(head.length, -1)
  }
  return Buffer.from(JSON.stringify(parsed.object), 'utf8')
}

function versionOf(object: unknown): string | undefined {
  const metadata = isRecord(object) ? object.metadata : undefined
  const version = isRecord(metadata) ? metadata.resourceVersion : undefined
  return isResourceVersion(version) ? version : undefined
}

function kindOf(object: unknown): string {
  const kind = isRecord(object) ? object.kind : undefined
  return typeof kind === 'string' ? `kind ${JSON.stringify(kind.slice(0, 40))}` : 'an object without a kind'
}
