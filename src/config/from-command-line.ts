/** The original's command line, with what is new in it, becomes the one validated `Config`. */
import { isRecordingSource, type AnySourceOptions, type LookBack } from '../domain/source-options.ts'
import { parseGoDuration } from '../gotime/duration.ts'
import type { SinkDeclaration } from '../sink-kit/sink.ts'
import { readApi } from './api-settings.ts'
import type { Config, Problem, SinkConfig } from './config.ts'
import type { Environment } from './expand-env.ts'
import type { ConfigFile, ReadConfigFile } from './file/read-file.ts'
import { flags as declaredFlags } from './flag-table.ts'
import type { FlagValue, ParsedFlags } from './go-flags.ts'
import { parseGoFlags } from './go-flags.ts'
import { errorAt, ordinal, quotePlain, warningAt } from './problems.ts'
import { readSink } from './read-sink.ts'
import type { ReadSinkContext } from './read-sink.ts'
import { readReports } from './report-config.ts'
import { duplicateClusterProblems, readSourceArgument } from './source-argument.ts'
import { describeFault, readUriArgument } from './uri-argument.ts'

export type CommandLine =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  /** `problems` are warnings and errors of single sinks (`sink` is set), which are not in `config`. */
  | {
      readonly kind: 'run'
      readonly config: Config
      readonly problems: readonly Problem[]
      /** It is to be printed, and nothing is to be run. */
      readonly printConfig: boolean
    }
  /** Wrong usage: exit 2. Every error at once, and the warnings. */
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] }

/** Flags that are not about sources and sinks, as a whole. */
type Settings = Omit<Config, 'sources' | 'sinks' | 'reports'> & {
  /** Absent where no flag tells. */
  readonly lookBack?: LookBack
  readonly frequencyMs: number
}

const longestFrequencyMs = 180_000
const defaultFrequencyMs = 1000
/** klog's convention: from 4 on it is the debug level. */
const debugVerbosity = 4

/**
 * `argv` is what follows the program's name and the subcommand. What the original accepted never stops the start:
 * a bad sink is a problem of that sink alone, unless none is left that the original would have started with, or `--strict` asks otherwise. No sink at all is
 * accepted, as the original has it. Reads the files that `ke.file.…` options name, and nothing else.
 *
 * `file` is what `--config` names, read (`loadConfig`): its sources and sinks come first, and of its settings those
 * count that no flag tells. Nothing in it may be wrong.
 */
export function parseCommandLine(
  argv: readonly string[],
  env: Environment,
  registry: ReadonlyMap<string, SinkDeclaration>,
  file?: ReadConfigFile,
): CommandLine {
  const parsed = parseGoFlags(argv, declaredFlags)
  if (parsed.asksHelp) return { kind: 'help' }
  if (booleanOf(parsed, 'version', false) && parsed.problems.length === 0) return { kind: 'version' }

  const problems: Problem[] = [...parsed.problems, ...leftoverProblems(parsed), ...ignoredProblems(parsed)]
  const said = readFile(parsed, file, problems)
  const settings = readSettings(parsed, said, problems)
  const { lookBack, frequencyMs, ...rest } = settings
  const sources = readSources(parsed, env, said, problems)
  const context = { registry, env, frequencyMs, strict: settings.strict }
  const sinks = readSinks(parsed, env, said, context, problems)
  const reports = readReports(said.reports, sinks ?? [], registry, problems)

  const errors = problems.filter(({ severity }) => severity === 'error')
  const isUnusable =
    errors.some(({ sink }) => sink === undefined) ||
    (settings.strict && errors.length > 0) ||
    sinks === undefined
  if (isUnusable) return { kind: 'invalid', problems }
  return {
    kind: 'run',
    config: {
      ...rest,
      sources: sources.map((source) =>
        lookBack && !isRecordingSource(source) ? { ...source, lookBack } : source,
      ),
      sinks,
      reports,
    },
    problems,
    printConfig: booleanOf(parsed, 'print-config', false),
  }
}

/** The file that `--config`, or `-c`, names; the last one counts, as with every flag. */
export function configPathOf(argv: readonly string[]): string | undefined {
  return configPathIn(parseGoFlags(argv, declaredFlags))
}

/** The longest that a batching sink may wait, ms, as the flags have it. */
export function frequencyMsOf(argv: readonly string[]): number {
  return numberOf(parseGoFlags(argv, declaredFlags), 'frequency', defaultFrequencyMs)
}

function configPathIn(parsed: ParsedFlags): string | undefined {
  return textOf(parsed, 'config') ?? textOf(parsed, 'c')
}

const emptyFile: ConfigFile = { sources: [], sinks: [], reports: [], journal: {} }

function readFile(parsed: ParsedFlags, file: ReadConfigFile | undefined, problems: Problem[]): ConfigFile {
  if (file) {
    problems.push(...(file.ok ? file.warnings : file.problems))
    return file.ok ? file.file : emptyFile
  }
  if (configPathIn(parsed) !== undefined) {
    problems.push(errorAt('--config', 'no configuration file can be read here', 'give flags instead'))
  }
  return emptyFile
}

