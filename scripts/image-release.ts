/** Which release of the program an image holds: its version, commit and time, and what is bundled into it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { run } from './image-run.ts'

export interface BundledPackage {
  readonly name: string
  readonly version: string
  readonly licence: string
}

export interface Release {
  readonly version: string
  /** Whole; undefined where there is no repository and nothing tells it. */
  readonly commit: string | undefined
  /** RFC 3339: `SOURCE_DATE_EPOCH`, else the commit's time; the same for the same sources. */
  readonly created: string
  /** npm packages whose code is in dist/kube-eventer.js and the libraries beside it. */
  readonly bundled: readonly BundledPackage[]
}

const root = join(import.meta.dirname, '..')

const manifestSchema = z.object({ version: z.string() })
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), license: z.string().optional() }),
  ),
})

/** Of what lies in dist/: run after the build. */
export function readRelease(): Release {
  const { version } = manifestSchema.parse(JSON.parse(readText('package.json')))
  const { packages } = lockSchema.parse(JSON.parse(readText('package-lock.json')))
  const titles = readText('dist/THIRD-PARTY-LICENSES.txt').matchAll(/^== (\S+) (\S+)$/gm)
  const bundled = [...titles].map(([, name = '', bundledVersion = '']) => ({
    name,
    version: bundledVersion,
    licence: packages[`node_modules/${name}`]?.license ?? 'NOASSERTION',
  }))
  return { version, commit: commit(), created: created(), bundled }
}

function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

function commit(): string | undefined {
  return process.env['KUBE_EVENTER_COMMIT'] || git('rev-parse', 'HEAD')
}

function created(): string {
  const seconds = Number(process.env['SOURCE_DATE_EPOCH'] || git('log', '-1', '--format=%ct') || 0)
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

function git(...args: readonly string[]): string | undefined {
  try {
    return run('git', args, root).trim()
  } catch {
    return undefined
  }
}
