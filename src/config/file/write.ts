/** A configuration as the YAML that means it: for `--print-config`, and to move from a command line to a file. */
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod/mini'
import { isRecordingSource, type AnySourceOptions } from '../../domain/source-options.ts'
import { Duration } from '../../gotime/duration.ts'
import type { Pace, SinkDeclaration } from '../../sink-kit/sink.ts'
import { displayUrl } from '../../sink-kit/secrets.ts'
import { isSecret, unwrapped } from '../../sink-kit/secret-option.ts'
import type { Config, ReportConfig, SecretReference, SinkConfig } from '../config.ts'
import { writeListenAddress } from '../listen-address.ts'
import { reportDefaults } from '../report-config.ts'
import { isMap } from './references.ts'
import { writeFilters } from './write-filters.ts'

export interface WriteOptions {
  /** `hidden`: `…` in their place, unless they came by a reference, which is told. */
  readonly secrets: 'hidden' | 'written'
  /** `left-out`: only what differs from what would be without it. */
  readonly defaults: 'written' | 'left-out'
  /** The longest that a batching sink waits by itself, ms. */
  readonly frequencyMs?: number
  /** Lines above a sink or source, by its place in the list. */
  readonly comments?: {
    readonly file?: readonly string[]
    readonly sources?: readonly (readonly string[])[]
    readonly sinks?: readonly (readonly string[])[]
  }
}

/** The whole file, ending in a line break. Every sink must have a name (`nameForFile`). */
export async function writeConfig(config: Config, options: WriteOptions): Promise<string> {
  const yaml = await import('yaml')
  const names = namesForFile(config.sinks)
  const content = {
    sources: config.sources.map((source) => writeSource(source, options)),
    sinks: config.sinks.map((sink, at) => writeSink(sink, names[at] ?? sink.declaration.name, options)),
    ...(config.reports.length > 0 && { reports: writeReports(config.reports, names, options) }),
    ...writeSettings(config, options),
  }
  const document = new yaml.Document(content)
  const { file = [], ...ofItems } = options.comments ?? {}
  if (file.length > 0) document.commentBefore = commentOf(file)
  for (const list of ['sources', 'sinks'] as const) {
    ofItems[list]?.forEach((lines, at) => {
      const item = document.getIn([list, at], true)
      if (lines.length > 0 && yaml.isMap(item)) item.commentBefore = commentOf(lines)
    })
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}

function commentOf(lines: readonly string[]): string {
  return lines.map((line) => ` ${line}`).join('\n')
}

/** Two of the command line may have one name: in a file the second is numbered. */
function writeReports(
  reports: readonly ReportConfig[],
  sinks: readonly string[],
  { defaults }: WriteOptions,
): Record<string, unknown> {
  const written: Record<string, unknown> = {}
  for (const { name, at, tz, periodMs, where, by, top, title, to } of reports) {
    const all = defaults === 'written'
    let key = name
    for (let count = 2; Object.hasOwn(written, key); count++) key = `${name}-${count}`
    written[key] = {
      at,
      ...(tz !== undefined && { tz }),
      ...((all || periodMs !== reportDefaults.periodMs) && { period: durationText(periodMs) }),
      ...((all || where !== reportDefaults.where) && { where }),
      ...((all || by !== reportDefaults.by) && { by }),
      ...((all || top !== reportDefaults.top) && { top }),
      ...((all || title !== reportDefaults.title) && { title }),
      to: to.flatMap((sink) => sinks[sink] ?? []),
    }
  }
  return written
}

/** In a file each sink has a name: the one that was given, else its type, numbered where that is taken. */
export function namesForFile(sinks: readonly SinkConfig[]): readonly string[] {
  const taken = new Set(sinks.flatMap(({ givenName }) => givenName ?? []))
  return sinks.map(({ givenName, declaration }) => {
    if (givenName !== undefined) return givenName
    let name = declaration.name
    for (let count = 2; taken.has(name); count++) name = `${declaration.name}-${count}`
    taken.add(name)
    return name
  })
}

function writeSource(source: AnySourceOptions, { defaults }: WriteOptions): Record<string, unknown> {
  const all = defaults === 'written'
  if (isRecordingSource(source)) {
    const { cluster: name, file, speed } = source
    return { name, type: 'recording', file, ...((all || speed !== 1) && { speed }) }
  }
  const { cluster, server, kubeconfig, inClusterConfig, useServiceAccount, insecure, lookBack } = source
  const lookBackText = { none: '0s', all: 'all', duration: '' }[lookBack.kind]
  return {
    name: cluster,
    type: 'kubernetes',
    ...(server !== '' && { url: server }),
    ...((all || inClusterConfig !== (kubeconfig === undefined && source.context === undefined)) && {
      inClusterConfig,
    }),
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(source.context !== undefined && { context: source.context }),
    ...((all || useServiceAccount) && { useServiceAccount }),
    ...((all || insecure) && { insecure }),
    ...(source.fieldSelector !== undefined && { fieldSelector: source.fieldSelector }),
    ...(source.namespace !== undefined && { namespace: source.namespace }),
    ...((all || lookBack.kind !== 'none') && {
      lookBack: lookBack.kind === 'duration' ? durationText(lookBack.ms) : lookBackText,
    }),
  }
}

function writeSink(sink: SinkConfig, name: string, options: WriteOptions): Record<string, unknown> {
  const own = isMap(sink.options) ? sink.options : {}
  const kept = options.defaults === 'written' ? own : withoutDefaults(sink.declaration, own)
  const { schema } = sink.declaration
  const shown =
    options.secrets === 'hidden'
      ? hideSecrets(schema, kept, sink.references ?? [])
      : withReferences(kept, sink)
  const all = { ...(isMap(shown) ? shown : {}), ...writePace(sink, options) }
  return {
    name,
    type: sink.declaration.name,
    ...(Object.keys(all).length > 0 && { options: all }),
    filters: writeFilters(sink.filter),
  }
}

/** An option is left out if the schema gives it by itself. */
function withoutDefaults(
  { schema }: SinkDeclaration,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  let kept = options
  for (const name of Object.keys(options)) {
    const { [name]: _, ...rest } = kept
    const read = z.safeParse(schema, rest)
    if (read.success && isDeepStrictEqual(read.data, options)) kept = rest
  }
  return kept
}

function writePace(
  { pace, declaration }: SinkConfig,
  { defaults, frequencyMs = 1_000 }: WriteOptions,
): Record<string, unknown> {
  const byItself: Pace = { ...declaration.pace, lingerMs: Math.min(declaration.pace.lingerMs, frequencyMs) }
  const wants = (name: keyof Pace): boolean => defaults === 'written' || pace[name] !== byItself[name]
  const retryFor = pace.retryForMs === 'journal' ? pace.retryForMs : durationText(pace.retryForMs)
  return {
    ...(wants('timeoutMs') && { timeout: durationText(pace.timeoutMs) }),
    ...(wants('retryForMs') && { retryFor }),
    ...(wants('lingerMs') && { linger: durationText(pace.lingerMs) }),
    ...(wants('batchCount') && { batchCount: pace.batchCount }),
    ...(wants('batchBytes') && { batchBytes: pace.batchBytes }),
    ...(wants('concurrency') && { concurrency: pace.concurrency }),
  }
}

function hideSecrets(
  schema: z.core.$ZodType,
  options: unknown,
  references: readonly SecretReference[],
): unknown {
  const walk = (
    at: z.core.$ZodType | undefined,
    value: unknown,
    path: readonly string[],
    marked: boolean,
  ): unknown => {
    const secret = marked || (at !== undefined && isSecret(at))
    if (isMap(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([name, item]) => [
          name,
          walk(innerOf(at, name), item, [...path, name], secret),
        ]),
      )
    }
    if (Array.isArray(value)) {
      return value.map((item: unknown, index) =>
        walk(innerOf(at, ''), item, [...path, String(index)], secret),
      )
    }
    const reference = referenceAt(references, path)
    if (reference) return reference
    if (!secret || value === undefined) return value
    const isUrl = typeof value === 'string' && /^[a-z]+:\/\//i.test(value)
    return isUrl ? displayUrl(value) : '…'
  }
  return walk(schema, options, [], false)
}

