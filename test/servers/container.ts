/**
 * Runs a command in an unpacked image as a container runtime would, where the test is root: with the image as its root,
 * read-only or not, mounts in a namespace of their own, an environment of its own, as another user.
 */
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { getuid, platform } from 'node:process'
import { findOnPath } from './debian.ts'

/** A folder or a file of the host. */
export interface Mount {
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
}

export interface ContainerOptions {
  /** The image's root file system; places for the mounts are made in it. */
  readonly rootFs: string
  readonly user: number
  readonly group: number
  /** Groups besides, such as a pod's fsGroup. */
  readonly groups?: readonly number[]
  readonly env: Readonly<Record<string, string>>
  readonly mounts?: readonly Mount[]
  readonly readOnlyRoot?: boolean
}

const tools = ['unshare', 'chroot', 'setpriv', 'mount', 'env']

/** Why no container can be run here; false if one can. */
export function whyNoContainer(): string | false {
  if (platform !== 'linux' || getuid?.() !== 0) return 'only root may run an image as a container does'
  const missing = tools.filter((name) => findOnPath(name) === undefined)
  return missing.length > 0 && `there is no ${missing.join(', no ')} on the PATH`
}

/**
 * Writes a script to `path` that runs its arguments in the container. It becomes the command itself: its process has
 * the same id, and its signals and output are the command's.
 */
export function writeContainerScript(path: string, options: ContainerOptions): void {
  const { rootFs, user, group, groups = [], env, mounts = [], readOnlyRoot = false } = options
  for (const { source, target } of mounts) makePlace(join(rootFs, target), statSync(source).isDirectory())
  const root = quoted(rootFs)
  const lines = [
    `mount --bind ${root} ${root}`,
    `mount -t proc proc ${quoted(join(rootFs, 'proc'))}`,
    `mount --rbind /dev ${quoted(join(rootFs, 'dev'))}`,
    ...(readOnlyRoot ? [`mount -o remount,ro,bind ${root}`] : []),
    ...mounts.flatMap(({ source, target, readOnly }) => {
      const place = quoted(join(rootFs, target))
      const bind = `mount --bind ${quoted(source)} ${place}`
      return readOnly ? [bind, `mount -o remount,ro,bind ${place}`] : [bind]
    }),
    `exec ${command(
      'env',
      '-i',
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      tool('setpriv'),
      '--no-new-privs',
      tool('chroot'),
      `--userspec=${user}:${group}`,
      `--groups=${groups.join(',')}`,
      rootFs,
    )} "$@"`,
  ]
  const script = lines.join('\n')
  const unshare = command(
    'unshare',
    '--mount',
    '--propagation=private',
    '/bin/sh',
    '-euc',
    script,
    'container',
  )
  writeFileSync(path, `#!/bin/sh\nexec ${unshare} "$@"\n`)
  chmodSync(path, 0o755)
}

/** What is mounted on has to be there, as the runtime of a container makes it. */
function makePlace(place: string, isFolder: boolean): void {
  mkdirSync(isFolder ? place : dirname(place), { recursive: true })
  if (!isFolder && statSync(place, { throwIfNoEntry: false }) === undefined) writeFileSync(place, '')
}

function tool(name: string): string {
  const path = findOnPath(name)
  if (path === undefined) throw new Error(`there is no ${name} on the PATH`)
  return path
}

function command(name: string, ...args: readonly string[]): string {
  return [tool(name), ...args].map(quoted).join(' ')
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
