/** Where the tests keep what they built or downloaded once: outside the work tree, as user caches are. */
import { homedir } from 'node:os'
import { join } from 'node:path'

export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kube-eventer-tests')
}
