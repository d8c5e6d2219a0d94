/**
 * Tells when a file has changed: written, replaced, or swapped with its directory as a mounted ConfigMap is (its name
 * is a link through `..data`, and `..data` is another directory all at once).
 */
import { watch, type FSWatcher } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface FileWatch {
  /** Resolves when it is known how the file is now: what changes from then on is told. */
  readonly ready: Promise<void>
  close(): void
}

export interface FileWatchOptions {
  /** What changes within this time is one change, ms. */
  readonly quietMs?: number
  /** How often it is looked at in case nobody tells (network file systems, links to elsewhere), ms. */
  readonly pollMs?: number
}

/** Calls `changed` after each change; not for one that is gone, since it may be on its way back. Keeps nothing alive. */
export function watchFile(path: string, changed: () => void, options: FileWatchOptions = {}): FileWatch {
  const { quietMs = 200, pollMs = 5_000 } = options
  let known: string | undefined
  let closed = false
  let quiet: NodeJS.Timeout | undefined

  const look = async (): Promise<void> => {
    const now = await fingerprintOf(path)
    if (closed || now === undefined || now === known) return
    const isFirst = known === undefined
    known = now
    if (!isFirst) changed()
  }
  const looked = look()
  const lookSoon = (): void => {
    clearTimeout(quiet)
    quiet = setTimeout(() => void looked.then(look), quietMs).unref()
  }
  const poll = setInterval(() => void looked.then(look), pollMs).unref()
  const watcher = watchDirectory(dirname(path), lookSoon)
  return {
    ready: looked,
    close: () => {
      closed = true
      watcher?.close()
      clearInterval(poll)
      clearTimeout(quiet)
    },
  }
}

/** The directory, not the file: what a name stands for changes there. */
function watchDirectory(path: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, changed)
    // Without it (too many watches on the machine) looking now and then is enough.
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}

async function fingerprintOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, mtimeNs, size } = await stat(path, { bigint: true })
    return [dev, ino, mtimeNs, size].join(':')
  } catch {
    return undefined
  }
}
