/** The source: resume, list, watch, and again, until stopped; whatever fails is tried again, and nothing is skipped. */
import { sleep, systemClock, type Clock } from '../domain/clock.ts'
import type { SourceJournal } from '../domain/source-journal.ts'
import type { SourceOptions } from '../domain/source-options.ts'
import type { SourceTelemetry, WatchEnd } from '../telemetry/telemetry.ts'
import { openApiClient, type ApiClient } from './api-client.ts'
import { ApiFault } from './api-fault.ts'
import { backoffMs } from './backoff.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { eventPaths } from './events-api.ts'
import { openLedger } from './ledger.ts'
import { currentVersion } from './list.ts'
import { missingRule } from './rbac.ts'
import { beginRelist, type Relist } from './relist.ts'
import { afterExpiry, decideResume, type RelistPlan, type ResumePlan } from './resume.ts'
import { isSameCluster } from './same-cluster.ts'
import { watchFrom } from './watch.ts'
import { textOf } from '../domain/text-of.ts'

/** A server may ask for patience, but not for longer than it keeps the history that we need. */
const LONGEST_RETRY_AFTER_MS = 300_000
/** A watch that lived this long was worth its request: the next may follow at once. */
const PROGRESS_AFTER_MS = 5000
/** How many journaled events are looked through for some worth asking for. */
const NEWEST_LOOKED_AT = 100

export interface EventSourceParts {
  readonly options: SourceOptions
  /** From `resolveAccess`. */
  readonly access: ClusterAccess
  readonly journal: SourceJournal
  readonly telemetry: SourceTelemetry
  readonly clock?: Clock
  /** In [0, 1): jitter. */
  readonly random?: () => number
}

export interface EventSource {
  /** Ends the watch; what was read is journaled. Resolves when nothing is open any more. */
  stop(): Promise<void>
  /** Resolves after `stop`; never rejects. */
  readonly done: Promise<void>
}

/** What is to be done next. */
type Phase =
  | { readonly kind: 'resume' }
  | { readonly kind: 'relist'; readonly relist: Relist }
  | { readonly kind: 'watch'; readonly cursor: string }

const RESUME: Phase = { kind: 'resume' }

