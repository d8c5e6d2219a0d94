/** What a sink is: one declaration. Its author writes `send`; everything around it is the kit's. */
import type * as z from 'zod/mini'
import type { Clock } from '../domain/clock.ts'
import type { FilterOptions } from '../domain/filter-options.ts'
import type { Occurrence } from '../domain/occurrence.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import type { BodyRenderer, TemplateUse } from './body.ts'
import type { KitOptions } from './kit-options.ts'
import type { Pace } from './pace.ts'
import type { SinkQuota } from './quota.ts'
import type { SinkReport } from './report.ts'

export type { Pace }

/** What follows `--sink=`, as Go's `url.Parse` reads it, cut at the first colon into name and URL. */
export interface SinkArgument {
  /** The URL after expansion of environment variables; '' where the argument has none. */
  readonly url: string
  /** Scheme in lower case, '' if none. */
  readonly scheme: string
  /** `host[:port]`, '' if none. */
  readonly host: string
  /** The query's pairs, decoded, in order; pairs that do not decode are left out, as Go does. */
  readonly query: readonly (readonly [name: string, value: string])[]
  /** The environment, where some sinks of the original look for what the URL does not tell. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** How a sink reads the original's command line. */
export interface ReadArgument {
  /** Input for the sink's `schema`. */
  readonly options: Readonly<Record<string, unknown>>
  readonly filter: FilterOptions
  /** Likely mistakes and fixed defects, each a sentence with its remedy. */
  readonly warnings: readonly string[]
  /** What the original's own options say of the pace; `ke.concurrency` and its like count more. */
  readonly pace?: Partial<Pace>
  /** Those of `warnings` that a strict start (`--strict`, `check`) takes for errors. */
  readonly mistakes?: readonly string[]
  /** What makes the sink unusable though each option is valid by itself, each a sentence with its remedy. */
  readonly errors?: readonly string[]
  /** The original makes no sink of it, and does not start where it has no other. */
  readonly originalRefuses?: boolean
}

export interface SinkContext {
  readonly log: Logger
  readonly clock: Clock
  /** The environment: `TZ` and proxies among it. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Sends in flight at once, for sizing connection pools. */
  readonly concurrency: number
  /** Aborts when the sink is closed at once. */
  readonly signal: AbortSignal
  /** What makes the body, where the declaration's `template` names one; absent: the sink itself. */
  readonly body?: BodyRenderer
}

export interface Sink {
  /** Reaches the destination without sending an alert; throws an `Error` that says what, where and what to do. */
  check(signal: AbortSignal): Promise<void>
  /** Sends; answers one outcome an occurrence, in the same order. Must end soon after `signal` aborts. */
  send(batch: readonly Occurrence[], signal: AbortSignal): Promise<readonly Outcome[]>
  /**
   * Messages that the destination takes in a time; absent: as fast as it answers. A sink with one gets one occurrence
   * a `send`, which is one message.
   */
  readonly quota?: SinkQuota
  /**
   * One message that tells all of `batch` (in the journal's order; thousands), when more waits than the quota lets
   * through: its outcome is theirs. Absent: the sink cannot, and what waits is told one by one. Ends soon after
   * `signal` aborts.
   */
  digest?(batch: readonly Occurrence[], signal: AbortSignal): Promise<Outcome>
  /** One message that tells a report, cut to what the destination takes. Ends soon after `signal` aborts. */
  report?(report: SinkReport, signal: AbortSignal): Promise<Outcome>
  close(): Promise<void>
}

export interface SinkExample {
  readonly title: string
  /** A whole `--sink=` value; `<endpoint>` stands for the host and port of a receiver. */
  readonly argument: string
}

export interface SinkDeclaration<Schema extends z.ZodMiniType = z.ZodMiniType> {
  /** As in `--sink=NAME:…`. */
  readonly name: string
  readonly summary: string
  /** The original's name of the sink: the label `exporter` of `eventer_exporter_duration_milliseconds`. */
  readonly exporter: string
  /** The sink's own options: YAML, JSON Schema and docs come from it; each field is described. */
  readonly schema: Schema
  readonly pace: Pace
  readonly examples: readonly SinkExample[]
  /**
   * Reads the original's argument. The kit's own options (`ke.name`, `ke.timeout`, …) are already taken out
   * (`splitArgument`) and come beside it: what a sink makes of `ke.ca` or `ke.format` it puts into its own options.
   */
  readArgument(argument: SinkArgument, kit: KitOptions): ReadArgument
  /** What may be shown of the destination: no path, no query value. `https://hooks.slack.com/…` */
  display(options: z.output<Schema>): string
  /** Whether the sink that it opens has `report`; absent: it has not, and no report may name it. */
  tellsReports?(options: z.output<Schema>): boolean
  /** Where the user's own template for the body comes from, if there is one. Absent: this sink has none. */
  template?(options: z.output<Schema>): TemplateUse | undefined
  open(options: z.output<Schema>, context: SinkContext): Promise<Sink>
}

/** Declares a sink. Only checks types; the registry in `app/` is what makes it known. */
export function defineSink<Schema extends z.ZodMiniType>(
  declaration: SinkDeclaration<Schema>,
): SinkDeclaration<Schema> {
  return declaration
}
