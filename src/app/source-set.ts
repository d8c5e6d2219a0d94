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
}

/** Sources whose credentials were read, ready to be started. */
export interface PreparedSources {
  readonly changes: Changes
  readonly start: ReadonlyMap<string, StartParts>
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
    const wanted = new Map(sources.map((source) => [source.cluster, source]))
    const changes = changesOf(this.#running, wanted, ({ options }, next) => isSame(options, next))
    const toStart = sources.filter(({ cluster }) => !changes.unchanged.includes(cluster))
    const start = await Promise.all(
      toStart.map(async (options) => [options.cluster, await this.#open(options)] as const),
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
    for (const [cluster, parts] of start) this.#start(cluster, parts, fail)
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

  #start(cluster: string, parts: StartParts, fail?: (error: Error) => void): void {
    const { journal, telemetry, clock } = this.#parts
    const record: SourceTelemetry = telemetry.source(cluster)
    const around = {
      journal: journal.source(cluster),
      telemetry: fail ? strictSource(record, cluster, fail) : record,
      clock,
    }
    const source =
      'opened' in parts
        ? startRecordingSource({ ...parts, ...around })
        : startEventSource({ ...parts, ...around })
    this.#running.set(cluster, { options: parts.options, source })
  }
}

/** How far a first start looks back means nothing to a source that has started. */
function isSame(one: AnySourceOptions, other: AnySourceOptions): boolean {
  if (isRecordingSource(one) || isRecordingSource(other)) return isDeepStrictEqual(one, other)
  return isDeepStrictEqual({ ...one, lookBack: other.lookBack }, other)
}
