/** How long to wait before the next try: exponential, jittered, at most 30 s. */

const FIRST_MS = 500
export const LONGEST_BACKOFF_MS = 30_000

/**
 * `attempt` counts the failures before this one, from 0; `random` is in [0, 1). The lower half is never used, so
 * that a fault cannot be met by a burst of tries.
 */
export function backoffMs(attempt: number, random: number): number {
  const ceilingMs = Math.min(LONGEST_BACKOFF_MS, FIRST_MS * 2 ** Math.min(attempt, 16))
  return Math.round(ceilingMs * (0.5 + random / 2))
}
