/** The manifests, ours and published ones, applied to a real API server; their pods run from the unpacked image. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseAllDocuments, parseDocument, stringify } from 'yaml'
import { z } from 'zod'
import { readRecording } from '../../src/recording/recording.ts'
import { readImageConfig } from '../../scripts/image-oci.ts'
import { whyNoContainer } from './container.ts'
import { startControlPlane } from './control-plane.ts'
import { layRootFs } from './image.ts'
import { kubectl as runKubectl } from './kubectl.ts'
import { needs } from './needs.ts'
import { makePod } from './pod.ts'
import { until } from './processes.ts'
import { peakMemoryMiB } from '../harness/program.ts'
import { startRobots } from './robots.ts'
import type { TestContext } from 'node:test'
import type { ControlPlane } from './control-plane.ts'
import type { Node, Pod } from './pod.ts'
import type { OwnedProcess } from './processes.ts'
import type { Robots, Told } from './robots.ts'

const root = join(import.meta.dirname, '..', '..')
const ours = (name: string): string => join(root, 'deploy', 'kubernetes', name)
const published = (name: string): string => join(root, 'test', 'deploy', 'published', name)
const namespace = 'kube-system'
/** What "within five seconds" is held by; the original promises thirty. */
const promisedMs = 5_000
const health = 'http://127.0.0.1:8084'

const dingtalk =
  'dingtalk:https://robot.example.test/robot/send?access_token=0123abcd&label=prod&level=Warning'
const wecom =
  'webhook:http://group.example.test/send?key=k0&level=Warning&header=Content-Type=application/json&custom_body_configmap=custom-webhook-body&custom_body_configmap_namespace=kube-system&method=POST'

