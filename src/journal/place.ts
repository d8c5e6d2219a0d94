/** Where the journal is kept: what was asked for, else the first place that can keep it, else memory and a warning. */
import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { makeWritable } from './directory.ts'
import { JournalError } from './error.ts'

export type Place =
  | { readonly engine: 'sqlite'; readonly dir: string; readonly warning?: string }
  | { readonly engine: 'memory'; readonly dir: undefined; readonly warning: string }

export interface PlaceOptions {
  /** `--data-dir`, as given. */
  readonly dataDir: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** Running in a pod. */
  readonly inCluster: boolean
  /** The file system's answers; the real ones by default. */
  readonly files?: PlaceFiles
}

export interface PlaceFiles {
  /** A directory that is there and takes files of this user. */
  isWritable(dir: string): boolean
  /** Makes the directory with its parents (0700) where it is missing. False if it cannot be made or written. */
  make(dir: string): boolean
  /** Something of its own is mounted there, so that it may outlive the container. */
  isMountPoint(dir: string): boolean
}

/** The directory of the image and of packages. */
export const systemDir = '/var/lib/kube-eventer'

/**
 * Throws `JournalError` `not-writable` if the directory that was named cannot be used: who names one wants it.
 * The warning, where there is one, says what is lost without a volume and gives the lines to add.
 */
export function choosePlace(options: PlaceOptions): Place {
  const { dataDir, env, inCluster, files = realFiles } = options
  if (dataDir !== undefined && dataDir !== '') {
    if (!files.make(dataDir)) throw new JournalError('not-writable', dataDir)
    return { engine: 'sqlite', dir: dataDir }
  }
  if (files.isWritable(systemDir)) {
    if (!inCluster || files.isMountPoint(systemDir)) return { engine: 'sqlite', dir: systemDir }
    const warning =
      `the journal is kept in ${systemDir}, which goes with the container: it survives reconnects, ` +
      `not a restart of the container. For a volume of its own add to the Deployment:\n${volumeLines}`
    return { engine: 'sqlite', dir: systemDir, warning }
  }
  if (inCluster) {
    const warning =
      'the journal is kept in memory: it survives reconnects, not restarts; what happens while the pod is ' +
      `down is not told. For a volume of its own add to the Deployment:\n${volumeLines}`
    return { engine: 'memory', dir: undefined, warning }
  }
  const stateDir = userStateDir(env)
  if (stateDir !== undefined && files.make(stateDir)) {
    return { engine: 'sqlite', dir: stateDir }
  }
  const warning =
    `the journal is kept in memory, since neither ${systemDir} nor a state directory of this user can be ` +
    'written: it survives reconnects, not restarts. Name a directory with --data-dir'
  return { engine: 'memory', dir: undefined, warning }
}

/** Where a program may keep its journal, for commands that look for one: the directory named, else each default. */
export function placesToLook(dataDir: string | undefined, env: PlaceOptions['env']): readonly string[] {
  if (dataDir !== undefined && dataDir !== '') return [dataDir]
  const stateDir = userStateDir(env)
  return stateDir === undefined ? [systemDir] : [systemDir, stateDir]
}

/**
 * Lines for a Deployment: the volume, where it is mounted, who may write there, and that the old pod ends before the new
 * one begins. A journal has one writer: in a rolling update the new pod would wait for the old one for ever.
 */
export const volumeLines = [
  'spec.template.spec.volumes: [{name: journal, persistentVolumeClaim: {claimName: kube-eventer}}]',
  `spec.template.spec.containers[0].volumeMounts: [{name: journal, mountPath: ${systemDir}}]`,
  'spec.template.spec.securityContext: {fsGroup: 1000}',
  'spec.strategy: {type: Recreate}',
].join('\n')

/** Follows the XDG Base Directory Specification: a relative path is ignored. */
function userStateDir(env: PlaceOptions['env']): string | undefined {
  const state = env['XDG_STATE_HOME']
  if (state !== undefined && isAbsolute(state)) return join(state, 'kube-eventer')
  const home = env['HOME']
  return home !== undefined && isAbsolute(home) ? join(home, '.local', 'state', 'kube-eventer') : undefined
}

const realFiles: PlaceFiles = {
  isWritable: (dir) => {
    try {
      accessSync(dir, constants.W_OK | constants.X_OK)
      return statSync(dir).isDirectory()
    } catch {
      return false
    }
  },
  make: (dir) => {
    try {
      makeWritable(dir)
      return true
    } catch {
      return false
    }
  },
  isMountPoint: (dir) => {
    try {
      return mountPoints(readFileSync('/proc/self/mountinfo', 'utf8')).has(dir)
    } catch {
      // No such file outside of Linux: another device than the parent's is a mount too.
      return statSync(dir).dev !== statSync(dirname(dir)).dev
    }
  },
}

/** The fifth field of proc(5)'s mountinfo; blanks and the like stand there as octal escapes. */
export function mountPoints(mountinfo: string): ReadonlySet<string> {
  const points = mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4])
    .filter((point) => point !== undefined)
    .map((point) =>
      point.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    )
  return new Set(points)
}
