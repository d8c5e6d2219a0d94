/**
 * Files that a configuration refers to and that are read with it, or when its sinks are opened: secrets, certificates,
 * kubeconfigs. What they hold is known by a digest, so that a change of one is a change of the configuration.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isRecordingSource } from '../domain/source-options.ts'
import type { Config, ReferredFile, SinkConfig } from './config.ts'

/** The same configuration, with what its files held when this was called. */
export async function withReferredFiles(config: Config): Promise<Config> {
  const kubeconfigs = config.sources.flatMap((source) =>
    isRecordingSource(source) || source.kubeconfig === undefined ? [] : [source.kubeconfig],
  )
  return {
    ...config,
    sinks: await Promise.all(
      config.sinks.map(async (sink) => {
        const paths = pathsOf(sink)
        return paths.length === 0 ? sink : { ...sink, files: await referred(paths) }
      }),
    ),
    ...(kubeconfigs.length > 0 && { kubeconfigs: await referred(kubeconfigs) }),
  }
}

/** All that a change of which is a change of the configuration. */
export function referredFiles({ sinks, kubeconfigs = [] }: Config): readonly ReferredFile[] {
  return [...sinks.flatMap(({ files }) => files ?? []), ...kubeconfigs]
}

/** `undefined`: it cannot be read now. */
export async function digestOf(path: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('base64')
  } catch {
    return undefined
  }
}

/** As every sink's TLS options are called; what they name is read when a sink is opened. */
const tlsOptions = ['ca', 'cert', 'key'] as const

function pathsOf({ options, secretFiles = [] }: SinkConfig): readonly string[] {
  const entries: readonly (readonly [string, unknown])[] =
    typeof options === 'object' && options !== null ? Object.entries(options) : []
  const ofTls = new Map(
    entries.flatMap(([name, value]) =>
      tlsOptions.some((option) => option === name) && typeof value === 'string' ? [[name, value]] : [],
    ),
  )
  // One that stands alone is no file, but what a sink may call a key of its own.
  if (!ofTls.has('cert')) ofTls.delete('key')
  return [...secretFiles, ...ofTls.values()]
}

function referred(paths: readonly string[]): Promise<readonly ReferredFile[]> {
  return Promise.all([...new Set(paths)].map(async (path) => ({ path, digest: await digestOf(path) })))
}
