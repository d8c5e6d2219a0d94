/**
 * Where kube-apiserver and etcd come from: `KUBEBUILDER_ASSETS`, as everywhere in this ecosystem, else
 * kube-apiserver is built once with Go into a cache folder and etcd is Debian's.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { findOnPath, installDebianPackages } from './debian.ts'

const kubernetesVersion = '1.34.4'

export interface ControlPlaneBinaries {
  readonly kubeApiserver: string
  readonly etcd: string
}

/**
 * The binaries that are there already.
 * @throws Error that names what is missing and how to get it.
 */
export function findControlPlane(): ControlPlaneBinaries {
  const { kubeApiserver, etcd } = candidates()
  if (kubeApiserver === undefined || etcd === undefined) {
    const missing = [kubeApiserver ?? 'kube-apiserver', etcd ?? 'etcd'].filter(
      (name) => !name.startsWith('/'),
    )
    throw new Error(
      `no ${missing.join(', no ')}: \`npm run test:servers\` installs it, or set KUBEBUILDER_ASSETS to a folder that has it`,
    )
  }
  return { kubeApiserver, etcd }
}

/** Installs what is missing. The first build of kube-apiserver takes some minutes. */
export async function installControlPlane(print: (line: string) => void): Promise<void> {
  if (candidates().etcd === undefined) installDebianPackages(['etcd-server'], print)
  if (candidates().kubeApiserver === undefined) await buildKubeApiserver(print)
  const { kubeApiserver, etcd } = findControlPlane()
  print(`${kubeApiserver}, ${etcd}`)
}

function candidates(): Partial<ControlPlaneBinaries> {
  const assets = process.env['KUBEBUILDER_ASSETS']
  if (assets)
    return { kubeApiserver: existing(join(assets, 'kube-apiserver')), etcd: existing(join(assets, 'etcd')) }
  return { kubeApiserver: existing(builtKubeApiserver()), etcd: findOnPath('etcd') }
}

function existing(path: string): string | undefined {
  return existsSync(path) ? path : undefined
}

function builtKubeApiserver(): string {
  return join(cacheFolder(), `kube-apiserver-v${kubernetesVersion}`)
}

/** Builds in a Go module of its own, outside the work tree; the finished file is moved into place at once. */
async function buildKubeApiserver(print: (line: string) => void): Promise<void> {
  if (findOnPath('go') === undefined)
    throw new Error('kube-apiserver is built with Go, which is not on the PATH: install Go 1.24 or newer')
  const folder = join(cacheFolder(), `build-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  try {
    print(`building kube-apiserver v${kubernetesVersion}, once: about five minutes on two cores`)
    writeFileSync(join(folder, 'go.mod'), goModule(await goModFileOfKubernetes(folder)))
    writeFileSync(
      join(folder, 'tools.go'),
      '//go:build tools\n\npackage tools\n\nimport _ "k8s.io/kubernetes/cmd/kube-apiserver"\n',
    )
    await go(['mod', 'tidy'], folder, print)
    await go(['build', '-o', 'kube-apiserver', 'k8s.io/kubernetes/cmd/kube-apiserver'], folder, print)
    renameSync(join(folder, 'kube-apiserver'), builtKubeApiserver())
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function goModFileOfKubernetes(folder: string): Promise<string> {
  const { status, stdout, stderr } = spawnSync(
    'go',
    ['mod', 'download', '-json', `k8s.io/kubernetes@v${kubernetesVersion}`],
    { cwd: folder, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`k8s.io/kubernetes cannot be downloaded:\n${stdout}${stderr}`)
  const answer: unknown = JSON.parse(stdout)
  if (typeof answer === 'object' && answer !== null && 'GoMod' in answer && typeof answer.GoMod === 'string')
    return readFileSync(answer.GoMod, 'utf8')
  throw new Error(`go mod download answered without GoMod: ${stdout}`)
}

/**
 * k8s.io/kubernetes replaces its sibling modules by `./staging/…`, which counts only in its own tree: here
 * each is named at the matching version instead (v1.34.4 goes with v0.34.4).
 */
function goModule(goModOfKubernetes: string): string {
  const siblingVersion = kubernetesVersion.replace(/^1\./, '0.')
  const siblings = [...goModOfKubernetes.matchAll(/^\s+(k8s\.io\/[a-z-]+) => \.\/staging/gm)].map(
    ([, name]) => `\t${name} => ${name} v${siblingVersion}`,
  )
  if (siblings.length === 0) throw new Error('the go.mod of k8s.io/kubernetes names no staging modules')
  return [
    'module example.test/controlplane',
    '',
    'go 1.24.0',
    '',
    `require k8s.io/kubernetes v${kubernetesVersion}`,
    '',
    'replace (',
    ...siblings,
    ')',
    '',
  ].join('\n')
}

/** Runs go, and says every half minute that it still does. */
async function go(args: readonly string[], cwd: string, print: (line: string) => void): Promise<void> {
  const startedAtMs = performance.now()
  const elapsed = (): string => `${Math.round((performance.now() - startedAtMs) / 1000)} s`
  const progress = setInterval(() => print(`  go ${args[0]}: ${elapsed()}`), 30_000)
  try {
    const { promise, resolve, reject } = Promise.withResolvers<number | null>()
    const child = spawn('go', args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000)
    })
    child.on('error', reject).on('close', resolve)
    const code = await promise
    if (code !== 0) throw new Error(`go ${args.join(' ')} failed (${code}):\n${said}`)
    print(`  go ${args[0]}: done in ${elapsed()}`)
  } finally {
    clearInterval(progress)
  }
}
