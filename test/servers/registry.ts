/** A real registry that images are pushed to and pulled from, and skopeo, which does both. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findOnPath, installDebianPackages } from './debian.ts'
import { startProcess, until } from './processes.ts'
import type { TestContext } from 'node:test'

const packages = ['docker-registry', 'skopeo']

/** Installs what is missing. */
export async function installRegistry(print: (line: string) => void): Promise<void> {
  const missing = packages.filter((name) => findOnPath(name) === undefined)
  if (missing.length > 0) installDebianPackages(missing, print)
}

/** A registry on a free port, with its storage in `folder`; answers host and port. */
export async function startRegistry(test: TestContext, folder: string): Promise<string> {
  const configuration = join(folder, 'registry.yml')
  writeFileSync(
    configuration,
    JSON.stringify({
      version: 0.1,
      log: { level: 'info' },
      storage: { filesystem: { rootdirectory: join(folder, 'registry') } },
      http: { addr: '127.0.0.1:0' },
    }),
  )
  const registry = startProcess('docker-registry', 'docker-registry', ['serve', configuration])
  test.after(() => registry.stop('SIGKILL'))
  return until('the registry', () => /listening on (127\.0\.0\.1:\d+)/.exec(registry.output())?.[1], [
    registry,
  ])
}
