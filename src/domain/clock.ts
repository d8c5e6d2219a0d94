/** Time as the program sees it. Passed in everywhere, so that tests can make hours pass. */
export interface Clock {
  /** Wall clock, ms since 1970. May jump. */
  wallMs(): number
  /** Monotonic, ms. For durations and deadlines. */
  monotonicMs(): number
  /** Calls `fire` once, `afterMs` from now by the monotonic clock. The timer keeps the process alive. */
  schedule(fire: () => void, afterMs: number): Timer
}

export interface Timer {
  cancel(): void
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule: (fire, afterMs) => {
    const handle = setTimeout(fire, afterMs)
    return { cancel: () => clearTimeout(handle) }
  },
}

/** Resolves after `afterMs`, or at once when `signal` aborts; never rejects. */
export function sleep(clock: Clock, afterMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.schedule(done, afterMs)
    signal.addEventListener('abort', done)
  })
}
