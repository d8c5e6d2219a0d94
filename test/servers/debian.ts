/** Installs Debian packages for the tests, and holds their services back from starting by themselves. */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { getuid } from 'node:process'

// Debian's convention: exit code 101 forbids a package's scripts to start its service.
const policyFile = '/usr/sbin/policy-rc.d'

/** The whole path of `name` on the PATH. */
export function findOnPath(name: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    if (folder !== '' && existsSync(`${folder}/${name}`)) return `${folder}/${name}`
  }
  return undefined
}

/**
 * Installs `packages` with apt-get.
 * @throws Error naming the packages where this is not Debian or the user is not root.
 */
export function installDebianPackages(packages: readonly string[], print: (line: string) => void): void {
  const wanted = packages.join(' ')
  if (findOnPath('apt-get') === undefined || getuid?.() !== 0)
    throw new Error(
      `the tests need ${wanted}, and apt-get as root installs them on Debian only: install them by hand`,
    )
  if (!existsSync(policyFile)) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  print(`installing ${wanted}`)
  run('apt-get', ['update', '-qq'])
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages])
}

function run(command: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed (${status}):\n${stdout}${stderr}`)
}
