/** A configuration file becomes validated sources, sinks and settings, or the list of all that is wrong with it. */
import { readFileSync } from 'node:fs'
import * as z from 'zod/mini'
import type { FilterField, FilterOptions } from '../../domain/filter-options.ts'
import type { AnySourceOptions } from '../../domain/source-options.ts'
import { namePattern } from '../../sink-kit/filter-argument.ts'
import { reviewFilter, type FilterSpelling } from '../../sink-kit/filter-review.ts'
import { paceWith } from '../../sink-kit/kit-options.ts'
import type { SinkDeclaration } from '../../sink-kit/sink.ts'
import type { Config, JournalConfig, Problem, SinkConfig } from '../config.ts'
import type { Environment } from '../expand-env.ts'
import { errorAt, isShowableType, warningAt } from '../problems.ts'
import type { ApiSettings } from '../api-settings.ts'
import type { NamedReport } from '../report-config.ts'
import { withinFrequency } from '../read-sink.ts'
import { didYouMean } from '../suggestion.ts'
import { readDocument, type FileDocument } from './document.ts'
import { describeIssues } from './issues.ts'
import { readReports } from './read-reports.ts'
import { isMap, resolveSecrets } from './references.ts'
import { fileSchema, filtersSchema, paceSchema, sinkSchema, type FileContent } from './schema.ts'

/** What a file says. Settings that it does not name are absent. */
export interface ConfigFile extends Partial<
  Pick<Config, 'http' | 'search' | 'eventMetrics' | 'strict' | 'logLevel'>
> {
  readonly sources: readonly PlacedSource[]
  readonly sinks: readonly SinkConfig[]
  readonly reports: readonly NamedReport[]
  readonly api?: ApiSettings
  readonly journal: Partial<JournalConfig>
  readonly graceMs?: number
}

export interface PlacedSource {
  readonly source: AnySourceOptions
  readonly where: string
}

export type ReadConfigFile =
  | { readonly ok: true; readonly file: ConfigFile; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

export interface ReadFileContext {
  readonly registry: ReadonlyMap<string, SinkDeclaration>
  readonly env: Environment
  /** The longest that a sink which sends batches may wait, ms, unless its `linger` says otherwise. */
  readonly frequencyMs: number
  /** A file's text; throws as `readFileSync` does. */
  readonly read?: (path: string) => string
}

/** Reads the file at `path`, shown as it is given, and the files and variables that its secrets refer to. */
export async function readConfigFile(path: string, context: ReadFileContext): Promise<ReadConfigFile> {
  const { read = (file: string) => readFileSync(file, 'utf8') } = context
  let text: string
  try {
    text = read(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    const remedy = 'name a file that the program may read: --config=/etc/kube-eventer/config.yaml'
    return { ok: false, problems: [errorAt(path, `the configuration file cannot be read (${code})`, remedy)] }
  }
  const parsed = await readDocument(text, path)
  if ('problems' in parsed) return { ok: false, problems: parsed.problems }
  const { document } = parsed

  const content = z.safeParse(fileSchema, withoutEmptySections(document.value))
  const problems: Problem[] = content.success
    ? []
    : [...describeIssues(content.error.issues, document, fileSchema)]
  // What can be read of the sinks is read even so, so that every error is told at once.
  const sinks = readSinks(
    content.success ? content.data.sinks : undefined,
    document,
    { ...context, read },
    problems,
  )
  const sources = content.success ? readSources(content.data.sources, document, problems) : []
  const reports = content.success ? await readReports(content.data.reports, document, problems) : []
  if (!content.success || problems.some(({ severity }) => severity === 'error'))
    return { ok: false, problems: inOrder(problems) }

  const { journal, http, limits, search, logLevel, eventMetrics, strict } = content.data
  const file: ConfigFile = {
    sources,
    sinks,
    reports,
    journal: {
      ...(journal?.dir !== undefined && { dataDir: journal.dir }),
      ...(journal?.maxAge !== undefined && { maxAgeMs: journal.maxAge }),
      ...(journal?.maxBytes !== undefined && { maxBytes: journal.maxBytes }),
    },
    ...(http?.listen !== undefined && { http: http.listen }),
    ...(http?.api && { api: { ...http.api, where: document.placeOf(['http', 'api']) } }),
    ...(limits?.grace !== undefined && { graceMs: limits.grace }),
    ...(search?.index !== undefined && { search: { index: search.index } }),
    ...(logLevel !== undefined && { logLevel }),
    ...(eventMetrics !== undefined && { eventMetrics }),
    ...(strict !== undefined && { strict }),
  }
  return { ok: true, file, warnings: inOrder(problems) }
}

/** As somebody meets them who goes through the file. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const placed = problems.map((problem) => {
    const [, line, column] = /:(\d+):(\d+)$/.exec(problem.where) ?? []
    return { problem, line: Number(line ?? 0), column: Number(column ?? 0) }
  })
  return placed.toSorted((a, b) => a.line - b.line || a.column - b.column).map(({ problem }) => problem)
}

/** `sinks:` with nothing under it, since all is commented out, says as much as no `sinks:`. An empty file is one, too. */
function withoutEmptySections(value: unknown): unknown {
  if (value === null || value === undefined) return {}
  return isMap(value)
    ? Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null))
    : value
}

