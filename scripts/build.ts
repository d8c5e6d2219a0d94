/**
 * `npm run build`: the program as one file, dist/kube-eventer.js, that starts without type stripping and
 * without node_modules. Beside it lie only the recordings that the demo plays.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'
import type { BuildOptions, Plugin } from 'esbuild'

const root = join(import.meta.dirname, '..')
const outfile = join(root, 'dist', 'kube-eventer.js')

/** What src/cli/build-info.ts tells of the build. */
function buildConstants(): Record<string, string> {
  return {
    KUBE_EVENTER_VERSION: JSON.stringify(version()),
    KUBE_EVENTER_COMMIT: JSON.stringify(commit()),
  }
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version)
  throw new Error('package.json has no version')
}

/** `KUBE_EVENTER_COMMIT` where the build has no repository (an image's build), else what git says, else ''. */
function commit(): string {
  const given = process.env['KUBE_EVENTER_COMMIT']
  if (given) return given
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

const shared = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Names stay: stack traces are read by people.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  define: buildConstants(),
} satisfies BuildOptions

/**
 * A worker is named by `new URL('./x.ts', import.meta.url)`. Its own bundle takes the URL's place as a `data:`
 * URL, so that the program stays one file. Such a worker can import Node's own modules only, which is checked.
 */
const workersInline: Plugin = {
  name: 'workers-inline',
  setup: (builder) => {
    builder.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const form = /new URL\(\s*'(\.[^']+\.ts)',\s*import\.meta\.url,?\s*\)/g
      let contents = text
      for (const [whole, specifier = ''] of text.matchAll(form)) {
        const worker = await build({
          ...shared,
          entryPoints: [resolve(dirname(path), specifier)],
          write: false,
        })
        const [file] = worker.outputFiles
        if (file === undefined) throw new Error(`no bundle of ${specifier}, named in ${path}`)
        const url = `data:text/javascript;base64,${Buffer.from(file.contents).toString('base64')}`
        contents = contents.replace(whole, () => `new URL(${JSON.stringify(url)})`)
      }
      return { contents, loader: 'ts' }
    })
  },
}

rmSync(dirname(outfile), { recursive: true, force: true })
mkdirSync(dirname(outfile), { recursive: true })
await build({
  ...shared,
  entryPoints: [join(root, 'src', 'main.ts')],
  outfile,
  plugins: [workersInline],
  // Packages in CommonJS call `require`, which a module does not have.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
  },
})
chmodSync(outfile, 0o755)

// Read as `new URL('./recordings/…', import.meta.url)`: beside the source there, beside the bundle here.
const recordings = join(root, 'src', 'demo', 'recordings')
if (existsSync(recordings)) cpSync(recordings, join(dirname(outfile), 'recordings'), { recursive: true })

process.stdout.write(`${outfile}: ${Math.round(statSync(outfile).size / 1024)} KiB\n`)
