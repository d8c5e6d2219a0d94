/**
 * When the next message may leave to a destination that takes so many in a time, and whether it tells one event or
 * all that wait. Pure: a function of the clock, of what has left and of what waits.
 */

/** So many messages in any stretch of so long. */
export interface Quota {
  readonly messages: number
  readonly perMs: number
}

/** The quota of one destination. */
export interface SinkQuota {
  /** Tells destinations apart: sinks with the same key share one quota. Secret, never shown. */
  readonly key: string
  /** Each of them holds. */
  readonly limits: readonly Quota[]
}

/** What has left to a destination. */
export interface SendHistory {
  /** Messages without an answer yet. */
  readonly inFlight: number
  /** When the others were answered or given up, monotonic ms, ascending. */
  readonly endedAtMs: readonly number[]
}

/** What a sink has to tell, and how. */
export interface Waiting {
  /** Occurrences that may be told now. */
  readonly count: number
  readonly canDigest: boolean
  /** When the last digest ended, monotonic ms; `undefined`: there was none. */
  readonly lastDigestMs: number | undefined
  /** The last digest left nothing unread behind it. */
  readonly lastDigestWasComplete: boolean
  /** Sinks that share the quota. */
  readonly sinks: number
  /** The program stops: what waits should leave now or not at all. */
  readonly isStopping: boolean
}

/** What the sink should do next; `wait`: nothing before `untilMs`, monotonic, or before something changes. */
export type Step =
  | { readonly kind: 'single' }
  | { readonly kind: 'digest' }
  | { readonly kind: 'wait'; readonly untilMs: number }

/** When more waits than can be told one by one within this time, a digest tells it, ms. */
export const horizonMs = 60_000

/** After a digest the next message gathers for so long, so that a storm takes four messages a minute, ms. */
export const gatheringMs = 15_000

const single: Step = { kind: 'single' }
const digest: Step = { kind: 'digest' }

/** How much of a quota is used: a twentieth, one message at least, is left to whoever else writes there. */
export function allowanceOf({ messages }: Quota): number {
  return Math.max(1, messages - Math.max(1, Math.floor(messages / 20)))
}

/**
 * How long a message counts after its answer. The destination has counted it between start and answer, so it is out
 * of the destination's own window by then, whether that slides or begins anew each minute; the rest is for clocks
 * that do not run alike.
 */
export function windowMsOf({ perMs }: Quota): number {
  return perMs + Math.max(50, Math.round(perMs / 60))
}

/** Messages that may leave now; below zero after a quota has shrunk. */
export function freeSlots(limits: readonly Quota[], history: SendHistory, nowMs: number): number {
  let free = Number.POSITIVE_INFINITY
  for (const quota of limits) {
    free = Math.min(free, allowanceOf(quota) - history.inFlight - countedSince(quota, history, nowMs))
  }
  return free
}

/**
 * When messages may leave, monotonic ms, if no other leaves meanwhile; `nowMs` if at once. `wantedOf`: how many must be
 * free in each limit.
 */
export function freeAtMs(
  limits: readonly Quota[],
  history: SendHistory,
  nowMs: number,
  wantedOf: (quota: Quota) => number,
): number {
  let atMs = nowMs
  for (const quota of limits) {
    const counted = countedSince(quota, history, nowMs)
    const wanted = Math.min(wantedOf(quota), allowanceOf(quota))
    const tooMany = counted + history.inFlight + wanted - allowanceOf(quota)
    if (tooMany <= 0) continue
    const lastOfThem = history.endedAtMs[history.endedAtMs.length - counted + tooMany - 1]
    // One in flight counts from its answer on: not before now.
    const from = tooMany <= counted && lastOfThem !== undefined ? lastOfThem : nowMs
    atMs = Math.max(atMs, from + windowMsOf(quota))
  }
  return atMs
}

/**
 * Of the allowance, what singles leave to digests: a storm that follows a burst is told while it goes on. Of a limit on
 * a long time so much that digests alone, one after another, never use it up: nobody waits an hour to be told.
 */
export function reservedForDigests(quota: Quota): number {
  const allowance = allowanceOf(quota)
  if (quota.perMs <= horizonMs) return Math.floor(allowance / 6)
  return Math.min(Math.floor(allowance / 2), Math.ceil(windowMsOf(quota) / gatheringMs))
}

/** How many events can be told one by one within the horizon. */
function singlesWithinHorizon(limits: readonly Quota[]): number {
  const within = limits.map(
    (quota) =>
      allowanceOf(quota) * Math.max(1, Math.floor(horizonMs / quota.perMs)) - reservedForDigests(quota),
  )
  return Math.max(1, Math.min(...within))
}

/** Messages that may leave as singles now: those kept for digests are not among them. */
function freeForSingles(limits: readonly Quota[], history: SendHistory, nowMs: number): number {
  return Math.min(...limits.map((quota) => freeSlots([quota], history, nowMs) - reservedForDigests(quota)))
}

/**
 * The next step of a sink that has something to tell.
 *
 * | what waits                                       | step                                               |
 * |--------------------------------------------------|----------------------------------------------------|
 * | no more than leaves one by one within 60 s       | singles, as slots get free; some stay for digests  |
 * | more                                             | a digest of everything, as soon as one slot is free |
 * | anything, up to 15 s after a digest              | nothing: it gathers                                |
 * | more than there are free slots, 60 s after a digest | a digest                                        |
 * | anything, when no single may leave within 60 s   | a digest                                           |
 * | more than there are free slots, and the program stops | a digest                                      |
 *
 * A sink that makes no digests sends singles as slots get free.
 */
export function nextStep(
  limits: readonly Quota[],
  history: SendHistory,
  waiting: Waiting,
  nowMs: number,
): Step {
  const free = freeSlots(limits, history, nowMs)
  const whenFree = (wanted: number): Step => ({
    kind: 'wait',
    untilMs: freeAtMs(limits, history, nowMs, () => wanted),
  })
  if (!waiting.canDigest) return free > 0 ? single : whenFree(1)
  if (waiting.isStopping) {
    if (free <= 0) return whenFree(1)
    return waiting.count > free ? digest : single
  }
  const { lastDigestMs } = waiting
  if (lastDigestMs !== undefined && waiting.lastDigestWasComplete && nowMs < lastDigestMs + gatheringMs) {
    return { kind: 'wait', untilMs: lastDigestMs + gatheringMs }
  }
  const forSingles = freeForSingles(limits, history, nowMs)
  const inStorm = lastDigestMs !== undefined && nowMs < lastDigestMs + horizonMs
  const atMost = inStorm ? forSingles : singlesWithinHorizon(limits) / waiting.sinks
  if (waiting.count > Math.max(1, atMost)) return free > 0 ? digest : whenFree(1)
  if (forSingles > 0) return single
  const untilMs = freeAtMs(limits, history, nowMs, (quota) => reservedForDigests(quota) + 1)
  if (untilMs <= nowMs + windowMsOf({ messages: 1, perMs: horizonMs })) return { kind: 'wait', untilMs }
  return free > 0 ? digest : whenFree(1)
}

/** Of the ended messages, those that still count; they are the last ones. */
function countedSince(quota: Quota, { endedAtMs }: SendHistory, nowMs: number): number {
  const sinceMs = nowMs - windowMsOf(quota)
  let low = 0
  let high = endedAtMs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((endedAtMs[middle] ?? 0) <= sinceMs) low = middle + 1
    else high = middle
  }
  return endedAtMs.length - low
}