/** Starts at once. No fault ends it but `stop`: each is told (`telemetry.state`) and tried again. */
export function startEventSource(parts: EventSourceParts): EventSource {
  const { options, access, journal, telemetry, clock = systemClock, random = Math.random } = parts
  const stopping = new AbortController()
  const { signal } = stopping
  const ledger = openLedger(journal, telemetry, clock)
  const paths = eventPaths(options)
  let opened: ApiClient | undefined
  /** Tries in a row that brought nothing. */
  let failures = 0

  async function run(): Promise<void> {
    telemetry.state('starting')
    for (const warning of access.warnings) telemetry.log.warn(warning)
    let phase = RESUME
    while (!signal.aborted) {
      try {
        await ledger.ready(signal, 'starting')
        if (signal.aborted) break
        opened ??= await openApiClient(access, clock)
        phase = await next(phase, opened)
      } catch (error) {
        if (signal.aborted) break
        phase = await afterFailure(error, phase)
      }
    }
    opened?.close()
    telemetry.state('stopped')
  }

  async function next(phase: Phase, client: ApiClient): Promise<Phase> {
    switch (phase.kind) {
      case 'resume':
        return resume(client)
      case 'relist':
        await phase.relist.run(signal)
        return { kind: 'watch', cursor: ledger.state()?.cursor ?? '0' }
      case 'watch':
        return watch(phase.cursor, client)
    }
  }

  async function resume(client: ApiClient): Promise<Phase> {
    const serverVersion = await currentVersion(client, paths, signal)
    const { serverIdentity } = client
    const saved = ledger.state()
    const known = {
      saved,
      serverVersion,
      serverIdentity,
      lookBack: options.lookBack,
      nextOffset: journal.nextOffset(),
    }
    let plan = decideResume(known)
    if (plan.kind === 'ask-same-cluster') {
      const newest = await journal.newest(NEWEST_LOOKED_AT)
      const memory = { newest, cursor: saved?.cursor ?? '0', serverVersion, nowMs: clock.wallMs() }
      plan = decideResume({ ...known, sameCluster: await isSameCluster(memory, client, paths, signal) })
    }
    announce(plan, saved?.cursor, serverVersion)
    switch (plan.kind) {
      case 'ask-same-cluster':
        return RESUME
      case 'relist':
        return relist(plan, client)
      case 'watch':
        if (saved?.cursor !== plan.cursor || saved.serverIdentity !== serverIdentity) {
          ledger.write([], { cursor: plan.cursor, serverIdentity })
        }
        return { kind: 'watch', cursor: plan.cursor }
    }
  }

  function relist(plan: RelistPlan, client: ApiClient): Phase {
    const { lookBack } = options
    return {
      kind: 'relist',
      relist: beginRelist(plan, { client, paths, ledger, telemetry, clock, lookBack }),
    }
  }

  async function watch(cursor: string, client: ApiClient): Promise<Phase> {
    const result = await watchFrom(cursor, { client, paths, ledger, telemetry, clock, random }, signal)
    const { cause, fault, accepted, moved, lastedMs } = result
    const progress = moved || (accepted && lastedMs >= PROGRESS_AFTER_MS)
    if (progress) failures = 0
    if (cause === 'expired') {
      telemetry.watchEnded(cause)
      // Once is a matter of course after a quiet spell; again and again without a line in between is not.
      if (!progress && failures++ > 0) await pause(backoffMs(failures - 2, random()))
      return relist(afterExpiry(ledger.state()?.cursor ?? cursor, journal.nextOffset()), client)
    }
    if (fault !== undefined && (!progress || fault.retryAfterMs !== undefined)) throw fault
    telemetry.watchEnded(cause)
    if (!progress) {
      const delayMs = backoffMs(failures++, random())
      telemetry.state('retrying', `${client.server} ends each watch at once; ${nextTry(delayMs)}`)
      await pause(delayMs)
    }
    return RESUME
  }

  async function afterFailure(error: unknown, phase: Phase): Promise<Phase> {
    const fault = error instanceof ApiFault ? error : undefined
    const kind: WatchEnd = fault?.kind ?? 'protocol'
    if (fault === undefined) {
      const reason = textOf(error)
      telemetry.log.error(`the source failed in an unexpected way and starts again: ${reason}`)
    }
    const askedMs = Math.min(fault?.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS)
    const delayMs = Math.max(backoffMs(failures++, random()), askedMs)
    telemetry.watchEnded(kind)
    const what = fault?.message ?? 'an unexpected failure'
    if (kind === 'forbidden') {
      telemetry.state('forbidden', `${what}; ${missingRule(options.namespace)}`)
    } else {
      telemetry.state('retrying', `${what}${remedyFor(kind)}; ${nextTry(delayMs)}`)
    }
    await pause(delayMs)
    // A list goes on with the page that failed, unless its token is worth nothing any more.
    const keeps = phase.kind === 'relist' && fault !== undefined && kind !== 'expired' && kind !== 'protocol'
    return keeps ? phase : RESUME
  }

  function announce(plan: ResumePlan, cursor: string | undefined, serverVersion: string): void {
    const { log } = telemetry
    const { lookBack } = options
    if (plan.kind === 'ask-same-cluster') return
    switch (plan.why) {
      case 'first-start':
        log.info(`first start: events are told from now on (resourceVersion ${plan.cursor})`)
        break
      case 'look-back':
        log.info('first start: looking back at the events that are there', { lookBack })
        break
      case 'other-cluster':
        log.warn(
          'the server is another cluster than last time: it knows none of the newest journaled events; ' +
            'this is a first start. Give each cluster its own name (cluster=) to keep its place',
          { server: access.server },
        )
        break
      case 'restored':
        log.warn(
          `the server's version ${serverVersion} is below ${cursor}, where we were: the cluster was restored or ` +
            'rebuilt; telling the events that are not in the journal',
        )
        break
      case 'interrupted':
        log.info('going on with the list that the last stop interrupted')
        break
      case 'resumed':
      case 'expired':
        log.debug('resuming', { cursor, serverVersion })
        break
    }
  }

  function pause(delayMs: number): Promise<void> {
    return sleep(clock, delayMs, signal)
  }

  const done = run()
  return {
    stop: () => {
      stopping.abort()
      return done
    },
    done,
  }
}

function nextTry(delayMs: number): string {
  return `next try in ${(delayMs / 1000).toFixed(1)} s`
}

function remedyFor(kind: WatchEnd): string {
  if (kind === 'unauthorized') return ' (the token or client certificate is not accepted; both are read anew)'
  if (kind === 'protocol') return ' (check the server, fieldSelector and namespace in --source)'
  return ''
}
