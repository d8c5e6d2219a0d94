/**
 * Debian's archive, for any release and machine, without a change to the host: apt works in a folder of its own, with
 * the mirrors that the host has, and checks their signatures.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getuid } from 'node:process'
import { run } from './image-run.ts'
import type { Architecture } from './image-elf.ts'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

export interface DebianArchive extends Disposable {
  /** The version that apt would install, and the SHA-256 of its .deb. */
  newest(name: string, architecture: Architecture): { readonly version: string; readonly sha256: string }
  /**
   * The path of the .deb; gone with the archive's folder.
   * @throws PartGone if the archive has that version no more.
   */
  download(name: string, version: string, architecture: Architecture): string
}

/** Debian replaces a version when it mends something, and then serves the new one only. */
export class PartGone extends Error {
  readonly part: string

  constructor(part: string) {
    super(
      `Debian has ${part} no more, as happens when it is replaced by a newer one: \`npm run image -- --refresh\` writes today's versions to deploy/image/parts.json`,
    )
    this.part = part
  }
}

/** @throws Error where the host has no apt-get, no mirror of Debian, or the mirror does not answer. */
export function debianArchive(release: string): DebianArchive {
  const sources = sourcesFor(release)
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-debian-'))
  const close = (): void => rmSync(folder, { recursive: true, force: true })
  const options = privateOptions(folder)
  // A package for all machines has no name of its own for each: ask as a machine of that kind would.
  const asked = (architecture: Architecture): string[] => [
    ...options,
    '-o',
    `APT::Architecture=${architecture}`,
    '-o',
    `Dir::Cache::pkgcache=${architecture}.bin`,
  ]
  const show = (name: string, architecture: Architecture): string =>
    run('apt-cache', [...asked(architecture), 'show', '--no-all-versions', name])

  try {
    for (const path of ['lists/partial', 'cache/archives/partial', 'fetched'])
      mkdirSync(join(folder, path), { recursive: true })
    writeFileSync(join(folder, 'sources.list'), sources)
    run('apt-get', [...options, 'update', '-qq', '-o', 'APT::Update::Error-Mode=any'])
  } catch (error) {
    close()
    throw error
  }
  return {
    newest: (name, architecture) => {
      const paragraph = show(name, architecture)
      return { version: fieldOf(paragraph, 'Version'), sha256: fieldOf(paragraph, 'SHA256') }
    },
    download: (name, version, architecture) => {
      const target = join(folder, 'fetched', `${name}-${architecture}`)
      mkdirSync(target, { recursive: true })
      try {
        run('apt-get', [...asked(architecture), 'download', '-qq', `${name}=${version}`], target)
      } catch (error) {
        // apt's own words: `E: Version '1.2' for 'name' was not found`.
        if (error instanceof Error && /^E: Version '.*' for '.*' was not found$/m.test(error.message))
          throw new PartGone(`${name} ${version} (${architecture})`)
        throw error
      }
      const fetched = readdirSync(target).find((path) => path.endsWith('.deb'))
      if (fetched === undefined) throw new Error(`apt-get download brought no ${name}`)
      return join(target, fetched)
    },
    [Symbol.dispose]: close,
  }
}

/** apt with nothing of the host but how it reaches mirrors (proxies, credentials). */
function privateOptions(folder: string): string[] {
  const settings = [
    `Dir::State=${folder}`,
    `Dir::State::lists=${folder}/lists`,
    'Dir::State::status=/dev/null',
    `Dir::Cache=${folder}/cache`,
    `Dir::Etc::sourcelist=${folder}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    'Dir::Etc::preferencesparts=/dev/null',
    'APT::Architectures::=amd64',
    'APT::Architectures::=arm64',
    'Acquire::Languages=none',
    // Containers save the room of both, and pay with seconds a command.
    'Acquire::GzipIndexes=false',
    'Dir::Cache::srcpkgcache=sources.bin',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    // Else apt reads as a user who may not see a temporary folder of root's.
    ...(getuid?.() === 0 ? ['APT::Sandbox::User=root'] : []),
  ]
  return settings.flatMap((setting) => ['-o', setting])
}

/** The host's own mirrors of Debian, for `release` instead of the host's. */
function sourcesFor(release: string): string {
  const host = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? ''
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT) $(CREATED_BY)'
  const targets = run('apt-get', ['indextargets', '--format', format]).split('\n')
  const lines = targets.flatMap((target) => {
    const [uri = '', suite = '', component, kind] = target.split(' ')
    const isDebian = /\/debian(?:-security)?\/?$/.test(uri) && component === 'main' && kind === 'Packages'
    if (!isDebian || (suite !== host && !suite.startsWith(`${host}-`))) return []
    return [`deb [signed-by=${keyring}] ${uri} ${suite.replace(host, release)} main\n`]
  })
  if (lines.length === 0 || !existsSync(keyring))
    throw new Error(
      'an image is assembled from packages of Debian, and this machine has no source of them: run this on Debian, or build with the Dockerfile',
    )
  return [...new Set(lines)].join('')
}

function fieldOf(paragraph: string, field: string): string {
  const value = new RegExp(`^${field}: (.+)$`, 'm').exec(paragraph)?.[1]
  if (value === undefined) throw new Error(`apt-cache show told no ${field}:\n${paragraph}`)
  return value
}
