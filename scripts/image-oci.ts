/**
 * Writes an OCI image layout: one folder that skopeo, crane, oras, podman and containerd push or load
 * (https://github.com/opencontainers/image-spec/blob/main/image-layout.md).
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import { tarOf } from './image-tree.ts'
import type { Architecture } from './image-elf.ts'
import type { Release } from './image-release.ts'
import type { Layer } from './image-rootfs.ts'

/** What one machine's image takes, in bytes. */
export interface ImageSize {
  readonly architecture: Architecture
  /** As it is pulled. */
  readonly compressed: number
  /** As it lies on a node. */
  readonly unpacked: number
}

export interface PlatformImage {
  readonly architecture: Architecture
  readonly layers: readonly Layer[]
}

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: { readonly architecture: Architecture; readonly os: 'linux' }
  readonly annotations?: Readonly<Record<string, string>>
}

const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const

const configSchema = z.strictObject({
  User: z.string(),
  ExposedPorts: z.record(z.string(), z.strictObject({})),
  Env: z.array(z.string()),
  Entrypoint: z.array(z.string()),
  WorkingDir: z.string(),
  Labels: z.record(z.string(), z.string()),
})

/** What a container is started with; the Dockerfile says the same. */
export function readImageConfig(): z.infer<typeof configSchema> {
  const path = join(import.meta.dirname, '..', 'deploy', 'image', 'config.json')
  return configSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
}

/**
 * Writes the layout to `out`, in place of one that was there; one image for each machine, under one index that is
 * named by the version.
 * @throws Error if `out` holds something else: it would be lost.
 */
export function writeLayout(out: string, images: readonly PlatformImage[], release: Release): ImageSize[] {
  const blobs = join(out, 'blobs', 'sha256')
  if (existsSync(out) && readdirSync(out).length > 0 && !existsSync(join(out, 'oci-layout')))
    throw new Error(`${out} is no OCI layout and not empty: name another folder with --out`)
  rmSync(out, { recursive: true, force: true })
  mkdirSync(blobs, { recursive: true })
  const put = (mediaType: string, content: Buffer): Descriptor => {
    const hex = sha256(content)
    writeFileSync(join(blobs, hex), content)
    return { mediaType, digest: `sha256:${hex}`, size: content.length }
  }
  const putJson = (mediaType: string, value: object): Descriptor =>
    put(mediaType, Buffer.from(JSON.stringify(value)))

  const annotations = {
    'org.opencontainers.image.version': release.version,
    'org.opencontainers.image.created': release.created,
    ...(release.commit === undefined ? {} : { 'org.opencontainers.image.revision': release.commit }),
  }
  const sizes: ImageSize[] = []
  const manifests = images.map(({ architecture, layers }): Descriptor => {
    const packed = layers.map((layer) => {
      const tar = tarOf(layer.entries)
      return { name: layer.name, tar, descriptor: put(mediaTypes.layer, gzipSync(tar, { level: 9 })) }
    })
    const config = readImageConfig()
    const configDescriptor = putJson(mediaTypes.config, {
      created: release.created,
      architecture,
      os: 'linux',
      config: { ...config, Labels: { ...config.Labels, ...annotations } },
      rootfs: { type: 'layers', diff_ids: packed.map(({ tar }) => `sha256:${sha256(tar)}`) },
      history: packed.map(({ name }) => ({ created: release.created, created_by: `npm run image: ${name}` })),
    })
    const manifest = putJson(mediaTypes.manifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: configDescriptor,
      layers: packed.map(({ descriptor }) => descriptor),
      annotations,
    })
    const all = [...packed.map(({ descriptor }) => descriptor), configDescriptor, manifest]
    sizes.push({
      architecture,
      compressed: all.reduce((sum, { size }) => sum + size, 0),
      unpacked: packed.reduce((sum, { tar }) => sum + tar.length, 0),
    })
    return { ...manifest, platform: { architecture, os: 'linux' } }
  })
  const index = putJson(mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests,
    annotations,
  })
  const named: Descriptor = {
    ...index,
    annotations: { 'org.opencontainers.image.ref.name': release.version },
  }
  const top = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [named] }
  writeFileSync(join(out, 'index.json'), JSON.stringify(top))
  writeFileSync(join(out, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  return sizes
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