function readSettings(parsed: ParsedFlags, file: ConfigFile, problems: Problem[]): Settings {
  const dataDir = textOf(parsed, 'data-dir')
  if (dataDir === '') {
    const remedy =
      'name a directory, or leave the flag out to have one chosen: --data-dir=/var/lib/kube-eventer'
    problems.push(errorAt('--data-dir', 'its value is empty', remedy))
  }
  const port = numberOf(parsed, 'healthz-port', file.http?.port ?? 8084)
  if (port > 65_535) {
    const remedy = 'write a port from 0 to 65535: --healthz-port=8084'
    problems.push(errorAt('--healthz-port', `${port} is no port`, remedy))
  }
  const ip = textOf(parsed, 'healthz-ip') ?? file.http?.ip ?? '0.0.0.0'
  const verbosity = numberOf(parsed, 'v', file.logLevel === 'debug' ? debugVerbosity : 0)
  const lookBack = textOf(parsed, 'look-back')
  const api = readApi(
    { listen: textOf(parsed, 'api-listen'), tokenFile: textOf(parsed, 'api-token-file') },
    file.api,
    problems,
  )
  return {
    journal: {
      maxAgeMs: 72 * 3_600_000,
      maxBytes: 512 * 1_048_576,
      ...file.journal,
      ...(dataDir !== undefined && { dataDir }),
    },
    http: { ip, port },
    ...(api && { api }),
    eventMetrics: booleanOf(parsed, 'event-metrics', file.eventMetrics ?? true),
    search: file.search ?? { index: false },
    strict: booleanOf(parsed, 'strict', file.strict ?? false),
    logLevel: verbosity >= debugVerbosity ? 'debug' : 'info',
    graceMs: file.graceMs ?? 20_000,
    ...(lookBack !== undefined && { lookBack: readLookBack(lookBack, problems) }),
    frequencyMs: readFrequency(numberOf(parsed, 'frequency', defaultFrequencyMs), problems),
  }
}

function readLookBack(text: string, problems: Problem[]): LookBack {
  if (text === 'all') return { kind: 'all' }
  const result = parseGoDuration(text)
  if (result.ok && result.duration.ms > 0) return { kind: 'duration', ms: result.duration.ms }
  if (!result.ok || result.duration.ms < 0) {
    const what = `${quotePlain(text)} is neither a duration from 0 nor \`all\``
    problems.push(errorAt('--look-back', what, 'write --look-back=1h, for example, or --look-back=all'))
  }
  return { kind: 'none' }
}

function readFrequency(frequencyMs: number, problems: Problem[]): number {
  const remedy = 'write a duration from 0s to 3m: --frequency=30s'
  if (frequencyMs > longestFrequencyMs) {
    problems.push(errorAt('--frequency', 'it is longer than 3m', remedy))
  } else if (frequencyMs < 0) {
    problems.push(errorAt('--frequency', 'it is below zero', remedy))
  }
  return frequencyMs
}

function readSources(
  parsed: ParsedFlags,
  env: Environment,
  file: ConfigFile,
  problems: Problem[],
): AnySourceOptions[] {
  const texts = textsOf(parsed, 'source')
  // A file that cannot be read may have had some.
  if (texts.length === 0 && file.sources.length === 0 && file !== emptyFile) {
    const remedy = 'add `sources: [{name: default, type: kubernetes}]`, which watches the cluster it runs in'
    problems.push(errorAt('--config', 'no source is given, so there is nothing to watch', remedy))
  } else if (texts.length === 0 && file === emptyFile && configPathIn(parsed) === undefined) {
    const remedy =
      'add --source=kubernetes:https://kubernetes.default in a cluster, or ' +
      '--source=kubernetes:?inClusterConfig=false&auth=/path/to/kubeconfig outside'
    problems.push(errorAt('--source', 'no source is given, so there is nothing to watch', remedy))
  }
  const ofFlags = texts.flatMap((text, at) => {
    const where = placeOf('--source', at, texts.length)
    const read = readUriArgument(text, env)
    if (!read.ok) {
      const { what, remedy } = describeFault(read.fault)
      problems.push(errorAt(where, what, remedy))
      return []
    }
    problems.push(...unsetVariableProblems(read.argument.unsetVariables, where))
    const result = readSourceArgument(read.argument, where)
    problems.push(...result.problems)
    const lookBack: LookBack = { kind: 'none' }
    const { source } = result
    if (source === undefined) return []
    return [{ where, source: 'file' in source ? source : { ...source, lookBack } }]
  })
  const sources = [...file.sources, ...ofFlags]
  const named = sources.map(({ where, source }) => ({ where, cluster: source.cluster }))
  problems.push(...duplicateClusterProblems(named))
  return sources.map(({ source }) => source)
}

