/** Runs the pod of a Deployment as a kubelet would: its image, command, environment, volumes, user and token. */
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writeContainerScript } from './container.ts'
import { startProcess } from './processes.ts'
import type { Mount } from './container.ts'
import type { ControlPlane } from './control-plane.ts'
import type { OwnedProcess } from './processes.ts'

const keyRefSchema = z.object({ name: z.string(), key: z.string() })
const containerSchema = z.object({
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).default([]),
  env: z
    .array(
      z.object({
        name: z.string(),
        value: z.string().default(''),
        valueFrom: z.object({ secretKeyRef: keyRefSchema }).optional(),
      }),
    )
    .default([]),
  volumeMounts: z
    .array(z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().default(false) }))
    .default([]),
  securityContext: z.object({ readOnlyRootFilesystem: z.boolean().default(false) }).optional(),
})
const volumeSchema = z.object({
  name: z.string(),
  hostPath: z.object({ path: z.string() }).optional(),
  emptyDir: z.object({}).optional(),
  persistentVolumeClaim: z.object({ claimName: z.string() }).optional(),
  configMap: z.object({ name: z.string() }).optional(),
  secret: z
    .object({
      secretName: z.string(),
      items: z.array(z.object({ key: z.string(), path: z.string() })).optional(),
    })
    .optional(),
})
const podSpecSchema = z.object({
  serviceAccountName: z.string(),
  containers: z.array(containerSchema).length(1),
  volumes: z.array(volumeSchema).default([]),
  securityContext: z
    .object({
      runAsUser: z.number().optional(),
      runAsGroup: z.number().optional(),
      fsGroup: z.number().optional(),
    })
    .default({}),
})

/** What a node gives to its pods: the unpacked image and what its configuration says, names, a folder of its own. */
export interface Node {
  readonly folder: string
  readonly rootFs: string
  readonly image: { readonly entrypoint: readonly string[]; readonly env: readonly string[] }
  /** /etc/hosts of each pod. */
  readonly hosts: string
  /** Mounted into each pod besides. */
  readonly mounts: readonly Mount[]
}

export interface Pod {
  /** Starts its container; with the same volumes, but a fresh root, if it is not the first time. */
  start(): OwnedProcess
  /** Ends what is the pod's own. Persistent volumes stay in the node's folder. */
  remove(): void
}

