/**
 * `npm run build`: the program as one file, dist/kube-eventer.js, that starts without type stripping and
 * without node_modules. Beside it lie the libraries that only some sinks and options need, the recordings that the demo
 * plays, and the licences of what all of it contains.
 */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { build, type BuildOptions, type Plugin } from 'esbuild'

const root = join(import.meta.dirname, '..')
const outfile = join(root, 'dist', 'kube-eventer.js')

/**
 * `import … from 'node:http'` makes a namespace of all its exports, and with it loads a second HTTP client and a
 * WebSocket that nobody here uses: 13 MiB of resident memory. Asked for the other way, it does not.
 */
const leanBuiltins: Plugin = {
  name: 'lean-builtins',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^node:http$/ }, ({ path }) => ({ path, namespace: 'builtin' }))
    bundler.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }))
  },
}

/**
 * The Kafka client holds its options against schemas where it is told to be strict, which the sink does not ask for:
 * making ready for that takes 15 MiB. Its WebAssembly lies in a file of its own, and in the variant `bundled` in the
 * code.
 */
const leanKafka: Plugin = {
  name: 'lean-kafka',
  setup: (bundler) => {
    const noSchemas = 'schemas that hold nothing'
    bundler.onResolve({ filter: /^ajv\/dist\/2020\.js$/ }, ({ path, importer }) =>
      importer.includes(join('@platformatic', 'kafka')) ? { path, namespace: noSchemas } : undefined,
    )
    bundler.onLoad({ filter: /./, namespace: noSchemas }, () => ({
      contents: 'export class Ajv2020 { addKeyword() {} compile() { return () => true } }',
    }))
    bundler.onResolve({ filter: /^@platformatic\/wasm-utils$/ }, ({ path, kind, resolveDir }) =>
      bundler.resolve(`${path}/bundled`, { kind, resolveDir }),
    )
  },
}

/**
 * What only some sinks and options need, by the file that it gets: read with the program, these four megabytes would
 * take 25 MiB of memory and a fifth of the time to start. Source imports them dynamically, or in modules that are.
 */
const libraries: Readonly<Record<string, string>> = {
  croner: 'croner',
  kafka: '@platformatic/kafka',
  mongodb: 'mongodb',
  mysql2: 'mysql2',
  protobufjs: 'protobufjs/minimal.js',
  re2js: 're2js',
  yaml: 'yaml',
}

/** Leaves a library where it is, to be read when the module that imports it is run. */
const librariesBeside: Plugin = {
  name: 'libraries-beside',
  setup: (bundler) => {
    for (const [file, library] of Object.entries(libraries)) {
      const namespace = `library ${file}`
      const filter = new RegExp(`^${RegExp.escape(library)}$`)
      bundler.onResolve({ filter }, ({ path }) => ({ path, namespace }))
      bundler.onLoad({ filter: /./, namespace }, () => ({
        contents: `module.exports = require('./libraries/${file}.cjs')`,
      }))
    }
    bundler.onResolve({ filter: /^\.\/libraries\// }, ({ path }) => ({ path, external: true }))
  },
}

const usual = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  // Names stay: stack traces are read by people.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
} as const satisfies BuildOptions

rmSync(dirname(outfile), { recursive: true, force: true })
mkdirSync(dirname(outfile), { recursive: true })
const program = await build({
  ...usual,
  entryPoints: [join(root, 'src', 'main.ts')],
  outfile,
  format: 'esm',
  plugins: [leanBuiltins, librariesBeside],
  // What src/cli/build-info.ts tells of the build.
  define: {
    KUBE_EVENTER_VERSION: JSON.stringify(manifestField(join(root, 'package.json'), 'version')),
    KUBE_EVENTER_COMMIT: JSON.stringify(commit()),
  },
  // Packages in CommonJS call `require`, which a module does not have.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
  },
})
chmodSync(outfile, 0o755)
const beside = await build({
  ...usual,
  entryPoints: Object.entries(libraries).map(([out, library]) => ({ in: library, out })),
  outdir: join(dirname(outfile), 'libraries'),
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // What a module knows of itself, for packages that are none of CommonJS.
  define: { 'import.meta.url': 'urlOfThisFile' },
  banner: { js: "const urlOfThisFile = require('node:url').pathToFileURL(__filename).href;" },
  plugins: [leanBuiltins, leanKafka],
})
const inputs = [program, beside].flatMap(({ metafile }) => Object.keys(metafile.inputs))
writeFileSync(join(dirname(outfile), 'THIRD-PARTY-LICENSES.txt'), licenceTexts(inputs))

// Read as `new URL('./recordings/…', import.meta.url)`: beside the source there, beside the bundle here.
const recordings = join(root, 'src', 'demo', 'recordings')
if (existsSync(recordings)) cpSync(recordings, join(dirname(outfile), 'recordings'), { recursive: true })

process.stdout.write(`${outfile}: ${Math.round(statSync(outfile).size / 1024)} KiB\n`)

/** `KUBE_EVENTER_COMMIT` where the build has no repository (an image's build), else what git says, else ''. */
function commit(): string {
  const given = process.env['KUBE_EVENTER_COMMIT']
  if (given) return given
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return ''
  }
}

/** The licence of each package that a bundled file came from: they ask to be passed on with the code. */
function licenceTexts(bundledFiles: readonly string[]): string {
  const packages = new Set(
    bundledFiles.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  )
  const texts = [...packages].toSorted().map((folder) => {
    const manifest = join(root, folder, 'package.json')
    const title = `${manifestField(manifest, 'name')} ${manifestField(manifest, 'version')}`
    const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name))
    const text = file
      ? readFileSync(join(root, folder, file), 'utf8').trim()
      : manifestField(manifest, 'license')
    return `== ${title}\n\n${text}\n`
  })
  return texts.join('\n')
}

function manifestField(file: string, field: string): string {
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const value: unknown =
    typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, field) : undefined
  if (typeof value !== 'string') throw new Error(`${file} has no ${field}`)
  return value
}
