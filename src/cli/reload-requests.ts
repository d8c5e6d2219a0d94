/**
 * Who asks for a reload: SIGHUP, a configuration file that changes, and files that the configuration refers to. Asked for
 * too early, it is not forgotten.
 */
import type { ReferredFile } from '../config/config.ts'
import { digestOf } from '../config/referred-files.ts'
import { watchFile, type FileWatch } from '../config/watch-file.ts'

export interface ReloadRequests {
  /** From now on `reload` is called; at once if somebody has asked before. */
  serve(reload: (why: string) => Promise<void>): void
  /** These are what the configuration refers to now; those of before are not watched any more. */
  watch(files: readonly ReferredFile[]): void
  /** Nothing is asked for any more. */
  close(): void
}

/**
 * `path` is the configuration file; without one SIGHUP ends the program as it does any other. To be called before the
 * file is read.
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
  const watched = new Map<string, FileWatch>()
  const own = path === undefined ? undefined : watchFile(path, () => ask('the file has changed'))
  if (path !== undefined) process.on('SIGHUP', () => ask('SIGHUP'))

  const watchReferred = ({ path: file, digest }: ReferredFile): void => {
    const changed = (): void => ask(`${file} has changed`)
    const watch = watchFile(file, changed)
    watched.set(file, watch)
    // It may have changed after it was read and before it was watched.
    void watch.ready.then(async () => {
      const now = await digestOf(file)
      if (now !== undefined && now !== digest && watched.get(file) === watch) changed()
    })
  }
  return {
    serve: (reload) => {
      serve = reload
      if (asked !== undefined) ask(asked)
    },
    watch: (files) => {
      if (closed) return
      for (const [file, watch] of watched) {
        if (files.some((other) => other.path === file)) continue
        watch.close()
        watched.delete(file)
      }
      for (const file of files) if (!watched.has(file.path)) watchReferred(file)
    },
    close: () => {
      closed = true
      own?.close()
      for (const watch of watched.values()) watch.close()
      watched.clear()
    },
  }
}
