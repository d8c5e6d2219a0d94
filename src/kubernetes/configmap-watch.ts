/** One ConfigMap, read and then watched for as long as it is needed: each change of one key is told at once. */
import { sleep, type Clock } from '../domain/clock.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import type { ApiClient, BodyStream } from './api-client.ts'
import { ApiFault, faultOfStatus } from './api-fault.ts'
import { backoffMs } from './backoff.ts'
import { isRecord } from './event-shape.ts'
import { splitLines } from './lines.ts'
import { missingConfigMapRule } from './rbac.ts'
import { isResourceVersion } from './resource-version.ts'
import { readStatus } from './watch-line.ts'
import { textOf } from '../domain/text-of.ts'

/** The key that holds the template, as the original has it. */
const CONTENT_KEY = 'content'
/** What is forbidden is tried again so often, and a ConfigMap that may not be watched is read so often. */
export const FORBIDDEN_RETRY_MS = 30_000
const SHORTEST_WATCH_SECONDS = 240
const JITTER_SECONDS = 60
const GRACE_MS = 10_000
/** A watch that lived this long was worth its request: the next may follow at once. */
const PROGRESS_AFTER_MS = 5000

/**
 * What is known of the ConfigMap.
 * - `missing`: there is none of this name
 * - `no-content`: it has no key `content`
 * - `forbidden`: this account may not read it; `rule` is to be pasted
 * - `unavailable`: it cannot be read now; what was told before stays true as far as anybody knows
 */
export type ConfigMapState =
  | { readonly kind: 'content'; readonly content: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'no-content' }
  | { readonly kind: 'forbidden'; readonly detail: string; readonly rule: string }
  | { readonly kind: 'unavailable'; readonly detail: string }

export interface ConfigMapName {
  readonly namespace: string
  readonly name: string
}

export interface ConfigMapWatchParts {
  readonly configMap: ConfigMapName
  /** Asked before each request: one that cannot be opened now is tried again. */
  readonly client: () => Promise<ApiClient>
  readonly log: Logger
  readonly clock: Clock
  /** In [0, 1): jitter. */
  readonly random: () => number
  /** Called at each change, and not twice with the same. */
  readonly tell: (state: ConfigMapState) => void
}

export interface ConfigMapWatch {
  /** Resolves when nothing is open any more. */
  stop(): Promise<void>
}

/** Reads it once. Rejects only if `signal` aborts. */
export async function readConfigMap(
  client: ApiClient,
  configMap: ConfigMapName,
  signal: AbortSignal,
): Promise<ConfigMapState> {
  try {
    return (await get(client, configMap, signal)).state
  } catch (error) {
    if (signal.aborted || !(error instanceof ApiFault)) throw error
    return stateOfFault(error, configMap)
  }
}