const optionsOfOther = {
  kubernetes: ['file', 'speed'],
  recording: [
    'url',
    'inClusterConfig',
    'kubeconfig',
    'context',
    'useServiceAccount',
    'insecure',
    'fieldSelector',
    'namespace',
    'lookBack',
  ],
} as const

function readSources(
  sources: FileContent['sources'],
  document: FileDocument,
  problems: Problem[],
): PlacedSource[] {
  return sources.map((source, at) => {
    const where = document.placeOf(['sources', at])
    for (const key of optionsOfOther[source.type]) {
      if (source[key] === undefined || source[key] === false) continue
      const what = `\`${key}\` is no option of a source of type ${source.type}`
      problems.push(errorAt(document.placeOfKey(['sources', at, key]), what, 'remove it'))
    }
    if (source.type === 'recording') {
      const { file, speed = 1 } = source
      if (file === undefined) {
        problems.push(errorAt(where, 'option `file` is missing', 'add file: /data/incident.ndjson.gz'))
      }
      return { where, source: { cluster: source.name, file: file ?? '', speed } }
    }
    const {
      name,
      url = '',
      kubeconfig,
      context,
      useServiceAccount,
      insecure,
      fieldSelector,
      namespace,
    } = source
    const inClusterConfig = source.inClusterConfig ?? (kubeconfig === undefined && context === undefined)
    if (inClusterConfig && kubeconfig !== undefined) {
      const what = "`kubeconfig` has no effect: with `inClusterConfig: true` the pod's own account is used"
      problems.push(errorAt(document.placeOfKey(['sources', at, 'kubeconfig']), what, 'remove one of them'))
    }
    return {
      where,
      source: {
        cluster: name,
        server: url.replace(/\/$/, ''),
        inClusterConfig,
        useServiceAccount,
        ...(!inClusterConfig && kubeconfig !== undefined && { kubeconfig }),
        ...(!inClusterConfig && context !== undefined && { context }),
        insecure,
        ...(fieldSelector !== undefined && { fieldSelector }),
        ...(namespace !== undefined && { namespace }),
        lookBack: source.lookBack ?? { kind: 'none' },
      },
    }
  })
}

type SinkContext = Required<ReadFileContext>
type FileSink = FileContent['sinks'][number]

/** `sinks`: absent where the file's form is wrong somewhere: then what can be read of each is looked at. */
function readSinks(
  sinks: FileContent['sinks'] | undefined,
  document: FileDocument,
  context: SinkContext,
  problems: Problem[],
): SinkConfig[] {
  if (sinks) return sinks.flatMap((sink, at) => readSink(sink, at, document, context, problems) ?? [])
  const written: unknown = isMap(document.value) ? document.value['sinks'] : undefined
  if (!Array.isArray(written)) return []
  written.forEach((sink: unknown, at) => {
    const whole = z.safeParse(sinkSchema, sink)
    if (whole.success) return readSink(whole.data, at, document, context, problems)
    if (!isMap(sink)) return
    if (isMap(sink['filters'])) readFilters(filtersIn(sink['filters']), at, document, problems)
    if (typeof sink['type'] !== 'string') return
    const declaration = declarationOf(sink['type'], at, document, context.registry, problems)
    if (declaration && isMap(sink['options'])) {
      readOptions(declaration, sink['options'], at, document, context, problems)
    }
  })
  return []
}

function readSink(
  { name, type, options, filters }: FileSink,
  at: number,
  document: FileDocument,
  context: SinkContext,
  problems: Problem[],
): SinkConfig | undefined {
  const declaration = declarationOf(type, at, document, context.registry, problems)
  const filter = readFilters(filters, at, document, problems)
  const read = declaration && readOptions(declaration, options, at, document, context, problems)
  if (!declaration || !read) return undefined
  return {
    declaration,
    givenName: name,
    // A name that is given is made of nothing else.
    endpoint: `${type}:${name}`,
    host: '',
    options: read.options,
    filter,
    pace: paceWith(withinFrequency(declaration.pace, context.frequencyMs), read.kit),
    origin: document.placeOf(['sinks', at]),
    ...(read.references.length > 0 && {
      references: read.references,
      secretFiles: read.references.flatMap(({ kind, name: path }) => (kind === 'file' ? [path] : [])),
    }),
  }
}

