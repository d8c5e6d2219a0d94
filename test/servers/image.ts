/** The container image for a test: assembled as `npm run image` does it, read back, and unpacked as a runtime would. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const root = join(import.meta.dirname, '..', '..')

const descriptorSchema = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.number(),
  platform: z.object({ architecture: z.string(), os: z.string() }).optional(),
})
const indexSchema = z.object({ manifests: z.array(descriptorSchema) })
const manifestSchema = z.object({ config: descriptorSchema, layers: z.array(descriptorSchema) })
const configSchema = z.object({
  architecture: z.string(),
  os: z.string(),
  config: z.object({
    User: z.string(),
    Env: z.array(z.string()),
    Entrypoint: z.array(z.string()),
    Labels: z.record(z.string(), z.string()),
  }),
  rootfs: z.object({ diff_ids: z.array(z.string()) }),
})

export type ImageConfig = z.infer<typeof configSchema>

export interface PlatformImage {
  readonly config: ImageConfig
  /** The gzipped tars, lowest first. */
  readonly layers: readonly string[]
}

/** Builds the program and assembles its image for `architectures` into `layout`. */
export function assembleLayout(layout: string, architectures: readonly string[]): void {
  runNode(['scripts/build.ts'])
  runImage([`--arch=${architectures.join(',')}`, `--out=${layout}`], `${layout}-parts.json`)
}

/** Writes the root file system of the machine that this runs on, merged, to `rootFs`. */
export function layRootFs(rootFs: string): void {
  const layers = `${rootFs}-layers`
  runNode(['scripts/build.ts'])
  runImage([`--arch=${hostArchitecture()}`, `--rootfs=${layers}`], `${rootFs}-parts.json`)
  mkdirSync(rootFs)
  for (const name of ['system', 'node', 'program', 'state'])
    execFileSync('cp', ['-a', `${join(layers, name)}/.`, rootFs])
}

export function hostArchitecture(): 'amd64' | 'arm64' {
  return process.arch === 'arm64' ? 'arm64' : 'amd64'
}

/**
 * Runs scripts/image.ts. A version that Debian has replaced since is no fault of the sources: then what Debian has
 * today is taken, and the test goes on with it.
 */
function runImage(args: readonly string[], parts: string): void {
  const first = spawnNode(['scripts/image.ts', ...args])
  if (first.status === 0) return
  if (!first.output.includes('--refresh')) throw new Error(first.output)
  process.stdout.write(`${first.output}here: with today's versions\n`)
  runNode(['scripts/image.ts', '--refresh', `--parts=${parts}`])
  runNode(['scripts/image.ts', ...args, `--parts=${parts}`])
}

function runNode(args: readonly string[]): void {
  const { status, output } = spawnNode(args)
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed (${status}):\n${output}`)
}

function spawnNode(args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  return { status, output: `${stdout}${stderr}` }
}

/** A blob of the layout; throws unless it is what its digest and size say. */
function readBlob(layout: string, { digest, size }: z.infer<typeof descriptorSchema>): Buffer {
  const content = readFileSync(join(layout, 'blobs', digest.replace(':', '/')))
  const actual = `sha256:${createHash('sha256').update(content).digest('hex')}`
  if (actual !== digest || content.length !== size)
    throw new Error(`${digest} is ${actual}, ${content.length} B`)
  return content
}

/** The digest of the index that the layout's one name stands for. */
export function indexDigest(layout: string): string {
  return topDescriptor(layout).digest
}

function topDescriptor(layout: string): z.infer<typeof descriptorSchema> {
  const { manifests } = indexSchema.parse(JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')))
  const [top] = manifests
  if (top === undefined || manifests.length !== 1)
    throw new Error('the layout names more or less than one image')
  return top
}

/** All images of the layout, each blob checked, by architecture. */
export function readImages(layout: string): ReadonlyMap<string, PlatformImage> {
  const readJson = (descriptor: z.infer<typeof descriptorSchema>): unknown =>
    JSON.parse(readBlob(layout, descriptor).toString())
  const { manifests } = indexSchema.parse(readJson(topDescriptor(layout)))
  return new Map(
    manifests.map((descriptor) => {
      const manifest = manifestSchema.parse(readJson(descriptor))
      for (const layer of manifest.layers) readBlob(layout, layer)
      const layers = manifest.layers.map(({ digest }) => join(layout, 'blobs', digest.replace(':', '/')))
      return [
        descriptor.platform?.architecture ?? '',
        { config: configSchema.parse(readJson(manifest.config)), layers },
      ]
    }),
  )
}

/** Unpacks an image with tar, owners and modes as they are. */
export function unpackImage({ layers }: PlatformImage, target: string): void {
  mkdirSync(target)
  for (const layer of layers) execFileSync('tar', ['-xpzf', layer, '-C', target, '--numeric-owner'])
}