/** Makes the pod that the Deployment's template describes, as the API server has it. */
export async function makePod(
  node: Node,
  cluster: ControlPlane,
  namespace: string,
  deployment: string,
): Promise<Pod> {
  const got = await asked(cluster, `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}`)
  const spec = z.object({ spec: z.object({ template: z.object({ spec: podSpecSchema }) }) }).parse(got).spec
    .template.spec
  const [container] = spec.containers
  if (container === undefined) throw new Error('a pod without a container')
  const folder = join(node.folder, `pod-${deployment}-${++pods}`)
  mkdirSync(folder)
  const token = await layToken(folder, cluster, namespace, spec.serviceAccountName)
  const hosts = join(folder, 'hosts')
  writeFileSync(hosts, node.hosts)

  const volumes = new Map<string, string>()
  for (const volume of spec.volumes)
    volumes.set(volume.name, await layVolume(volume, folder, node, cluster, namespace))
  for (const [name, path] of volumes) ownByGroup(path, spec.volumes, name, spec.securityContext.fsGroup)

  const env: Record<string, string> = {
    ...Object.fromEntries(node.image.env.map((line) => line.split(/=(.*)/s))),
    KUBERNETES_SERVICE_HOST: cluster.host,
    KUBERNETES_SERVICE_PORT: String(cluster.port),
  }
  for (const { name, value, valueFrom } of container.env)
    env[name] = valueFrom
      ? await secretValue(cluster, namespace, valueFrom.secretKeyRef)
      : expanded(value, env)

  const mounts = container.volumeMounts.map(({ name, mountPath, readOnly }): Mount => {
    const source = volumes.get(name)
    if (source === undefined) throw new Error(`no volume ${name}`)
    return { source, target: mountPath, readOnly }
  })
  const { runAsUser = 1000, runAsGroup = 1000, fsGroup } = spec.securityContext
  const rootFs = join(folder, 'root')
  const script = join(folder, 'container')
  const command = [...(container.command ?? node.image.entrypoint), ...container.args]
  return {
    start: () => {
      rmSync(rootFs, { recursive: true, force: true })
      execFileSync('cp', ['-a', node.rootFs, rootFs])
      writeContainerScript(script, {
        rootFs,
        user: runAsUser,
        group: runAsGroup,
        groups: fsGroup === undefined ? [] : [fsGroup],
        env,
        readOnlyRoot: container.securityContext?.readOnlyRootFilesystem ?? false,
        mounts: [
          ...node.mounts,
          { source: hosts, target: '/etc/hosts', readOnly: false },
          { source: token, target: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
          ...mounts,
        ],
      })
      return startProcess(
        deployment,
        script,
        command.map((word) => expanded(word, env)),
      )
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

let pods = 0

/** `$(NAME)` as Kubernetes expands it: what names no variable stays. */
function expanded(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\((\w+)\)/g, (all, name: string) => env[name] ?? all)
}

async function layToken(
  folder: string,
  cluster: ControlPlane,
  namespace: string,
  account: string,
): Promise<string> {
  const target = join(folder, 'token')
  mkdirSync(target)
  const { token } = await cluster.createServiceAccountToken(namespace, account)
  writeFileSync(join(target, 'token'), token)
  writeFileSync(join(target, 'ca.crt'), readFileSync(cluster.caFile))
  writeFileSync(join(target, 'namespace'), namespace)
  return target
}

/** The folder or file of the host that stands for a volume. */
async function layVolume(
  volume: z.infer<typeof volumeSchema>,
  folder: string,
  node: Node,
  cluster: ControlPlane,
  namespace: string,
): Promise<string> {
  const { name, hostPath, emptyDir, persistentVolumeClaim, configMap, secret } = volume
  if (hostPath) {
    if (!existsSync(hostPath.path)) throw new Error(`this machine has no ${hostPath.path}: install tzdata`)
    return hostPath.path
  }
  const path = join(persistentVolumeClaim ? node.folder : folder, `volume-${name}`)
  mkdirSync(path, { recursive: true })
  if (emptyDir) chmodSync(path, 0o777)
  if (secret) {
    for (const { key, path: at } of secret.items ?? [])
      writeFileSync(join(path, at), await secretValue(cluster, namespace, { name: secret.secretName, key }))
  } else if (configMap) {
    const { data } = z
      .object({ data: z.record(z.string(), z.string()) })
      .parse(await asked(cluster, `/api/v1/namespaces/${namespace}/configmaps/${configMap.name}`))
    for (const [key, value] of Object.entries(data)) writeFileSync(join(path, key), value)
  } else if (!emptyDir && !persistentVolumeClaim) {
    throw new Error(`the volume ${name} is of a kind that is not known here`)
  }
  return path
}

/** What fsGroup does to volumes that a pod writes: they belong to the group, and so does what is made in them. */
function ownByGroup(
  path: string,
  volumes: readonly z.infer<typeof volumeSchema>[],
  name: string,
  fsGroup: number | undefined,
): void {
  const volume = volumes.find((one) => one.name === name)
  if (fsGroup === undefined || !(volume?.emptyDir ?? volume?.persistentVolumeClaim)) return
  chownSync(path, 0, fsGroup)
  chmodSync(path, volume?.emptyDir ? 0o2777 : 0o2775)
}

async function secretValue(
  cluster: ControlPlane,
  namespace: string,
  { name, key }: z.infer<typeof keyRefSchema>,
): Promise<string> {
  const { data } = z
    .object({ data: z.record(z.string(), z.string()) })
    .parse(await asked(cluster, `/api/v1/namespaces/${namespace}/secrets/${name}`))
  const value = data[key]
  if (value === undefined) throw new Error(`the Secret ${name} has no ${key}`)
  return Buffer.from(value, 'base64').toString()
}

async function asked(cluster: ControlPlane, path: string): Promise<unknown> {
  const { status, body } = await cluster.ask('GET', path)
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${body}`)
  return JSON.parse(body)
}
