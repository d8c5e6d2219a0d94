/** The one validated configuration. Nothing behind `config/` knows which front end wrote it. */
import type { FilterOptions } from '../domain/filter-options.ts'
import type { AnySourceOptions } from '../domain/source-options.ts'
import type { Grouping } from '../report/report.ts'
import type { Pace, SinkDeclaration } from '../sink-kit/sink.ts'

export interface SinkConfig {
  readonly declaration: SinkDeclaration
  /** The name the user gave (`ke.name`), if any; else it is derived from `endpoint`. */
  readonly givenName?: string
  /** The whole argument after expansion, but for the kit's tuning options: secret, only ever hashed. */
  readonly endpoint: string
  /** Host of the destination, for the derived name; '' if it has none, or one that may hold a secret. */
  readonly host: string
  /** Validated by the declaration's schema. */
  readonly options: unknown
  readonly filter: FilterOptions
  readonly pace: Pace
  /** A report that it is told each day, as `ke.report` asks. */
  readonly report?: { readonly name: string; readonly at: string }
  /** `--sink (the 2nd)`, `kube-eventer.yaml:12:5` */
  readonly origin: string
  /** Where secrets among `options` came from, so that they can be told by that. */
  readonly references?: readonly SecretReference[]
  /** Files that its secrets were read from. */
  readonly secretFiles?: readonly string[]
  /** All files that it refers to, as they were when the configuration was read. */
  readonly files?: readonly ReferredFile[]
}

export interface ReferredFile {
  readonly path: string
  /** Of what it holds; `undefined`: it could not be read. */
  readonly digest: string | undefined
}

/** A secret that a configuration file does not hold itself. */
export interface SecretReference {
  /** The option, and what is in it. */
  readonly path: readonly string[]
  readonly kind: 'env' | 'file'
  /** Of the variable of the environment, or the path of the file. */
  readonly name: string
}

export interface JournalConfig {
  /** Where the user wants it; absent: the program chooses. */
  readonly dataDir?: string
  readonly maxAgeMs: number
  readonly maxBytes: number
}

export interface ReportConfig {
  readonly name: string
  /** A time of day (`20:00`) or a cron expression. */
  readonly at: string
  /** Of `at` and of the times that are told; absent: that of `TZ`. */
  readonly tz?: string
  readonly periodMs: number
  /** What is counted, as it was written; '' for everything. */
  readonly where: string
  readonly filter: FilterOptions
  readonly by: Grouping
  /** Rows at most. */
  readonly top: number
  readonly title: string
  /** Whom it is told: places in the configuration's `sinks`. */
  readonly to: readonly number[]
  readonly origin: string
}

export interface Config {
  readonly sources: readonly AnySourceOptions[]
  /** Kubeconfigs that sources name, as they were when the configuration was read. */
  readonly kubeconfigs?: readonly ReferredFile[]
  readonly sinks: readonly SinkConfig[]
  readonly reports: readonly ReportConfig[]
  readonly journal: JournalConfig
  /** Health and metrics. */
  readonly http: { readonly ip: string; readonly port: number }
  /** What shows events and has reports told; absent: nothing listens for it. Without a token on the loopback device only. */
  readonly api?: { readonly ip: string; readonly port: number; readonly tokenFile?: string }
  readonly eventMetrics: boolean
  /** `index`: keep one of the journal's words. */
  readonly search: { readonly index: boolean }
  readonly strict: boolean
  readonly logLevel: 'debug' | 'info'
  /** How long a stop may take, ms. */
  readonly graceMs: number
}

/** Something wrong with what the user wrote: what, where, why, what to do. Free of secrets. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  /** `--sink (the 2nd)`, `--frequency`, `kube-eventer.yaml:12:5` */
  readonly where: string
  readonly what: string
  /** '' where `what` says it too. */
  readonly remedy: string
  /** Set where the problem concerns one sink only: the others run. */
  readonly sink?: string
}