function declarationOf(
  type: string,
  at: number,
  document: FileDocument,
  registry: ReadonlyMap<string, SinkDeclaration>,
  problems: Problem[],
): SinkDeclaration | undefined {
  const declaration = registry.get(type)
  if (declaration) return declaration
  const known = [...registry.keys()]
  const shown = isShowableType(type) ? ` ${type}` : ' of this type'
  const remedy = didYouMean(type, known) ?? `sinks are ${known.join(', ')}`
  problems.push(errorAt(document.placeOf(['sinks', at, 'type']), `there is no sink${shown}`, remedy))
  return undefined
}

function readOptions(
  declaration: SinkDeclaration,
  options: Readonly<Record<string, unknown>>,
  at: number,
  document: FileDocument,
  { env, read }: SinkContext,
  problems: Problem[],
): ReadOptions | undefined {
  const base = ['sinks', at, 'options'] as const
  const resolved = resolveSecrets(declaration.schema, options, { env, read })
  for (const { path, what, remedy } of resolved.problems) {
    const subject = `option \`${path.join('.')}\``
    const sentence = what.startsWith(':') ? `${subject}${what}` : `${subject} ${what}`
    problems.push(errorAt(document.placeOf([...base, ...path]), sentence, remedy))
  }
  const all = isMap(resolved.value) ? resolved.value : {}
  const isPace = (name: string): boolean => Object.hasOwn(paceSchema.shape, name)
  const pick = (wanted: (name: string) => boolean): Record<string, unknown> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => wanted(name)))
  const own = z.safeParse(
    declaration.schema,
    pick((name) => !isPace(name)),
  )
  const kit = z.safeParse(paceSchema, pick(isPace))
  const unresolved = new Set(resolved.problems.map(({ path }) => path.join('.')))
  const issues = [...(own.error?.issues ?? []), ...(kit.error?.issues ?? [])].filter(
    ({ path }) => !unresolved.has(path.join('.')),
  )
  problems.push(...describeIssues(issues, document, declaration.schema, base))
  if (!own.success || !kit.success || unresolved.size > 0) return undefined
  return { options: own.data, kit: kit.data, references: resolved.references }
}

interface ReadOptions {
  readonly options: unknown
  readonly kit: z.output<typeof paceSchema>
  readonly references: NonNullable<SinkConfig['references']>
}

type FileFilters = FileSink['filters']
type FileConditions = NonNullable<FileFilters['exclude']>

function readFilters(
  filters: FileFilters,
  at: number,
  document: FileDocument,
  problems: Problem[],
): FilterOptions {
  const { level, clusterScoped, namespaceOf, exclude, ...wanted } = filters
  const filter: FilterOptions = {
    level,
    ...conditionsOf(wanted),
    ...(clusterScoped !== undefined && { clusterScoped }),
    ...(namespaceOf !== undefined && { namespaceOf }),
    ...(exclude && { exclude: conditionsOf(exclude) }),
  }
  const review = reviewFilter(filter, spelling)
  const place = (what: string): string => {
    const [, excluded, field = ''] = /`filters\.(exclude\.)?(\w+)`/.exec(what) ?? []
    return document.placeOf(['sinks', at, 'filters', ...(excluded ? ['exclude'] : []), field])
  }
  for (const { what, remedy } of review.errors) problems.push(errorAt(place(what), what, remedy))
  for (const { what, remedy } of review.warnings) problems.push(warningAt(place(what), what, remedy))
  return review.filter
}

/** What has the right form of filters that as a whole have not. */
function filtersIn(written: Readonly<Record<string, unknown>>): FileFilters {
  const fields = Object.entries(filtersSchema.shape).filter(
    ([name, field]) => Object.hasOwn(written, name) && z.safeParse(field, written[name]).success,
  )
  return z.parse(filtersSchema, Object.fromEntries(fields.map(([name]) => [name, written[name]])))
}

function conditionsOf(conditions: FileConditions): Pick<FilterOptions, FilterField> {
  const { namespaces, kinds, reason, message, object } = conditions
  const expressions = (sources: readonly string[]) =>
    sources.map((source) => ({ kind: 'regexp', source, anchored: false }) as const)
  return {
    ...(namespaces && { namespaces: namespaces.map(namePattern) }),
    ...(kinds && { kinds: kinds.map(namePattern) }),
    ...(reason && { reason: expressions(reason) }),
    ...(message && { message: expressions(message) }),
    ...(object && { object: expressions(object) }),
  }
}

const spelling: FilterSpelling = {
  name: (field, excludes) => `filters.${excludes ? 'exclude.' : ''}${field}`,
  assign: (field, excludes, value) => `${excludes ? 'exclude: ' : ''}{${field}: ['${value}']}`,
  isLenient: false,
}
