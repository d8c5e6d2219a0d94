/**
 * Where kube-apiserver, kubectl and etcd come from: `KUBEBUILDER_ASSETS`, as everywhere in this ecosystem, else
 * the first two are built once with Go into a cache folder and etcd is Debian's.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { findOnPath, installDebianPackages } from './debian.ts'
import { demandGo, downloadGoModule, go } from './go.ts'

const kubernetesVersion = '1.34.4'

/** Commands of k8s.io/kubernetes that are built here. */
type Built = 'kube-apiserver' | 'kubectl'

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

/**
 * The kubectl of the control plane's own version: Debian's is years older than the API server.
 * @throws Error that says how to get it.
 */
export function findKubectl(): string {
  const kubectl = existing(placeOf('kubectl'))
  if (kubectl === undefined)
    throw new Error(
      'no kubectl: `npm run test:servers` builds it, or set KUBEBUILDER_ASSETS to a folder that has it',
    )
  return kubectl
}

/** Installs what is missing. The first build of kube-apiserver takes some minutes. */
export async function installControlPlane(print: (line: string) => void): Promise<void> {
  await install(['kube-apiserver'], print)
  const { kubeApiserver, etcd } = findControlPlane()
  print(`${kubeApiserver}, ${etcd}`)
}

/** As installControlPlane, with kubectl; what is missing of both is built in one go, which saves a minute. */
export async function installControlPlaneAndKubectl(print: (line: string) => void): Promise<void> {
  await install(['kube-apiserver', 'kubectl'], print)
  const { kubeApiserver, etcd } = findControlPlane()
  print(`${kubeApiserver}, ${etcd}, ${findKubectl()}`)
}

async function install(commands: readonly Built[], print: (line: string) => void): Promise<void> {
  if (candidates().etcd === undefined) installDebianPackages(['etcd-server'], print)
  const missing = commands.filter((command) => !existsSync(placeOf(command)))
  if (missing.length > 0) await buildCommands(missing, print)
}

function candidates(): Partial<ControlPlaneBinaries> {
  const assets = process.env['KUBEBUILDER_ASSETS']
  return {
    kubeApiserver: existing(placeOf('kube-apiserver')),
    etcd: assets ? existing(join(assets, 'etcd')) : findOnPath('etcd'),
  }
}

function existing(path: string): string | undefined {
  return existsSync(path) ? path : undefined
}

function placeOf(command: Built): string {
  const assets = process.env['KUBEBUILDER_ASSETS']
  return assets ? join(assets, command) : join(cacheFolder(), `${command}-v${kubernetesVersion}`)
}

/** Builds in a Go module of its own, outside the work tree; a finished file is moved into place at once. */
async function buildCommands(commands: readonly Built[], print: (line: string) => void): Promise<void> {
  const names = commands.join(' and ')
  if (process.env['KUBEBUILDER_ASSETS'])
    throw new Error(`KUBEBUILDER_ASSETS names a folder without ${names}: put it there, or unset the variable`)
  demandGo(names)
  const folder = join(cacheFolder(), `build-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  try {
    const { goMod } = downloadGoModule(`k8s.io/kubernetes@v${kubernetesVersion}`)
    print(`building ${names} v${kubernetesVersion}, once: up to six minutes on two cores`)
    const packages = commands.map((command) => `k8s.io/kubernetes/cmd/${command}`)
    const imports = packages.map((name) => `import _ "${name}"\n`).join('')
    writeFileSync(join(folder, 'go.mod'), goModule(readFileSync(goMod, 'utf8')))
    writeFileSync(join(folder, 'tools.go'), `//go:build tools\n\npackage tools\n\n${imports}`)
    await go(['mod', 'tidy'], folder, print)
    await go(['build', '-o', `${folder}/`, ...packages], folder, print)
    for (const command of commands) renameSync(join(folder, command), placeOf(command))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
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