describe(
  'the manifests against a real API server',
  {
    skip: needs('a Kubernetes control plane') || whyNoContainer(),
  },
  () => {
    let folder: string
    let robots: Robots
    let cluster: ControlPlane
    let node: Node

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'kube-eventer-deploy-'))
      const rootFs = join(folder, 'image')
      layRootFs(rootFs)
      robots = await startRobots(folder)
      cluster = await startControlPlane()
      const { Entrypoint: entrypoint, Env: env } = readImageConfig()
      node = {
        folder,
        rootFs,
        image: { entrypoint, env },
        hosts: robots.hosts,
        mounts: [
          { source: robots.certificates, target: '/etc/ssl/certs/ca-certificates.crt', readOnly: true },
        ],
      }
      await until(
        kubeSystem,
        async () => (await cluster.ask('GET', `/api/v1/namespaces/${namespace}`)).status === 200,
      )
      await cluster.createNamespace('shop')
      // What the published manifests take for granted.
      await kubectl(['apply', '-f', '-'], foundation)
    })
    after(async () => {
      await cluster?.close()
      await robots?.close()
      if (folder) rmSync(folder, { recursive: true, force: true })
    })

    const kubectl = (args: readonly string[], input?: string): Promise<string> =>
      runKubectl(cluster, args, input)

    /** Applies a manifest for one test. */
    async function applyFor(test: TestContext, manifest: string): Promise<void> {
      await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], manifest)
      test.after(() => kubectl(['delete', '--wait=false', '--ignore-not-found', '-f', '-'], manifest))
    }

    /** The Secret that our manifests take the sink from. */
    async function sayWhere(test: TestContext, sink: string): Promise<void> {
      await kubectl([
        '-n',
        namespace,
        'create',
        'secret',
        'generic',
        'kube-eventer',
        `--from-literal=sink=${sink}`,
      ])
      test.after(() => kubectl(['-n', namespace, 'delete', 'secret', 'kube-eventer']))
    }

    async function pod(test: TestContext): Promise<Pod> {
      const made = await makePod(node, cluster, namespace, 'kube-eventer')
      test.after(() => made.remove())
      return made
    }

    /** Starts the container; resolves once it watches. */
    async function start(test: TestContext, made: Pod): Promise<OwnedProcess> {
      await until('port 8084 to be free', async () => !(await isOpen(8084)))
      const started = made.start()
      test.after(() => started.stop('SIGKILL'))
      await until('the watch', () => started.output().includes('source watches events'), [started])
      return started
    }

    async function ready(started: OwnedProcess): Promise<void> {
      await until('/readyz', async () => (await fetch(`${health}/readyz`)).status === 200, [started])
    }

    let events = 0
    /** A new Warning about a pod; answers its message, which no other has. */
    async function happens(): Promise<string> {
      const message = `container web failed, number ${++events}.`
      await cluster.createEvent('shop', `web-0.${events}`, message)
      return message
    }

    async function isTold(started: OwnedProcess, message: string, timeoutMs = promisedMs): Promise<Told> {
      const find = (): Told | undefined => robots.told.find(({ body }) => body.includes(message))
      return until('the alert', find, [started], timeoutMs)
    }

    for (const [name, sink] of [
      ['kube-eventer.yaml', dingtalk],
      ['kube-eventer-with-volume.yaml', wecom],
    ] as const) {
      describe(name, () => {
        const manifest = readFileSync(ours(name), 'utf8')

        it('is taken by an API server that validates every field, and under the restricted Pod Security Standard', async (test) => {
          await kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', ours(name)])
          const strict = `restricted-${name.length}`
          const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
          await kubectl(
            ['apply', '-f', '-'],
            stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: strict, labels } }),
          )
          const { template } = deploymentIn(manifest).spec
          const body = { ...template, metadata: { ...template.metadata, name: 'one' } }
          const { status, body: answer } = await cluster.ask(
            'POST',
            `/api/v1/namespaces/${strict}/pods?dryRun=All`,
            body,
          )
          assert.equal(status, 201, answer)
          test.diagnostic(`admitted to ${strict}`)
        })

        it('delivers within five seconds, and its probes say that it is well', async (test) => {
          await sayWhere(test, sink)
          await applyFor(test, manifest)
          const started = await start(test, await pod(test))
          await ready(started)
          const { url, body } = await isTold(started, await happens())
          assert.equal(url, sink === dingtalk ? sink.slice('dingtalk:'.length).split('&')[0] : url)
          assert.match(body, /BackOff/)
          for (const path of probePaths(manifest))
            assert.equal((await fetch(`${health}${path}`)).status, 200, path)
          assert.equal(await started.stop('SIGTERM'), 0)
          assert.doesNotMatch(started.output(), /0123abcd|key=k0/)
        })

        it('tells what happened while its container was killed and started anew', async (test) => {
          // A DingTalk robot's quota counts as used after a restart: its first message waits a minute.
          await sayWhere(test, wecom)
          await applyFor(test, manifest)
          const made = await pod(test)
          const first = await start(test, made)
          await isTold(first, await happens())
          await first.stop('SIGKILL')
          const message = await happens()
          await isTold(await start(test, made), message)
        })
      })
    }

    it('with a volume, a new pod goes on where the old one ended', async (test) => {
      await sayWhere(test, wecom)
      await applyFor(test, readFileSync(ours('kube-eventer-with-volume.yaml'), 'utf8'))
      const first = await start(test, await pod(test))
      await isTold(first, await happens())
      assert.equal(await first.stop('SIGTERM'), 0)
      const message = await happens()
      await isTold(await start(test, await pod(test)), message)
    })

    describe('as published for the original, unchanged', () => {
      for (const name of [
        'deployment.yaml',
        'webhook-configmap.yaml',
        'sls-normal-cluster.yaml',
        'sls-managed-cluster.yaml',
      ]) {
        it(`${name} delivers within five seconds`, async (test) => {
          await applyFor(test, readFileSync(published(name), 'utf8'))
          await delivers(test)
        })
      }

      it('extensions-v1beta1.yaml does, converted as the API converted it', async (test) => {
        await applyFor(test, convertedToAppsV1(readFileSync(published('extensions-v1beta1.yaml'), 'utf8')))
        await delivers(test)
      })

      async function delivers(test: TestContext): Promise<void> {
        const started = await start(test, await pod(test))
        const { body } = await isTold(started, await happens())
        assert.match(body, /BackOff/)
        assert.match(started.output(), /goes with the container/)
        assert.equal(await started.stop('SIGTERM'), 0)
      }
    })

    for (const apply of [['apply'], ['apply', '--server-side', '--force-conflicts']]) {
      it(`takes the original’s place, gains a volume, and gives both back, by kubectl ${apply.join(' ')}`, async (test) => {
        test.after(() =>
          kubectl(['delete', '--wait=false', '--ignore-not-found', '-f', published('deployment.yaml')]),
        )
        const steps = [
          [published('deployment.yaml'), 'RollingUpdate localtime zoneinfo'],
          [ours('kube-eventer.yaml'), 'RollingUpdate journal'],
          [ours('kube-eventer-with-volume.yaml'), 'Recreate journal'],
          [ours('kube-eventer.yaml'), 'RollingUpdate journal'],
          [published('deployment.yaml'), 'RollingUpdate localtime zoneinfo'],
        ] as const
        for (const [manifest, expected] of steps) {
          await kubectl([...apply, '-f', manifest])
          assert.equal(
            await ofDeployment('{.spec.strategy.type} {.spec.template.spec.volumes[*].name}'),
            expected,
          )
        }
      })
    }

    it('takes the original’s place with a volume at once', async (test) => {
      const manifest = ours('kube-eventer-with-volume.yaml')
      test.after(() => kubectl(['delete', '--wait=false', '--ignore-not-found', '-f', manifest]))
      // Not on the server's side: there the rollingUpdate that it gave the Deployment by default is nobody's to remove.
      for (const one of [published('deployment.yaml'), manifest]) await kubectl(['apply', '-f', one])
      assert.equal(await ofDeployment('{.spec.strategy}'), '{"type":"Recreate"}')
    })

    it('is put in the original’s place by its image alone', async (test) => {
      await applyFor(test, readFileSync(published('sls-normal-cluster.yaml'), 'utf8'))
      const image = 'registry.example.test/kube-eventer:0.1.0'
      await kubectl(['-n', namespace, 'set', 'image', 'deployment/kube-eventer', `*=${image}`])
      assert.equal(await ofDeployment('{.spec.template.spec.containers[*].image}'), image)
    })

    const ofDeployment = (path: string): Promise<string> =>
      kubectl(['-n', namespace, 'get', 'deployment', 'kube-eventer', '-o', `jsonpath=${path}`])

    it('stays within the limits of its pod in a storm, and tells every state of every event', async (test) => {
      const manifest = readFileSync(ours('kube-eventer.yaml'), 'utf8')
      await sayWhere(test, wecom)
      await applyFor(test, manifest)
      await applyFor(test, stringify(configMap('{"uid":"{{ .UID }}","version":"{{ .ResourceVersion }}"}')))
      const started = await start(test, await pod(test))
      await ready(started)
      const from = robots.told.length
      const states = await playIncident(cluster, 20)
      const told = (): string[] => robots.told.slice(from).map(({ body }) => body)
      await until('every state', () => new Set(told()).size >= states.length, [started])
      const peakMiB = peakMemoryMiB(started.pid)
      test.diagnostic(`${states.length} Warnings, peak ${Math.round(peakMiB)} MiB`)
      const limit = deploymentIn(manifest).spec.template.spec.containers[0]?.resources.limits.memory
      assert.equal(limit, '250Mi')
      assert.ok(peakMiB < 250, `${peakMiB} MiB`)
      assert.equal(await started.stop('SIGTERM'), 0)
      assert.deepEqual(told().toSorted(), states.toSorted())
    })
  },
)

