/**
 * Runs one sink: opens it, again and again if its destination cannot be reached yet, and drives it with a pump.
 * Its place in the journal is taken at once, so that nothing is missed while it cannot be opened.
 */
import { sleep, type Clock } from '../domain/clock.ts'
import type { Decision } from '../domain/decision.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import type { SinkConfig } from '../config/config.ts'
import { Pump } from '../delivery/pump.ts'
import type { ToldReport } from '../delivery/report-queue.ts'
import type { QuotaLedgers } from '../delivery/quota-ledgers.ts'
import type { QuotaUse } from '../delivery/quota-pace.ts'
import { probeAfterMs } from '../delivery/retry-policy.ts'
import type { Journal } from '../journal/journal.ts'
import type { SinkReport } from '../sink-kit/report.ts'
import type { Sink } from '../sink-kit/sink.ts'
import { compileFilter, type Filter } from '../stages/filter.ts'
import type { Fields, SinkTelemetry } from '../telemetry/telemetry.ts'
import { openSinkBody, type SinkBody, type WhenForbidden } from './sink-body.ts'
import type { TemplateFeeds } from './template-feeds.ts'
import { textOf } from '../domain/text-of.ts'

export interface SinkRunnerOptions {
  readonly name: string
  readonly config: SinkConfig
  readonly journal: Journal
  readonly telemetry: SinkTelemetry
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
  /** What has left to each destination, for all sinks. */
  readonly quotas: QuotaLedgers
  /** Where templates for bodies come from. */
  readonly feeds: TemplateFeeds
  readonly whenForbidden: WhenForbidden
  /** Its template may not be read, and `whenForbidden` is `hold`. */
  readonly refused: (why: string) => void
}

export interface ReportEnds {
  readonly wanted: AbortSignal
  readonly stop: AbortSignal
}

export class SinkRunner {
  readonly #options: SinkRunnerOptions
  readonly #pump: Pump
  readonly #filter: Filter
  readonly #closing = new AbortController()
  readonly #opened: Promise<Sink | undefined>
  #body: SinkBody | undefined

  constructor(options: SinkRunnerOptions) {
    const { config, journal, telemetry, clock, name, quotas } = options
    this.#options = options
    this.#filter = compileFilter(config.filter)
    this.#pump = new Pump({
      name,
      pace: config.pace,
      filter: this.#filter,
      journal,
      telemetry,
      clock,
      random: Math.random,
      quotas,
    })
    this.#opened = this.#open()
  }

  /** How its destination's quota stands; empty without one. */
  quotaUse(): readonly QuotaUse[] {
    return this.#pump.quotaUse()
  }

  /** What the journal has from `offset` on is told again. */
  replayFrom(offset: number): void {
    this.#pump.replayFrom(offset)
  }

  /** Dead letters of this sink were commanded to be sent again. */
  replayLetters(): void {
    this.#pump.replayLetters()
  }

  /** It was commanded to send what the journal does not have. */
  replayQueued(): void {
    this.#pump.replayQueued()
  }

  /**
   * Tells a report, again and again until it is told or `wanted` aborts. `stop`: nobody asks any more, and nothing is
   * said of it. `fields`: for the log.
   */
  async tellReport(report: SinkReport, ends: ReportEnds, fields: Fields): Promise<ToldReport> {
    const told = await this.#pump.tellReport(report, AbortSignal.any([ends.wanted, ends.stop]))
    if (told.kind === 'stopped' || (told.kind === 'given-up' && ends.stop.aborted)) return { kind: 'stopped' }
    this.#options.telemetry.reported(told.kind, fields, told.kind === 'delivered' ? '' : told.detail)
    return told
  }

  /** What its filter says of an event. */
  decide(event: KubernetesEvent): Decision {
    return this.#filter(event)
  }

  /** Resolves when all that is journaled is sent, or waits for a destination that is away. */
  drain(): Promise<void> {
    return this.#pump.drain()
  }

  /** Ends it while the program goes on: begins nothing more, and gives what is in flight `withinMs` to be answered. */
  async end(withinMs: number): Promise<void> {
    const enough = new AbortController()
    const late = sleep(this.#options.clock, withinMs, enough.signal)
    await Promise.race([this.#pump.finish(), late])
    enough.abort()
    this.stop()
    await this.close()
  }

  /** Aborts what is in flight; what it was sending is not settled. */
  stop(): void {
    this.#closing.abort()
    this.#pump.stop()
  }

  /** After `stop`: gives the destination's resources back. */
  async close(): Promise<void> {
    const sink = await this.#opened
    await this.#body?.close()
    await sink?.close().catch((error: unknown) => {
      this.#options.telemetry.log.debug('the sink did not close cleanly', { error: textOf(error) })
    })
  }

  async #open(): Promise<Sink | undefined> {
    const { config, telemetry, clock, env } = this.#options
    const body = await this.#openBody()
    for (let failures = 0; !this.#closing.signal.aborted; failures++) {
      try {
        const sink = await config.declaration.open(config.options, {
          log: telemetry.log,
          clock,
          env,
          concurrency: config.pace.concurrency,
          signal: this.#closing.signal,
          ...(body && { body: body.renderer }),
        })
        if (!this.#closing.signal.aborted) this.#pump.attach(sink)
        return sink
      } catch (error) {
        if (this.#closing.signal.aborted) break
        telemetry.state('held', 'cannot-open', textOf(error))
        await sleep(clock, probeAfterMs(failures, Math.random), this.#closing.signal)
      }
    }
    return undefined
  }

  /** Resolves once there is something to make bodies of, or the sink is stopped; at once where it has no template. */
  async #openBody(): Promise<SinkBody | undefined> {
    const { config, telemetry, clock, env, feeds, whenForbidden, refused } = this.#options
    const use = config.declaration.template?.(config.options as never)
    if (use === undefined) return undefined
    const { signal } = this.#closing
    const body = await openSinkBody({
      use,
      filter: config.filter,
      clock,
      feeds,
      env,
      log: telemetry.log,
      whenForbidden,
      held: (why) => signal.aborted || telemetry.state('held', 'cannot-open', why),
      refused,
    })
    this.#body = body
    await Promise.race([body.usable, aborted(signal)])
    return body
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
