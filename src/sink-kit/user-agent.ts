/** How the program names itself to destinations. */
import { readFileSync } from 'node:fs'

// The build replaces this name by a text; in a checkout it does not exist.
declare const KUBE_EVENTER_VERSION: string | undefined

/** `kube-eventer/1.2.3` */
export const userAgent = `kube-eventer/${version()}`

function version(): string {
  if (typeof KUBE_EVENTER_VERSION === 'string') return KUBE_EVENTER_VERSION
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return isManifest ? String(manifest.version) : '0'
}
