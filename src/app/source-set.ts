/**
 * The sources that run, kept as the configuration has them. One that changed stops and starts anew under its name:
 * it resumes at its cursor.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../domain/clock.ts'
import {
  isRecordingSource,
  type AnySourceOptions,
  type RecordingSourceOptions,
  type SourceOptions,
} from '../domain/source-options.ts'
import type { Journal } from '../journal/journal.ts'
import { resolveAccess } from '../kubernetes/auth.ts'
import { kubeconfigDigest } from '../kubernetes/kubeconfig.ts'
import { startEventSource, type EventSource } from '../kubernetes/source.ts'
import { openRecording, startRecordingSource, type OpenedRecording } from '../recording/source.ts'
import type { SourceTelemetry, Telemetry } from '../telemetry/telemetry.ts'
import { changesOf, type Changes } from './sink-set.ts'
import { strictSource } from './strict.ts'

export interface SourceSetParts {
  readonly journal: Journal
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
}

interface Running {
  readonly options: AnySourceOptions
  readonly source: EventSource
  /** What its kubeconfig says of it. */
  readonly kubeconfig: string | undefined
}

/** Sources whose credentials were read, ready to be started. */
export interface PreparedSources {
  readonly changes: Changes
  readonly start: ReadonlyMap<
    string,
    { readonly opened: StartParts; readonly kubeconfig: string | undefined }
  >
}

interface Wanted {
  readonly options: AnySourceOptions
  readonly kubeconfig: string | undefined
}

type StartParts =
  | { readonly options: SourceOptions; readonly access: Awaited<ReturnType<typeof resolveAccess>> }
  | { readonly options: RecordingSourceOptions; readonly opened: OpenedRecording }

export class SourceSet {
  readonly #parts: SourceSetParts
  readonly #running = new Map<string, Running>()
  #stopped = false

  constructor(parts: SourceSetParts) {
    this.#parts = parts
  }

  /**
   * Reads the credentials of what is new or changed, and changes nothing: a kubeconfig that cannot be read is told
   * before the first request. Rejects with `SourceConfigError`, and with `RecordingError` if a recording is none.
   */
  async prepare(sources: readonly AnySourceOptions[]): Promise<PreparedSources> {
    const wanted = new Map<string, Wanted>()
    for (const options of sources) {
      wanted.set(options.cluster, { options, kubeconfig: await kubeconfigOf(options) })
    }
    const changes = changesOf(
      this.#running,
      wanted,
      (has, wants) => isSame(has.options, wants.options) && has.kubeconfig === wants.kubeconfig,
    )
    const toStart = sources.filter(({ cluster }) => !changes.unchanged.includes(cluster))
    const start = await Promise.all(
      toStart.map(async (options) => {
        const opened = await this.#open(options)
        return [options.cluster, { opened, kubeconfig: wanted.get(options.cluster)?.kubeconfig }] as const
      }),
    )
    return { changes, start: new Map(start) }
  }

  /** Makes what runs what was prepared. With `fail`, each source that cannot be watched at first calls it. */
  async apply({ changes, start }: PreparedSources, fail?: (error: Error) => void): Promise<void> {
    await Promise.all(
      [...changes.removed, ...changes.changed].map(async (cluster) => {
        await this.#running.get(cluster)?.source.stop()
        this.#running.delete(cluster)
      }),
    )
    for (const cluster of changes.removed) this.#parts.telemetry.forgetSource(cluster)
    if (this.#stopped) return
    for (const [cluster, { opened, kubeconfig }] of start) {
      const source = this.#start(cluster, opened, fail)
      this.#running.set(cluster, { options: opened.options, source, kubeconfig })
    }
  }

  /** Ends all watches; what was read is journaled. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#running.values()].map(({ source }) => source.stop()))
  }

  async #open(options: AnySourceOptions): Promise<StartParts> {
    if (isRecordingSource(options)) return { options, opened: await openRecording(options.file) }
    const { env, clock } = this.#parts
    return { options, access: await resolveAccess(options, { env, clock }) }
  }

  #start(cluster: string, parts: StartParts, fail?: (error: Error) => void): EventSource {
    const { journal, telemetry, clock } = this.#parts
    const record: SourceTelemetry = telemetry.source(cluster)
    const around = {
      journal: journal.source(cluster),
      telemetry: fail ? strictSource(record, cluster, fail) : record,
      clock,
    }
    return 'opened' in parts
      ? startRecordingSource({ ...parts, ...around })
      : startEventSource({ ...parts, ...around })
  }
}

/** What else stands in it, other contexts and their clusters, is no concern of this source. */
function kubeconfigOf(options: AnySourceOptions): Promise<string | undefined> {
  if (isRecordingSource(options) || options.inClusterConfig || options.kubeconfig === undefined)
    return Promise.resolve(undefined)
  return kubeconfigDigest(options, options.kubeconfig)
}

/** How far a first start looks back means nothing to a source that has started. */
function isSame(one: AnySourceOptions, other: AnySourceOptions): boolean {
  if (isRecordingSource(one) || isRecordingSource(other)) return isDeepStrictEqual(one, other)
  return isDeepStrictEqual({ ...one, lookBack: other.lookBack }, other)
}
