/** Reading the state of all events where the changes cannot be had: after 410, in a restored cluster, to look back. */
import type { Clock } from '../domain/clock.ts'
import type { NewOccurrence } from '../domain/occurrence.ts'
import { identityOf } from '../domain/occurrence.ts'
import type { IdentitySet, RelistInProgress } from '../domain/source-journal.ts'
import type { LookBack } from '../domain/source-options.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import type { SourceTelemetry } from '../telemetry/telemetry.ts'
import type { ApiClient } from './api-client.ts'
import { ApiFault } from './api-fault.ts'
import { eventTimeMs, isEvent } from './event-shape.ts'
import type { EventPaths } from './events-api.ts'
import type { Ledger } from './ledger.ts'
import { currentVersion, listEvents } from './list.ts'
import { compareVersions, isResourceVersion } from './resource-version.ts'
import type { RelistPlan } from './resume.ts'

export interface RelistParts {
  readonly client: ApiClient
  readonly paths: EventPaths
  readonly ledger: Ledger
  readonly telemetry: SourceTelemetry
  readonly clock: Clock
  readonly lookBack: LookBack
}

export interface Relist {
  /**
   * Journals what counts, page by page; at the end the first page's version is the cursor. After a rejection with
   * `ApiFault` it may be called again and goes on with the page that failed; after one of kind `expired` it is worth
   * nothing, and where to resume must be decided anew.
   */
  run(signal: AbortSignal): Promise<void>
}

export function beginRelist(plan: RelistPlan, parts: RelistParts): Relist {
  const { client, paths, ledger, telemetry, clock, lookBack } = parts
  const { relist } = plan
  const list = listEvents(client, paths)
  const bounds: ListBounds = { relist, lookBack, nowMs: clock.wallMs() }
  let known: IdentitySet | undefined
  let count = 0
  let begun = false
  /** What the server's version was before: below it lies another history, of which this list knows nothing. */
  let reached = relist.cause === 'restored' ? '0' : relist.cursorAtStart

  function refuseBelowReached(version: string): void {
    if (compareVersions(version, reached) >= 0) return
    const what = `the server's version ${version} is below ${reached}, where it was when the list began`
    throw new ApiFault('expired', `${what}: the cluster was restored or rebuilt; the list is begun anew`)
  }

  async function identities(): Promise<IdentitySet | undefined> {
    if (plan.skip === 'nothing') return undefined
    return ledger.journal.identitiesSince(plan.skip === 'whole-journal' ? 0 : relist.fromOffset)
  }

  return {
    run: async (signal) => {
      // A server that fails may come back restored: then its items are older than the cursor, and news all the same.
      if (begun) refuseBelowReached(await currentVersion(client, paths, signal))
      begun = true
      known ??= await identities()
      // After 410 a list of one page takes as long as a request: not worth two lines in the log every few minutes.
      if (relist.cause !== 'expired') telemetry.state('listing')
      for (;;) {
        const page = await list.next(signal)
        refuseBelowReached(page.firstVersion)
        reached = page.firstVersion
        const occurrences = pick(page.items, page.firstVersion, known, bounds)
        const { serverIdentity } = client
        ledger.write(
          occurrences,
          page.last
            ? { cursor: page.firstVersion, serverIdentity }
            : { cursor: relist.cursorAtStart, serverIdentity, relist },
        )
        count += occurrences.length
        if (page.last) break
        telemetry.state('listing')
        await ledger.ready(signal, 'listing')
      }
      const tell = relist.cause === 'expired' ? telemetry.log.debug : telemetry.log.info
      tell.call(telemetry.log, `listed the events (${plan.why}): ${count} of them are news`)
    },
  }
}

interface ListBounds {
  readonly relist: RelistInProgress
  readonly lookBack: LookBack
  readonly nowMs: number
}

/** What counts of one page, oldest first: a list comes in the order of names. */
function pick(
  items: readonly unknown[],
  firstVersion: string,
  known: IdentitySet | undefined,
  bounds: ListBounds,
): readonly NewOccurrence[] {
  const events: KubernetesEvent[] = []
  for (const item of items) {
    if (!isEvent(item)) continue
    // Newer than the first page: the watch, which begins there, tells it.
    if (compareVersions(versionOf(item), firstVersion) > 0) continue
    if (!isNews(item, bounds) || known?.has(identityOf(item))) continue
    // Items of a list carry neither; what is told from a list must look like what is told from a watch.
    events.push({ kind: 'Event', apiVersion: 'v1', ...item })
  }
  events.sort((a, b) => compareVersions(versionOf(a), versionOf(b)))
  return events.map((event) => ({ event, raw: Buffer.from(JSON.stringify(event), 'utf8') }))
}

/** Whether a listed item counts, but for what was journaled already. */
function isNews(event: KubernetesEvent, { relist, lookBack, nowMs }: ListBounds): boolean {
  switch (relist.cause) {
    case 'restored':
      return true
    case 'expired':
      return compareVersions(versionOf(event), relist.cursorAtStart) > 0
    case 'look-back': {
      // Greater: it happened after the first start, in which this list was interrupted.
      if (compareVersions(versionOf(event), relist.cursorAtStart) > 0) return true
      if (lookBack.kind !== 'duration') return lookBack.kind === 'all'
      return nowMs - (eventTimeMs(event) ?? nowMs) <= lookBack.ms
    }
  }
}

function versionOf(event: KubernetesEvent): string {
  const version = event.metadata.resourceVersion
  return isResourceVersion(version) ? version : '0'
}
