/** Makes the data directory. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes `dir` and the parents that are missing, for this user alone, and looks whether it can be written. Throws
 * what the system says. Not `recursive: true`: on file systems that answer ENOENT to any `mkdir` it never returns.
 */
export function makeWritable(dir: string): void {
  makeMissing(resolve(dir))
  accessSync(dir, constants.W_OK | constants.X_OK)
}

function makeMissing(dir: string): void {
  if (existsSync(dir)) return
  makeMissing(dirname(dir))
  try {
    mkdirSync(dir, { mode: 0o700 })
  } catch (error) {
    // Somebody else made it meanwhile.
    if (!existsSync(dir)) throw error
  }
}
