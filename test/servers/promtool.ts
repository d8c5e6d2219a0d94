/** promtool: comes with Debian's Prometheus, which is held back from starting. */
import { findOnPath, installDebianPackages } from './debian.ts'

/** @throws Error that says how to get it. */
export function findPromtool(): string {
  const promtool = findOnPath('promtool')
  if (promtool !== undefined) return promtool
  throw new Error('no promtool: `npm run test:servers -- monitoring` installs it')
}

export async function installPromtool(print: (line: string) => void): Promise<void> {
  if (findOnPath('promtool') === undefined) installDebianPackages(['prometheus'], print)
  print(findPromtool())
}
