/** Who asks for a reload: SIGHUP, and a configuration file that changes. Asked for too early, it is not forgotten. */
import { watchFile } from '../config/watch-file.ts'

export interface ReloadRequests {
  /** From now on `reload` is called; at once if somebody has asked before. */
  serve(reload: (why: string) => Promise<void>): void
  /** Nothing is asked for any more. */
  close(): void
}

/**
 * `path` is the configuration file; without one nothing is listened to, and SIGHUP ends the program as it does any
 * other. To be called before the file is read.
 */
export function listenForReloads(path: string | undefined): ReloadRequests {
  let serve: ((why: string) => Promise<void>) | undefined
  let asked: string | undefined
  let closed = false
  const ask = (why: string): void => {
    if (closed) return
    if (serve) void serve(why)
    else asked = why
  }
  if (path === undefined) return { serve: () => {}, close: () => {} }
  const watch = watchFile(path, () => ask('the file has changed'))
  process.on('SIGHUP', () => ask('SIGHUP'))
  return {
    serve: (reload) => {
      serve = reload
      if (asked !== undefined) ask(asked)
    },
    close: () => {
      closed = true
      watch.close()
    },
  }
}
