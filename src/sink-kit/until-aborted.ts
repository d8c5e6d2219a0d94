/** Work of a client library that knows no signals: given up when a signal says so. */

/**
 * What `work` comes to. When `signal` aborts before, `end` is called to break the work off, and the answer is a rejection
 * with the signal's reason, whatever the work comes to afterwards.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal, end: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      end()
      reject(signal.reason)
    }
    const finish = (settle: () => void): void => {
      signal.removeEventListener('abort', onAbort)
      settle()
    }
    work.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error)),
    )
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort)
  })
}