/** The schema of what is called `name` in it. */
function innerOf(schema: z.core.$ZodType | undefined, name: string): z.core.$ZodType | undefined {
  if (!schema) return undefined
  const { def } = unwrapped(schema)._zod
  const inner: unknown =
    'shape' in def && isMap(def.shape)
      ? def.shape[name]
      : 'valueType' in def
        ? def.valueType
        : 'element' in def
          ? def.element
          : undefined
  return isSchema(inner) ? inner : undefined
}

function isSchema(value: unknown): value is z.core.$ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value
}

function withReferences(
  options: Readonly<Record<string, unknown>>,
  { references = [] }: SinkConfig,
): unknown {
  const walk = (value: unknown, path: readonly string[]): unknown => {
    if (isMap(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([name, item]) => [name, walk(item, [...path, name])]),
      )
    }
    if (Array.isArray(value)) return value.map((item: unknown, at) => walk(item, [...path, String(at)]))
    return referenceAt(references, path) ?? value
  }
  return walk(options, [])
}

function referenceAt(
  references: readonly SecretReference[],
  path: readonly string[],
): Record<string, string> | undefined {
  const found = references.find((one) => isDeepStrictEqual(one.path, path))
  return found && { [found.kind]: found.name }
}

function writeSettings(config: Config, { defaults }: WriteOptions): Record<string, unknown> {
  const all = defaults === 'written'
  const { journal, http, api, graceMs, search, logLevel, eventMetrics, strict } = config
  const kept = {
    ...(journal.dataDir !== undefined && { dir: journal.dataDir }),
    ...((all || journal.maxAgeMs !== 72 * 3_600_000) && { maxAge: durationText(journal.maxAgeMs) }),
    ...((all || journal.maxBytes !== 512 * 1_048_576) && { maxBytes: bytesText(journal.maxBytes) }),
  }
  const listen = writeListenAddress(http)
  return {
    ...(Object.keys(kept).length > 0 && { journal: kept }),
    ...((all || api || listen !== '0.0.0.0:8084') && {
      http: { listen, ...(api && { api: writeApi(api) }) },
    }),
    ...((all || graceMs !== 20_000) && { limits: { grace: durationText(graceMs) } }),
    ...((all || logLevel !== 'info') && { logLevel }),
    ...((all || search.index) && { search }),
    ...((all || !eventMetrics) && { eventMetrics }),
    ...((all || strict) && { strict }),
  }
}

function writeApi({ tokenFile, ...listens }: NonNullable<Config['api']>): Record<string, string> {
  return { listen: writeListenAddress(listens), ...(tokenFile !== undefined && { tokenFile }) }
}

/** `1h30m`, where Go writes `1h30m0s`. */
function durationText(ms: number): string {
  return Duration.fromMs(ms)
    .toString()
    .replace(/(?<=m)0s$/, '')
    .replace(/(?<=h)0m$/, '')
}

function bytesText(bytes: number): string | number {
  const units = [
    ['Gi', 1_073_741_824],
    ['Mi', 1_048_576],
    ['Ki', 1_024],
  ] as const
  const fits = units.find(([, size]) => bytes >= size && bytes % size === 0)
  return fits ? `${bytes / fits[1]}${fits[0]}` : bytes
}