const kubeSystem = 'the namespace kube-system'
const rights = (account: string): object => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: `events-of-${account}` },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'events-and-configmaps' },
  subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
})
const serviceAccount = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace },
})

/** ServiceAccounts that somebody else made for the older manifests, and the Secret of the log service. */
const foundation = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'events-and-configmaps' },
    rules: [{ apiGroups: [''], resources: ['events', 'configmaps'], verbs: ['get', 'list', 'watch'] }],
  },
  ...['admin', 'ack-node-problem-detector'].flatMap((name) => [serviceAccount(name), rights(name)]),
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'addon.log.token', namespace },
    stringData: { 'addon.token.config': '{"access.key.id":"made-up"}' },
  },
]
  .map((one) => stringify(one))
  .join('---\n')

function configMap(content: string): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'custom-webhook-body', namespace },
    data: { content },
  }
}

const deploymentSchema = z.object({
  kind: z.literal('Deployment'),
  spec: z.object({
    template: z.object({
      metadata: z.looseObject({}),
      spec: z.looseObject({
        containers: z.array(
          z.looseObject({
            resources: z.looseObject({ limits: z.looseObject({ memory: z.string() }) }),
            livenessProbe: z.looseObject({ httpGet: z.looseObject({ path: z.string() }) }),
            readinessProbe: z.looseObject({ httpGet: z.looseObject({ path: z.string() }) }),
          }),
        ),
      }),
    }),
  }),
})