/** The sinks that can be used; `undefined` if some were given and the original would have started with none. */
function readSinks(
  parsed: ParsedFlags,
  env: Environment,
  file: ConfigFile,
  context: ReadSinkContext,
  problems: Problem[],
): readonly SinkConfig[] | undefined {
  const texts = textsOf(parsed, 'sink')
  const isAnyInFile = file.sinks.length > 0 || (file === emptyFile && configPathIn(parsed) !== undefined)
  if (texts.length === 0 && !isAnyInFile && !parsed.problems.some(({ where }) => where === '--sink')) {
    const remedy =
      'add --sink=log, or --sink=webhook:https://hooks.example.test/alerts?level=Warning&method=POST'
    problems.push(warningAt('--sink', 'no sink is given: events are counted and told to nobody', remedy))
  }
  const sinks: SinkConfig[] = [...file.sinks]
  problems.push(...duplicateNameProblems(file.sinks))
  let originalStarts = sinks.length > 0 || texts.length === 0
  texts.forEach((text, at) => {
    const where = placeOf('--sink', at, texts.length)
    const read = readUriArgument(text, env)
    if (!read.ok) {
      // The original refuses to start here, whatever the other sinks are.
      const { what, remedy } = describeFault(read.fault)
      problems.push(errorAt(where, what, remedy))
      return
    }
    problems.push(...unsetVariableProblems(read.argument.unsetVariables, where))
    const result = readSink(read.argument, where, context)
    const earlier = sinks.find(
      ({ givenName }) => givenName !== undefined && givenName === result.sink?.givenName,
    )
    problems.push(...result.problems)
    originalStarts ||= result.sink !== undefined || result.originalStarts === true
    if (earlier) {
      const what = `the name ke.name gives it is taken by ${earlier.origin}`
      problems.push(errorAt(where, what, 'give each sink a name of its own', read.argument.name))
    } else if (result.sink) {
      sinks.push(result.sink)
    }
  })
  return originalStarts ? sinks : undefined
}

function duplicateNameProblems(sinks: readonly SinkConfig[]): readonly Problem[] {
  return sinks.flatMap(({ givenName, origin }, at) => {
    const earlier = sinks.slice(0, at).find((sink) => sink.givenName === givenName)
    if (givenName === undefined || !earlier) return []
    return [
      errorAt(origin, `the sink's name is taken by ${earlier.origin}`, 'give each sink a name of its own'),
    ]
  })
}

function unsetVariableProblems(unset: 'none' | 'kept' | 'removed', where: string): readonly Problem[] {
  const remedy = 'set the variable in the environment of the process (env: of the container)'
  switch (unset) {
    case 'none':
      return []
    case 'kept': {
      const what =
        'a $ in it names no variable of the environment and stays as it is (kube-eventer removed it)'
      return [warningAt(where, what, `${remedy}, if one was meant`)]
    }
    case 'removed':
      return [warningAt(where, 'a variable in its host is not set and counts as empty', remedy)]
  }
}

function leftoverProblems(parsed: ParsedFlags): readonly Problem[] {
  const [first] = parsed.leftovers
  if (first === undefined) return []
  const isTruth = /^(true|false)$/i.test(first)
  // The original starts with such a command line, so it must not stop the start, however likely a mistake it is.
  return [
    warningAt(
      'command line',
      `${isTruth ? quotePlain(first) : 'an argument'} is no flag: it is ignored with all that follows it` +
        ` (${parsed.leftovers.length} in all)`,
      isTruth
        ? `write the value of a flag that is true or false with =, as in --event-metrics=${first}`
        : 'write every flag as --name=value, in quotes where the value holds spaces or &; subcommands come first',
    ),
  ]
}

function ignoredProblems(parsed: ParsedFlags): readonly Problem[] {
  const ignored = declaredFlags.filter(({ name, ignored: isIgnored }) => isIgnored && parsed.given.has(name))
  if (ignored.length === 0) return []
  const names = ignored.map(({ name }) => `--${name}`).join(', ')
  return [
    warningAt(
      'command line',
      `accepted, without effect: ${names}`,
      'remove it; the log goes to standard error',
    ),
  ]
}

/** `--sink (the 2nd)`, or `--sink` where there is only one. */
function placeOf(flag: string, at: number, count: number): string {
  return count === 1 ? flag : `${flag} (the ${ordinal(at + 1)})`
}

function textsOf(parsed: ParsedFlags, name: string): readonly string[] {
  return (parsed.given.get(name) ?? []).filter((value) => typeof value === 'string')
}

/** Of repeated flags the last one counts, as in Go. */
function lastOf(parsed: ParsedFlags, name: string): FlagValue | undefined {
  return parsed.given.get(name)?.at(-1)
}

function textOf(parsed: ParsedFlags, name: string): string | undefined {
  const value = lastOf(parsed, name)
  return typeof value === 'string' ? value : undefined
}

function numberOf(parsed: ParsedFlags, name: string, otherwise: number): number {
  const value = lastOf(parsed, name)
  return typeof value === 'number' ? value : otherwise
}

function booleanOf(parsed: ParsedFlags, name: string, otherwise: boolean): boolean {
  const value = lastOf(parsed, name)
  return typeof value === 'boolean' ? value : otherwise
}
