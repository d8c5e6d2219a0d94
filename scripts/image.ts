/**
 * `npm run image`: the container image as an OCI layout in dist/image, without a Docker daemon, from the program in
 * dist/, Node's npm package and a few packages of Debian. The Dockerfile copies the same root file system.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeLayout } from './image-oci.ts'
import { fetchParts, isArchitecture, newestParts, partsFile, readParts } from './image-parts.ts'
import { readRelease } from './image-release.ts'
import { assembleRootFs } from './image-rootfs.ts'
import { writeFolder } from './image-tree.ts'
import type { Architecture } from './image-elf.ts'

const usage = `usage: npm run image -- [--arch=amd64,arm64] [--out=FOLDER] [--rootfs=FOLDER] [--parts=FILE] [--refresh]

  --arch     the machines to assemble for; default: both
  --out      where the OCI layout goes; default: dist/image
  --rootfs   no layout: the root file system of one machine, a folder a layer, as the Dockerfile copies it
  --parts    the versions to take; default: deploy/image/parts.json
  --refresh  assembles nothing: writes the versions that Debian and package-lock.json have today to --parts
`

const root = join(import.meta.dirname, '..')

/** What is wrong with the command line; undefined: nothing was, and all is done. */
function main(argv: readonly string[]): string | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      arch: { type: 'string', default: 'amd64,arm64' },
      out: { type: 'string', default: join(root, 'dist', 'image') },
      rootfs: { type: 'string' },
      parts: { type: 'string', default: partsFile },
      refresh: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    print(usage)
    return undefined
  }
  if (values.refresh) {
    writeFileSync(values.parts, `${JSON.stringify(newestParts(readParts()), null, 2)}\n`)
    print(`${values.parts}: written\n`)
    return undefined
  }
  const names = values.arch.split(',')
  const architectures = names.filter(isArchitecture)
  if (architectures.length !== names.length)
    return `--arch=${values.arch}: amd64, arm64 or both, with a comma`
  if (values.rootfs === undefined) return assembleLayout(values.out, architectures, values.parts)
  const [architecture] = architectures
  if (architecture === undefined || architectures.length > 1)
    return '--rootfs is of one machine: say --arch=amd64'
  return writeRootFs(values.rootfs, architecture, values.parts)
}

function assembleLayout(out: string, architectures: readonly Architecture[], partsPath: string): undefined {
  const parts = readParts(partsPath)
  const release = readRelease()
  const images = architectures.map((architecture) => ({
    architecture,
    ...assembleRootFs(fetchParts(parts, architecture), release),
  }))
  const sizes = writeLayout(out, images, release)
  for (const { architecture, sbom } of images) writeFileSync(`${out}-${architecture}.spdx.json`, sbom)
  for (const { architecture, compressed, unpacked } of sizes)
    print(`linux/${architecture}: ${mebibytes(compressed)} to pull, ${mebibytes(unpacked)} unpacked\n`)
  print(
    `${out}: kube-eventer ${release.version}; push it with skopeo copy --all oci:${out}:${release.version} docker://…\n`,
  )
  return undefined
}

function writeRootFs(folder: string, architecture: Architecture, partsPath: string): undefined {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Error(`--rootfs=${folder}: is not empty`)
  const { layers } = assembleRootFs(fetchParts(readParts(partsPath), architecture), readRelease())
  for (const { name, entries } of layers) {
    mkdirSync(join(folder, name), { recursive: true })
    writeFolder(join(folder, name), entries)
  }
  print(`${folder}: ${layers.map(({ name }) => name).join(', ')} for linux/${architecture}\n`)
  return undefined
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}

function print(text: string): void {
  process.stdout.write(text)
}

let problem: string | undefined
try {
  problem = main(process.argv.slice(2))
} catch (error) {
  problem = error instanceof Error ? error.message : String(error)
}
if (problem !== undefined) {
  process.stderr.write(`image: ${problem}\n`)
  process.exitCode = 1
}