/** The Deployment among a manifest's objects. */
function deploymentIn(manifest: string): z.infer<typeof deploymentSchema> {
  for (const document of parseAllDocuments(manifest)) {
    const read = deploymentSchema.safeParse(document.toJS())
    if (read.success) return read.data
  }
  throw new Error('no Deployment in the manifest')
}

function probePaths(manifest: string): string[] {
  const [container] = deploymentIn(manifest).spec.template.spec.containers
  assert.ok(container)
  return [container.livenessProbe.httpGet.path, container.readinessProbe.httpGet.path]
}

/** What the API server made of it as long as it served both: the selector was the template's labels by default. */
function convertedToAppsV1(manifest: string): string {
  const document = parseDocument(manifest)
  assert.equal(document.get('apiVersion'), 'extensions/v1beta1')
  document.set('apiVersion', 'apps/v1')
  const labels = document.getIn(['spec', 'template', 'metadata', 'labels'])
  document.setIn(['spec', 'selector'], { matchLabels: labels })
  return document.toString()
}

/**
 * Writes the recorded incident to the API server, so many times faster than it was. Answers each state of a Warning
 * that came of it, as the sink's body tells it.
 */
async function playIncident(cluster: ControlPlane, speed: number): Promise<string[]> {
  const recording = join(root, 'src', 'demo', 'recordings', 'incident.ndjson.gz')
  const states = new Set<string>()
  const written = new Map<string, Promise<void>>()
  const namespaces = new Set(['default', namespace, 'shop'])
  let recordedStartMs: number | undefined
  const startMs = performance.now()
  for await (const change of readRecording(recording)) {
    if (change.type !== 'ADDED' && change.type !== 'MODIFIED') continue
    const { uid: _uid, resourceVersion: _version, ...metadata } = change.object.metadata
    const { name = '', namespace: place = 'default' } = metadata
    if (!namespaces.has(place)) {
      namespaces.add(place)
      await cluster.createNamespace(place)
    }
    const atMs = change.arrivedAtMs ?? 0
    recordedStartMs ??= atMs
    const waitMs = startMs + (atMs - recordedStartMs) / speed - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    const put = async (): Promise<void> => {
      const path = `/api/v1/namespaces/${place}/events`
      const event = { ...change.object, metadata }
      const updated = await cluster.ask('PUT', `${path}/${name}`, event)
      const { status, body } = updated.status === 404 ? await cluster.ask('POST', path, event) : updated
      if (status >= 300) throw new Error(`${path}/${name}: ${status} ${body}`)
      const { metadata: now, type } = writtenSchema.parse(JSON.parse(body))
      if (type === 'Warning') states.add(JSON.stringify({ uid: now.uid, version: now.resourceVersion }))
    }
    const key = `${place}/${name}`
    // States of one event in their order; events side by side, as their recorders write them.
    written.set(key, (written.get(key) ?? Promise.resolve()).then(put))
  }
  await Promise.all(written.values())
  return [...states]
}

const writtenSchema = z.object({
  type: z.string(),
  metadata: z.object({ uid: z.string(), resourceVersion: z.string() }),
})

async function isOpen(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
