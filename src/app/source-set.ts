/**
 * The sources that run, kept as the configuration has them. One that changed stops and starts anew under its name:
 * it resumes at its cursor.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../domain/clock.ts'
import type { SourceOptions } from '../domain/source-options.ts'
import type { Journal } from '../journal/journal.ts'
import { resolveAccess } from '../kubernetes/auth.ts'
import { startEventSource, type EventSource } from '../kubernetes/source.ts'
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
  readonly options: SourceOptions
  readonly source: EventSource
}

/** Sources whose credentials were read, ready to be started. */
export interface PreparedSources {
  readonly changes: Changes
  readonly start: ReadonlyMap<string, StartParts>
}

interface StartParts {
  readonly options: SourceOptions
  readonly access: Awaited<ReturnType<typeof resolveAccess>>
}

export class SourceSet {
  readonly #parts: SourceSetParts
  readonly #running = new Map<string, Running>()
  #stopped = false

  constructor(parts: SourceSetParts) {
    this.#parts = parts
  }

  /**
   * Reads the credentials of what is new or changed, and changes nothing: a kubeconfig that cannot be read is told
   * before the first request. Rejects with `SourceConfigError`.
   */
  async prepare(sources: readonly SourceOptions[]): Promise<PreparedSources> {
    const { env, clock } = this.#parts
    const wanted = new Map(sources.map((source) => [source.cluster, source]))
    const changes = changesOf(this.#running, wanted, ({ options }, next) => isSame(options, next))
    const toStart = sources.filter(({ cluster }) => !changes.unchanged.includes(cluster))
    const start = await Promise.all(
      toStart.map(async (options) => {
        const access = await resolveAccess(options, { env, clock })
        return [options.cluster, { options, access }] as const
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
    for (const [cluster, parts] of start) this.#start(cluster, parts, fail)
  }

  /** Ends all watches; what was read is journaled. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#running.values()].map(({ source }) => source.stop()))
  }

  #start(cluster: string, { options, access }: StartParts, fail?: (error: Error) => void): void {
    const { journal, telemetry, clock } = this.#parts
    const record: SourceTelemetry = telemetry.source(cluster)
    const source = startEventSource({
      options,
      access,
      journal: journal.source(cluster),
      telemetry: fail ? strictSource(record, cluster, fail) : record,
      clock,
    })
    this.#running.set(cluster, { options, source })
  }
}

/** How far a first start looks back means nothing to a source that has started. */
function isSame(one: SourceOptions, other: SourceOptions): boolean {
  return isDeepStrictEqual({ ...one, lookBack: other.lookBack }, other)
}
