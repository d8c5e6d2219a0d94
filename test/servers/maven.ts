/** Fetches servers that are published on Maven Central, once, into a cache folder; jars as they are, zips unpacked. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { findOnPath, installDebianPackages } from './debian.ts'

export interface MavenDependency {
  readonly group: string
  readonly artifact: string
  readonly version: string
  /** `jar` where absent. */
  readonly type?: 'jar' | 'zip'
}

export interface MavenSet {
  /** The name of the folder: letters, digits, dots and dashes, with all versions in it that matter. */
  readonly name: string
  readonly dependencies: readonly MavenDependency[]
  /** `copy`: the artefacts and all they need at run time; `unpack`: the named archives alone, unpacked. */
  readonly how: 'copy' | 'unpack'
}

/**
 * The folder that holds `set`.
 * @throws Error that says how to get it where it was never fetched.
 */
export function findMavenSet(set: MavenSet): string {
  const folder = folderOf(set)
  if (existsSync(folder)) return folder
  throw new Error(`no ${set.name} in ${folder}: \`npm run test:servers\` fetches it`)
}

/** Fetches `set` where it is not there yet, with Java and Maven from Debian where they are missing. */
export async function installMavenSet(set: MavenSet, print: (line: string) => void): Promise<string> {
  installJava(print)
  const folder = folderOf(set)
  if (existsSync(folder)) return folder
  if (findOnPath('mvn') === undefined) installDebianPackages(['maven'], print)
  print(`fetching ${set.name} with Maven`)
  const work = `${folder}.${process.pid}`
  mkdirSync(work, { recursive: true })
  try {
    const pom = join(work, 'pom.xml')
    const content = join(work, 'content')
    writeFileSync(pom, project(set))
    await maven([
      '-f',
      pom,
      `dependency:${set.how}-dependencies`,
      `-DoutputDirectory=${content}`,
      '-DincludeScope=runtime',
      ...(set.how === 'unpack' ? ['-DexcludeTransitive=true'] : []),
    ])
    // Whole or not at all: a download that was cut off is none. Another process may have been faster.
    if (!existsSync(folder)) renameSync(content, folder)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return folder
}

/** Java 17 from Debian, where there is no java on the PATH. */
export function installJava(print: (line: string) => void): void {
  if (findOnPath('java') === undefined) installDebianPackages(['openjdk-17-jre-headless'], print)
}

function folderOf({ name }: MavenSet): string {
  return join(cacheFolder(), name)
}

function project({ dependencies }: MavenSet): string {
  const each = dependencies.map(
    ({ group, artifact, version, type = 'jar' }) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>` +
      `<version>${version}</version><type>${type}</type></dependency>`,
  )
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '<modelVersion>4.0.0</modelVersion>',
    '<groupId>example.test</groupId><artifactId>servers</artifactId><version>1</version>',
    '<packaging>pom</packaging>',
    `<dependencies>${each.join('')}</dependencies>`,
    '</project>',
    '',
  ].join('\n')
}

async function maven(args: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  const child = spawn('mvn', ['-q', '-B', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const keep = (text: string): void => {
    said = (said + text).slice(-10_000)
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  child.on('error', reject).on('close', resolve)
  const code = await promise
  if (code !== 0) throw new Error(`mvn ${args.join(' ')} failed (${code}):\n${said}`)
}