/** Starts at once. No fault ends it but `stop`. */
export function watchConfigMap(parts: ConfigMapWatchParts): ConfigMapWatch {
  const { configMap, log, clock, random } = parts
  const { namespace, name } = configMap
  const stopping = new AbortController()
  const { signal } = stopping
  let told = ''
  /** Tries in a row that brought nothing. */
  let failures = 0
  let mayNotWatch = false

  function tell(state: ConfigMapState): void {
    const text = JSON.stringify(state)
    if (text === told || signal.aborted) return
    told = text
    parts.tell(state)
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      let delayMs = 0
      try {
        const client = await parts.client()
        const { state, resourceVersion } = await get(client, configMap, signal)
        tell(state)
        delayMs = await watch(client, resourceVersion)
      } catch (error) {
        if (signal.aborted) break
        delayMs = afterFailure(error)
      }
      if (delayMs > 0) await sleep(clock, delayMs, signal)
    }
  }

  function afterFailure(error: unknown): number {
    const fault = error instanceof ApiFault ? error : undefined
    if (fault === undefined) {
      const detail = textOf(error)
      tell({ kind: 'unavailable', detail })
      return backoffMs(failures++, random())
    }
    tell(stateOfFault(fault, configMap))
    if (fault.kind === 'forbidden') return FORBIDDEN_RETRY_MS
    return Math.max(backoffMs(failures++, random()), Math.min(fault.retryAfterMs ?? 0, FORBIDDEN_RETRY_MS))
  }

  /** Answers how long to wait before it is read again. */
  async function watch(client: ApiClient, resourceVersion: string | undefined): Promise<number> {
    const startedMs = clock.monotonicMs()
    const fault = await follow(client, resourceVersion).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (signal.aborted) return 0
    if (fault instanceof ApiFault && fault.kind === 'forbidden') {
      if (!mayNotWatch) {
        log.warn(
          `ConfigMap ${namespace}/${name} may not be watched; it is read every ${FORBIDDEN_RETRY_MS / 1000} s, and a change takes effect then`,
          { detail: fault.message, remedy: missingConfigMapRule(namespace, name) },
        )
      }
      mayNotWatch = true
      return FORBIDDEN_RETRY_MS
    }
    mayNotWatch = false
    if (clock.monotonicMs() - startedMs >= PROGRESS_AFTER_MS) failures = 0
    // A version that has expired, or that the server has not reached since it was restored: reading tells.
    if (failures++ === 0) return 0
    return backoffMs(failures - 2, random())
  }

  /** Resolves or rejects when the watch is over. */
  async function follow(client: ApiClient, resourceVersion: string | undefined): Promise<void> {
    const timeoutSeconds = SHORTEST_WATCH_SECONDS + Math.floor(random() * JITTER_SECONDS)
    let stream: BodyStream | undefined
    const lines = splitLines({
      onLine: (line) => {
        const read = readLine(line)
        if (read.kind === 'error') stream?.abort(read.fault)
        else if (read.kind === 'state') {
          failures = 0
          tell(read.state)
        }
      },
      onTooLong: () => undefined,
    })
    await client.stream(
      watchPath(configMap, resourceVersion, timeoutSeconds),
      { deadlineMs: timeoutSeconds * 1000 + GRACE_MS, graceMs: GRACE_MS },
      {
        onOpen: (opened) => {
          stream = opened
        },
        onChunk: (chunk) => lines.push(chunk),
      },
      signal,
    )
  }

  function readLine(
    line: Buffer,
  ):
    | { readonly kind: 'state'; readonly state: ConfigMapState }
    | { readonly kind: 'error'; readonly fault: ApiFault }
    | { readonly kind: 'ignored' } {
    let parsed: unknown
    try {
      parsed = JSON.parse(line.toString('utf8'))
    } catch {
      return { kind: 'ignored' }
    }
    if (!isRecord(parsed)) return { kind: 'ignored' }
    const { type, object } = parsed
    if (type === 'ERROR') return { kind: 'error', fault: faultOfStatus(readStatus(object)) }
    // The selector is the server's business; a proxy that drops it must not make another one ours.
    if (!isRecord(object) || !isRecord(object.metadata) || object.metadata.name !== name) {
      return { kind: 'ignored' }
    }
    if (type === 'DELETED') return { kind: 'state', state: { kind: 'missing' } }
    if (type === 'ADDED' || type === 'MODIFIED') return { kind: 'state', state: stateOf(object) }
    return { kind: 'ignored' }
  }

  const done = run()
  return {
    stop: () => {
      stopping.abort()
      return done
    },
  }
}

interface ReadState {
  readonly state: ConfigMapState
  /** Where a watch goes on; absent: at whatever there is by then, which the watch tells first. */
  readonly resourceVersion?: string
}

async function get(client: ApiClient, configMap: ConfigMapName, signal: AbortSignal): Promise<ReadState> {
  const { namespace, name } = configMap
  let body: Buffer
  try {
    body = await client.get(`${collection(namespace)}/${encodeURIComponent(name)}`, signal)
  } catch (error) {
    if (error instanceof ApiFault && error.status === 404) return { state: { kind: 'missing' } }
    throw error
  }
  const parsed = parsedOf(body)
  if (!isRecord(parsed) || !isRecord(parsed.metadata)) {
    throw new ApiFault('protocol', `${client.server} answered with no ConfigMap`)
  }
  const { resourceVersion } = parsed.metadata
  return { state: stateOf(parsed), ...(isResourceVersion(resourceVersion) && { resourceVersion }) }
}

function parsedOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function stateOf({ data }: Readonly<Record<string, unknown>>): ConfigMapState {
  const content = isRecord(data) ? data[CONTENT_KEY] : undefined
  return typeof content === 'string' ? { kind: 'content', content } : { kind: 'no-content' }
}

function stateOfFault(fault: ApiFault, { namespace, name }: ConfigMapName): ConfigMapState {
  if (fault.kind !== 'forbidden') return { kind: 'unavailable', detail: fault.message }
  return { kind: 'forbidden', detail: fault.message, rule: missingConfigMapRule(namespace, name) }
}

function collection(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`
}

function watchPath(
  { namespace, name }: ConfigMapName,
  resourceVersion: string | undefined,
  timeoutSeconds: number,
): string {
  const parameters = new URLSearchParams({
    watch: '1',
    fieldSelector: `metadata.name=${name}`,
    timeoutSeconds: String(timeoutSeconds),
    ...(resourceVersion !== undefined && { resourceVersion }),
  })
  return `${collection(namespace)}?${parameters.toString()}`
}
