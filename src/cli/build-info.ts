/** Which version this is: set by the build, read from package.json in a checkout. */
import { readFileSync } from 'node:fs'

// The build replaces these names by texts (esbuild's `define`); in a checkout they do not exist.
declare const KUBE_EVENTER_VERSION: string | undefined
declare const KUBE_EVENTER_COMMIT: string | undefined

export interface BuildInfo {
  readonly version: string
  /** The commit it was built from; '' where nobody told. */
  readonly commit: string
}

/** Reads a file in a checkout only; call it when the version is wanted. */
export function buildInfo(): BuildInfo {
  return {
    version: typeof KUBE_EVENTER_VERSION === 'string' ? KUBE_EVENTER_VERSION : versionOfCheckout(),
    commit: typeof KUBE_EVENTER_COMMIT === 'string' ? KUBE_EVENTER_COMMIT : '',
  }
}

function versionOfCheckout(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return isManifest && typeof manifest.version === 'string' ? manifest.version : ''
}
