/** `--version`: the line that the original prints, and scripts read. */
import { buildInfo } from './build-info.ts'
import type { BuildInfo } from './build-info.ts'

/** The version as one line, for the log. */
export function versionLine(info: BuildInfo = buildInfo()): string {
  return `kube-eventer version: ${info.version} commit: ${info.commit}`
}

/** What `--version` prints, to the byte: the original ends it with an empty line. */
export function versionText(info: BuildInfo = buildInfo()): string {
  return `${versionLine(info)}\n\n`
}
