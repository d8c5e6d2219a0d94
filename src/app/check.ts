/** Looks whether a configuration would work, without sending an alert and without writing anything. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Config, Problem, SinkConfig } from '../config/config.ts'
import { placeOf } from '../config/problems.ts'
import { sleep, type Clock } from '../domain/clock.ts'
import {
  clustersOf,
  isRecordingSource,
  type AnySourceOptions,
  type RecordingSourceOptions,
  type SourceOptions,
} from '../domain/source-options.ts'
import { JournalError } from '../journal/error.ts'
import { choosePlace, placesToLook } from '../journal/place.ts'
import { mayAccess } from '../kubernetes/access-review.ts'
import { openApiClient, type ApiClient } from '../kubernetes/api-client.ts'
import { ApiFault } from '../kubernetes/api-fault.ts'
import { resolveAccess } from '../kubernetes/auth.ts'
import { eventPaths } from '../kubernetes/events-api.ts'
import { currentVersion } from '../kubernetes/list.ts'
import { missingRule } from '../kubernetes/rbac.ts'
import { SourceConfigError } from '../kubernetes/source-config-error.ts'
import { RecordingError } from '../recording/recording.ts'
import { openRecording } from '../recording/source.ts'
import { redact } from '../telemetry/redact.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import { checkTemplate } from './check-template.ts'
import { textOf } from '../domain/text-of.ts'

/** One thing that was looked at. */
export interface Finding {
  readonly state: 'ok' | 'warning' | 'error'
  /** `source default`, `sink webhook alerts`, `sink webhook, --sink (the 2nd)`, `--frequency` */
  readonly subject: string
  /** What was found: why it is wrong, if it is. Free of secrets. */
  readonly what: string
  /** What to do; '' where nothing is to be done or `what` says it too. */
  readonly remedy: string
}

export interface CheckParts {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

const verbs = ['get', 'list', 'watch'] as const
/** A cluster or destination that has not answered by then is told as one that does not. */
const answerWithinMs = 10_000

/** A problem of the configuration as a finding. */
export function findingOf(problem: Problem): Finding {
  const { severity, what, remedy } = problem
  return { state: severity, subject: placeOf(problem), what, remedy }
}

/** Everything that the configuration reaches, at the same time; findings come in the configuration's order. */
export async function checkConfig(config: Config, parts: CheckParts): Promise<readonly Finding[]> {
  const found = await Promise.all([
    checkPlace(config, parts),
    ...config.sources.map((source) => checkSource(source, parts)),
    ...config.sinks.map((sink) => checkSink(sink, clustersOf(config.sources)[0], parts)),
  ])
  return found.flat()
}

async function checkPlace(config: Config, { env }: CheckParts): Promise<readonly Finding[]> {
  const subject = 'data directory'
  const { dataDir } = config.journal
  const inCluster = clustersOf(config.sources).some(({ inClusterConfig }) => inClusterConfig)
  try {
    const place = choosePlace({ dataDir, env, inCluster, files: lookingOnly })
    if (place.warning !== undefined) return [{ state: 'warning', subject, what: place.warning, remedy: '' }]
    return [{ state: 'ok', subject, what: place.dir ?? placesToLook(dataDir, env).join(', '), remedy: '' }]
  } catch (error) {
    if (!(error instanceof JournalError)) throw error
    return [{ state: 'error', subject, what: error.message, remedy: '' }]
  }
}

/** Makes nothing: a directory that could be made counts as made. */
const lookingOnly = {
  isWritable,
  make: (dir: string): boolean => {
    const path = resolve(dir)
    return existsSync(path) ? isWritable(path) : dirname(path) !== path && lookingOnly.make(dirname(path))
  },
  isMountPoint: (dir: string): boolean => existsSync(dir) && statSync(dir).dev !== statSync(dirname(dir)).dev,
}

function isWritable(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK | constants.X_OK)
    return statSync(dir).isDirectory()
  } catch {
    return false
  }
}

async function checkSource(source: AnySourceOptions, parts: CheckParts): Promise<readonly Finding[]> {
  if (isRecordingSource(source)) return [await checkRecording(source)]
  const subject = `source ${source.cluster}`
  let client: ApiClient | undefined
  try {
    const access = await resolveAccess(source, { env: parts.env, clock: parts.clock })
    const warnings = access.warnings.map((what): Finding => ({ state: 'warning', subject, what, remedy: '' }))
    const opened = await openApiClient(access, parts.clock)
    client = opened
    const finding = await within(parts, (signal) => askCluster(source, opened, signal))
    return [...warnings, { subject, ...finding }]
  } catch (error) {
    const { what, remedy } = clusterTrouble(error, source)
    return [{ state: 'error', subject, what: redact(what), remedy }]
  } finally {
    client?.close()
  }
}

