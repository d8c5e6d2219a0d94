/**
 * The sinks that run, kept as the configuration has them. A sink that did not change is not touched; one that did
 * ends in good order and opens anew under its name, so that its place in the journal stays.
 */
import { isDeepStrictEqual } from 'node:util'
import type { SinkConfig } from '../config/config.ts'
import { QuotaLedgers } from '../delivery/quota-ledgers.ts'
import type { SinkFacts } from '../control/status.ts'
import type { Clock } from '../domain/clock.ts'
import type { Decision } from '../domain/decision.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import type { Journal } from '../journal/journal.ts'
import { nameSinks } from '../sink-kit/name.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { SinkRunner } from './sink-runner.ts'
import type { TemplateFeeds } from './template-feeds.ts'

export interface SinkSetParts {
  readonly journal: Journal
  readonly telemetry: Telemetry
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where templates for bodies come from. */
  readonly feeds: TemplateFeeds
  /** A template that may not be read is refused wherever the sink was configured. */
  readonly strict: boolean
  /** A sink's template may not be read, and the default body must not be sent instead. */
  readonly refused: (sink: string, why: string) => void
}

/** What a changed configuration did, by name. */
export interface Changes {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  readonly unchanged: readonly string[]
}

interface Running {
  readonly config: SinkConfig
  readonly runner: SinkRunner
}

/** A sink that ends since it changed or is gone: so long its sends in flight may take, ms. */
const endWithinMs = 10_000

export class SinkSet {
  readonly #parts: SinkSetParts
  readonly #running = new Map<string, Running>()
  readonly #quotas: QuotaLedgers
  #names: readonly string[] = []
  #closed = false

  constructor(parts: SinkSetParts) {
    this.#parts = parts
    // Of a journal that never held anything nothing was ever sent. Else a crash may lie behind: were its messages
    // not counted, a loop of crashes would use a destination's quota up again and again.
    const mayHaveSent = parts.journal.size().nextOffset > 1
    this.#quotas = new QuotaLedgers(mayHaveSent ? parts.clock.monotonicMs() : undefined)
  }

  /**
   * Makes what runs what `sinks` says. New sinks run when it returns, those that changed when it resolves. Not to be
   * called again before that.
   */
  async apply(sinks: readonly SinkConfig[]): Promise<Changes> {
    const wanted = this.#named(sinks)
    this.#names = [...wanted.keys()]
    const { added, changed, removed, unchanged } = changesOf(this.#running, wanted, ({ config }, next) =>
      isSame(config, next),
    )
    for (const [name, config] of wanted) if (added.includes(name)) this.#start(name, config)
    await Promise.all([
      ...removed.map(async (name) => {
        await this.#end(name)
        this.#parts.telemetry.forgetSink(name)
      }),
      ...changed.map(async (name) => {
        const before = this.#running.get(name)?.config
        await this.#end(name)
        const config = wanted.get(name)
        if (config === undefined || this.#closed) return
        // The metrics of a sink go on, but not those of one that has only the name of it.
        if (before?.declaration !== config.declaration) this.#parts.telemetry.forgetSink(name)
        this.#start(name, config)
      }),
    ])
    return { added, changed, removed, unchanged }
  }

  /** Resolves when all that is journaled is sent, or waits for destinations that are away. */
  async drain(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ runner }) => runner.drain()))
  }

  /** Aborts what is in flight, gives back what is open. */
  async close(): Promise<void> {
    this.#closed = true
    const runners = [...this.#running.values()].map(({ runner }) => runner)
    for (const runner of runners) runner.stop()
    await Promise.all(runners.map((runner) => runner.close()))
  }

  /** What is known of each sink beside its telemetry. */
  facts(): readonly SinkFacts[] {
    return [...this.#running].map(([name, { config, runner }]) => ({
      name,
      type: config.declaration.name,
      destination: config.declaration.display(config.options as never),
      quota: runner.quotaUse(),
    }))
  }

  /** What each sink's filter says of an event. */
  decisions(event: KubernetesEvent): readonly { readonly sink: string; readonly decision: Decision }[] {
    return [...this.#running].map(([sink, { runner }]) => ({ sink, decision: runner.decide(event) }))
  }

  /** Of all sinks, in the configuration's order. */
  names(): readonly string[] {
    return this.#names
  }

  /** `undefined`: no sink of this name runs. */
  runner(name: string): SinkRunner | undefined {
    return this.#running.get(name)?.runner
  }

  #named(sinks: readonly SinkConfig[]): Map<string, SinkConfig> {
    const names = nameSinks(
      sinks.map(({ givenName, declaration, host, endpoint }) => ({
        ...(givenName === undefined ? {} : { givenName }),
        type: declaration.name,
        host,
        endpoint,
      })),
      this.#parts.journal.salt,
    )
    return new Map(sinks.map((sink, at) => [names[at] ?? sink.declaration.name, sink]))
  }

  #start(name: string, config: SinkConfig): void {
    const { telemetry, strict, refused, ...parts } = this.#parts
    const record = telemetry.sink(name, config.declaration.exporter)
    record.log.info('sink configured', {
      type: config.declaration.name,
      destination: config.declaration.display(config.options as never),
      from: config.origin,
    })
    this.#running.set(name, {
      config,
      runner: new SinkRunner({
        ...parts,
        name,
        config,
        telemetry: record,
        quotas: this.#quotas,
        whenForbidden: strict || isFromFile(config) ? 'hold' : 'default',
        refused: (why) => refused(name, why),
      }),
    })
  }

  async #end(name: string): Promise<void> {
    await this.#running.get(name)?.runner.end(endWithinMs)
    this.#running.delete(name)
  }
}

/** Who wrote the project's own file asked for no default that stands in silently. */
function isFromFile({ origin }: Pick<SinkConfig, 'origin'>): boolean {
  return !origin.startsWith('--sink')
}

/** Where it stands in the configuration, and what its name was made of, changes nothing of what it does. */
function isSame(one: SinkConfig, other: SinkConfig): boolean {
  return (
    one.declaration === other.declaration &&
    isDeepStrictEqual(
      { options: one.options, filter: one.filter, pace: one.pace },
      { options: other.options, filter: other.filter, pace: other.pace },
    ) &&
    (other.files ?? []).every(({ path, digest }) => digest === undefined || digest === digestIn(one, path))
  )
}

/** Of a file that cannot be read for now, as in the middle of its replacement, nothing is known to have changed. */
function digestIn({ files = [] }: SinkConfig, path: string): string | undefined {
  return files.find((file) => file.path === path)?.digest
}

/** Compares what runs with what is wanted, by name. */
export function changesOf<Has, Wants>(
  running: ReadonlyMap<string, Has>,
  wanted: ReadonlyMap<string, Wants>,
  same: (has: Has, wants: Wants) => boolean,
): Changes {
  const changed: string[] = []
  const unchanged: string[] = []
  const added: string[] = []
  for (const [name, wants] of wanted) {
    const has = running.get(name)
    if (has === undefined) added.push(name)
    else (same(has, wants) ? unchanged : changed).push(name)
  }
  return { added, changed, removed: [...running.keys()].filter((name) => !wanted.has(name)), unchanged }
}
