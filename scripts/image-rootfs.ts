/** What is in the image: the root file system in layers, from what changes seldom to what each release changes. */
import { globSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { lstatSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, normalize } from 'node:path'
import { readElf, withoutSymbols } from './image-elf.ts'
import { run } from './image-run.ts'
import { spdxOf } from './image-sbom.ts'
import { file, folder, link } from './image-tree.ts'
import type { Entry } from './image-tree.ts'
import type { FetchedParts } from './image-parts.ts'
import type { Release } from './image-release.ts'

/** Each is a layer of the image, and a folder for the Dockerfile to copy. */
export type LayerName = 'system' | 'node' | 'program' | 'state'

export interface Layer {
  readonly name: LayerName
  readonly entries: readonly Entry[]
}

export interface RootFs {
  readonly layers: readonly Layer[]
  /** The software bill of materials: SPDX 2.3 as JSON, as it stands in the image. */
  readonly sbom: string
}

const root = join(import.meta.dirname, '..')
const ownFiles = join(root, 'deploy', 'image', 'root')
const uid = 1000
/** Where the libraries of a machine lie in Debian, and the loader that its programs name. */
const places = {
  amd64: { libraries: 'usr/lib/x86_64-linux-gnu', loader: 'usr/lib64/ld-linux-x86-64.so.2' },
  arm64: { libraries: 'usr/lib/aarch64-linux-gnu', loader: 'usr/lib/ld-linux-aarch64.so.1' },
} as const

/**
 * Puts the parts together with the program in dist/.
 * @throws Error if a part lacks a file, or Node asks for a library that no part has.
 */
export function assembleRootFs(parts: FetchedParts, release: Release): RootFs {
  const unpacked = mkdtempSync(join(tmpdir(), 'kube-eventer-rootfs-'))
  try {
    for (const { name, file: archive } of parts.debian) run('dpkg-deb', ['-x', archive, join(unpacked, name)])
    mkdirSync(join(unpacked, 'node'))
    run('tar', ['-xzf', parts.node.file, '-C', join(unpacked, 'node'), 'package/bin/node', 'package/LICENSE'])
    const node = readFileSync(join(unpacked, 'node', 'package', 'bin', 'node'))
    const licence = readFileSync(join(unpacked, 'node', 'package', 'LICENSE'))
    const sbom = spdxOf(parts, release)
    return {
      layers: [
        { name: 'system', entries: systemLayer(parts, unpacked, node) },
        {
          name: 'node',
          entries: [
            file('usr/bin/node', withoutSymbols(node), 0o755),
            file('usr/share/doc/node/copyright', licence),
          ],
        },
        { name: 'program', entries: programLayer(release, sbom) },
        // Last and alone: what the program writes belongs to it, and a mount takes this folder's place.
        { name: 'state', entries: [folder('var/lib/kube-eventer', 0o755, uid)] },
      ],
      sbom,
    }
  } finally {
    rmSync(unpacked, { recursive: true, force: true })
  }
}

function systemLayer(parts: FetchedParts, unpacked: string, node: Buffer): Entry[] {
  const { loader } = places[parts.architecture]
  const copyrights = parts.debian.map(({ name }) => copyrightOf(unpacked, name))
  const common = new Set(
    copyrights.flatMap(({ text }) => text.match(/(?<=\/usr\/share\/common-licenses\/)[A-Z][\w.-]*\w/g) ?? []),
  )
  return [
    ...own('etc/passwd', 'etc/group', 'etc/nsswitch.conf'),
    // Debian's own: scanners tell by it and by the packages' records which advisories count.
    file('usr/lib/os-release', readFileSync(join(unpacked, 'base-files', 'usr', 'lib', 'os-release'))),
    link('etc/os-release', '../usr/lib/os-release'),
    link('lib', 'usr/lib'),
    ...(dirname(loader) === 'usr/lib' ? [] : [link('lib64', 'usr/lib64')]),
    ...librariesOf(parts, unpacked, node),
    file('etc/ssl/certs/ca-certificates.crt', certificateBundle(join(unpacked, 'ca-certificates'))),
    ...filesOf(join(unpacked, 'tzdata'), 'usr/share/zoneinfo'),
    ...copyrights.map(({ path, text }) => file(path, text)),
    ...[...common].map((name) => {
      const path = `usr/share/common-licenses/${name}`
      return file(path, readFileSync(join(unpacked, 'base-files', path)))
    }),
    ...parts.debian.map(({ name, file: archive }) =>
      file(`var/lib/dpkg/status.d/${name}`, run('dpkg-deb', ['--field', archive])),
    ),
    folder('tmp', 0o1777),
    // Places for what a container's runtime mounts.
    ...['dev', 'proc', 'run', 'sys'].map((path) => folder(path)),
    link('var/run', '../run'),
  ]
}

/** The loader and the libraries that Node needs, and those that these need: no file of libc besides. */
function librariesOf(parts: FetchedParts, unpacked: string, node: Buffer): Entry[] {
  const { libraries, loader } = places[parts.architecture]
  const found = new Map<string, Entry>()
  const { interpreter, needed } = readElf(node)
  const asked = [...needed]
  for (let name = asked.pop(); name !== undefined; name = asked.pop()) {
    const path = `${libraries}/${name}`
    if (found.has(path)) continue
    const [source] = parts.debian.map((part) => join(unpacked, part.name, path)).filter(exists)
    if (source === undefined)
      throw new Error(`no package in deploy/image/parts.json has ${path}, which Node needs`)
    // Under the name that is asked for, be it a link in the package (libstdc++.so.6) or not.
    const content = readFileSync(source)
    found.set(path, file(path, content, statSync(source).mode & 0o777))
    asked.push(...readElf(content).needed)
  }
  const target = normalize(join(dirname(loader), readlinkSync(join(unpacked, 'libc6', loader))))
  if (!found.has(target)) {
    const source = join(unpacked, 'libc6', target)
    found.set(target, file(target, readFileSync(source), 0o755))
  }
  const named = interpreter?.replace(/^\/(lib(?:64)?)\//, 'usr/$1/')
  if (named !== loader)
    throw new Error(`Node names the loader ${interpreter}, and ${loader} is what libc6 has`)
  return [...found.values(), link(loader, readlinkSync(join(unpacked, 'libc6', loader)))]
}

function programLayer(release: Release, sbom: string): Entry[] {
  const dist = join(root, 'dist')
  const home = 'usr/lib/kube-eventer'
  return [
    ...own('kube-eventer'),
    file(`${home}/kube-eventer.js`, readFileSync(join(dist, 'kube-eventer.js'))),
    // Says that the file beside it is a module: else Node reads it twice to find out.
    file(
      `${home}/package.json`,
      `${JSON.stringify({ name: 'kube-eventer', version: release.version, type: 'module' })}\n`,
    ),
    ...globSync('{libraries,recordings}/*', { cwd: dist })
      .toSorted()
      .map((path) => file(`${home}/${path}`, readFileSync(join(dist, path)))),
    file('usr/share/doc/kube-eventer/copyright', readFileSync(join(root, 'LICENSE'))),
    file(
      'usr/share/doc/kube-eventer/THIRD-PARTY-LICENSES.txt',
      readFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt')),
    ),
    file('usr/share/sbom/kube-eventer.spdx.json', sbom),
  ]
}

function own(...paths: readonly string[]): Entry[] {
  return paths.map((path) =>
    file(path, readFileSync(join(ownFiles, path)), path === 'kube-eventer' ? 0o755 : 0o644),
  )
}

/** As update-ca-certificates makes it: all that Mozilla trusts, one after another. */
function certificateBundle(unpacked: string): string {
  const folderOfAll = join(unpacked, 'usr', 'share', 'ca-certificates', 'mozilla')
  const names = globSync('*.crt', { cwd: folderOfAll }).toSorted()
  if (names.length === 0) throw new Error('ca-certificates has no certificates where they always were')
  return names.map((name) => `${readFileSync(join(folderOfAll, name), 'utf8').trim()}\n`).join('')
}

/** The files and links under `path` of an unpacked package. */
function filesOf(unpacked: string, path: string): Entry[] {
  return globSync(`${path}/**/*`, { cwd: unpacked }).flatMap((found): Entry[] => {
    const source = join(unpacked, found)
    const status = lstatSync(source)
    if (status.isSymbolicLink()) return [link(found, readlinkSync(source))]
    return status.isFile() ? [file(found, readFileSync(source))] : []
  })
}

/** gcc's libraries share the text of gcc-14-base: their folder is a link to its. */
function copyrightOf(unpacked: string, name: string): { readonly path: string; readonly text: string } {
  const documents = join(unpacked, name, 'usr', 'share', 'doc', name)
  const owner = lstatSync(documents).isSymbolicLink() ? basename(readlinkSync(documents)) : name
  const source = join(unpacked, owner, 'usr', 'share', 'doc', owner, 'copyright')
  return { path: `usr/share/doc/${name}/copyright`, text: readFileSync(source, 'utf8') }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