async function askCluster(
  source: SourceOptions,
  client: ApiClient,
  signal: AbortSignal,
): Promise<Omit<Finding, 'subject'>> {
  const { namespace } = source
  const where = namespace === undefined ? 'in all namespaces' : `in namespace ${namespace}`
  const denied: string[] = []
  for (const verb of verbs) {
    const asked = { verb, resource: 'events', ...(namespace === undefined ? {} : { namespace }) }
    if (!(await mayAccess(client, asked, signal))) denied.push(verb)
  }
  if (denied.length > 0) {
    return {
      state: 'error',
      what: `${client.server}: this account may not ${denied.join(', ')} events ${where}`,
      remedy: missingRule(namespace),
    }
  }
  await currentVersion(client, eventPaths(source), signal)
  return { state: 'ok', what: `${client.server}: may ${verbs.join(', ')} events ${where}`, remedy: '' }
}

async function checkRecording({ cluster, file }: RecordingSourceOptions): Promise<Finding> {
  const subject = `source ${cluster}`
  try {
    await openRecording(file)
    return { state: 'ok', subject, what: `${file} is a recording`, remedy: '' }
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error
    return { state: 'error', subject, what: error.message, remedy: '' }
  }
}

function clusterTrouble(error: unknown, source: SourceOptions): { what: string; remedy: string } {
  if (error instanceof SourceConfigError) {
    return { what: error.what, remedy: `in ${error.where}; ${error.remedy}` }
  }
  const what = textOf(error)
  const kind = error instanceof ApiFault ? error.kind : undefined
  if (kind === 'forbidden') return { what, remedy: missingRule(source.namespace) }
  if (kind === 'unauthorized') {
    return {
      what,
      remedy: 'the token or client certificate is not accepted: renew it, or name another kubeconfig',
    }
  }
  return { what, remedy: 'check the address in --source, and that this machine can reach it' }
}

async function checkSink(
  sink: SinkConfig,
  source: SourceOptions | undefined,
  parts: CheckParts,
): Promise<readonly Finding[]> {
  const subject = subjectOf(sink)
  const found = await Promise.all([
    checkDestination(sink, subject, parts),
    checkBody(sink, subject, source, parts),
  ])
  return found.flat()
}

/** Of several without a name each is told by its place. */
function subjectOf({ declaration, givenName, origin }: SinkConfig): string {
  if (givenName !== undefined) return `sink ${declaration.name} ${givenName}`
  return origin === '--sink' ? `sink ${declaration.name}` : `sink ${declaration.name}, ${origin}`
}

async function checkBody(
  sink: SinkConfig,
  subject: string,
  source: SourceOptions | undefined,
  parts: CheckParts,
): Promise<readonly Finding[]> {
  try {
    const { env, clock } = parts
    const found = await within(parts, (signal) => checkTemplate(sink, source, { env, clock, signal }))
    return found.map((finding) => ({ subject, ...finding }))
  } catch (error) {
    const what = textOf(error)
    const remedy = 'what is wrong with the source keeps its ConfigMap from being read'
    return [{ state: 'error', subject, what: `the template cannot be read: ${redact(what)}`, remedy }]
  }
}

async function checkDestination(
  sink: SinkConfig,
  subject: string,
  parts: CheckParts,
): Promise<readonly Finding[]> {
  const { declaration, options, pace } = sink
  const destination = declaration.display(options as never)
  try {
    await within(parts, async (signal) => {
      const opened = await declaration.open(options as never, {
        log: parts.log,
        clock: parts.clock,
        env: parts.env,
        concurrency: pace.concurrency,
        signal,
      })
      try {
        await opened.check(signal)
      } finally {
        await opened.close()
      }
    })
    return [{ state: 'ok', subject, what: `${destination} can be reached; nothing was sent`, remedy: '' }]
  } catch (error) {
    const what = textOf(error)
    const remedy = `check the destination in ${sink.origin}, and that this machine can reach it`
    return [{ state: 'error', subject, what: `${destination}: ${redact(what)}`, remedy }]
  }
}

/** Rejects when it takes too long, or the check is ended. */
async function within<T>(
  { clock, signal }: CheckParts,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController()
  const end = (): void => ending.abort(new Error('the check was ended'))
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  const done = new AbortController()
  try {
    return await Promise.race([act(ending.signal), tooLate()])
  } finally {
    signal.removeEventListener('abort', end)
    done.abort()
    ending.abort()
  }

  async function tooLate(): Promise<never> {
    await sleep(clock, answerWithinMs, AbortSignal.any([done.signal, ending.signal]))
    throw new Error(`no answer within ${answerWithinMs / 1000} s`)
  }
}
