/**
 * What a failed send means: the table of ARCHITECTURE.md as data, and the waits. Pure; randomness is passed in.
 */
import type { RetryReason } from '../domain/outcome.ts'

/**
 * - `hold-sink`: the destination is away or asks for peace; the occurrence is not to blame
 * - `set-aside`: perhaps this occurrence, perhaps the sink: try the next, and two in a row tell
 * - `try-again`: five tries, then set aside
 * - `leave`: the program is stopping; nothing is learnt
 */
export type Treatment = 'hold-sink' | 'set-aside' | 'try-again' | 'leave'

export const treatmentOf: Readonly<Record<RetryReason, Treatment>> = {
  unreachable: 'hold-sink',
  throttled: 'hold-sink',
  refused: 'set-aside',
  'server-error': 'try-again',
  timeout: 'try-again',
  stopped: 'leave',
}

/** Tries of one occurrence before it is set aside for timed retry. */
export const triesBeforeSetAside = 5

/** How often a misconfigured sink is probed, ms. */
export const misconfiguredProbeMs = 30_000

/** Between the tries of one occurrence: 0.2 s, doubling. */
export function tryAgainAfterMs(tries: number, random: () => number): number {
  return backoffMs(tries - 1, 200, 5_000, random)
}

/** Before a held sink is probed: 0.2 s, doubling up to a minute. */
export function probeAfterMs(failedProbes: number, random: () => number): number {
  return backoffMs(failedProbes, 200, 60_000, random)
}

/** Before an occurrence that was set aside is tried again: 30 s, doubling up to ten minutes. */
export function setAsideForMs(timesSetAside: number, random: () => number): number {
  return backoffMs(timesSetAside, 30_000, 600_000, random)
}

/** Exponential, jittered over its upper half, so that many who failed together do not come back together. */
function backoffMs(exponent: number, baseMs: number, maxMs: number, random: () => number): number {
  const fullMs = Math.min(maxMs, baseMs * 2 ** Math.min(exponent, 20))
  return fullMs / 2 + random() * (fullMs / 2)
}
