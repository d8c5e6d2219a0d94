/** The Helm chart: linted, rendered, applied to a real API server, and its pod run from the unpacked image. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { parse } from 'yaml'
import { readImageConfig } from '../../scripts/image-oci.ts'
import { rbac } from '../../src/cli/rbac.ts'
import { keptIo } from '../commands/io.ts'
import {
  argsOf,
  chartFolder,
  documentedValues,
  exampleNames,
  parseManifests,
  readExample,
  render as renderWith,
  secretOf,
  type KubernetesObject,
  type Rendering,
} from '../deploy/helm-chart.ts'
import { dashboardFile, rulesFile } from '../deploy/monitoring-files.ts'
import { nodeProblems } from '../deploy/node-problems.ts'
import { whyNoContainer } from './container.ts'
import { startControlPlane, type ControlPlane } from './control-plane.ts'
import { findHelm, prometheusOperatorCrds } from './helm-binary.ts'
import { layRootFs } from './image.ts'
import { kubectl } from './kubectl.ts'
import { needs } from './needs.ts'
import { makePod, type Node } from './pod.ts'
import { until, type OwnedProcess } from './processes.ts'
import { startRobots, type Robots } from './robots.ts'

const namespace = 'kube-system'
/** What "within five seconds" is held by. */
const promisedMs = 5_000

const render = (values: string, settings: readonly string[] = []): Rendering =>
  renderWith(findHelm(), values, settings)

/** An example as it is, but for the addresses, at which the test's own robots listen. */
function example(name: string): string {
  return readExample(name)
    .replaceAll('oapi.dingtalk.com', 'robot.example.test')
    .replaceAll(/(?:qyapi\.weixin\.qq\.com|hooks\.example\.test)/g, 'group.example.test')
}

/** Roles and bindings, in the words in which two manifests can be compared. */
function privileges(objects: readonly KubernetesObject[]): readonly string[] {
  return objects
    .filter(({ kind }) => /Role/.test(kind))
    .map(({ kind, metadata, ...rest }) => {
      const { rules, roleRef, subjects } = rest
      const place = `${kind} ${metadata.namespace ?? ''}/${metadata.name}`
      return `${place} ${JSON.stringify({ rules, roleRef, subjects: sortedKeys(subjects) })}`
    })
    .toSorted()
}

function sortedKeys(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null), (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

describe('the Helm chart, rendered', { skip: needs('helm') }, () => {
  it('has nothing that helm lint complains of', () => {
    for (const name of exampleNames) {
      const values = join(chartFolder, 'examples', name)
      const said = execFileSync(findHelm(), ['lint', '--strict', chartFolder, '--values', values], {
        encoding: 'utf8',
      })
      assert.match(said, /0 chart\(s\) failed/)
    }
  })

  it('takes the values that the documentation shows', () => {
    assert.ok(documentedValues().length > 0)
    for (const { place, text } of documentedValues()) assert.doesNotThrow(() => render(text), place)
  })

  it('refuses values that are misspelt', () => {
    for (const setting of [
      'sinsk=1',
      'image.tga=1',
      'otherSinks[0]=https://hooks.example.test/',
      'sinks[0].type=log',
      'persistence.enabled=maybe',
      'config.sinks=x',
    ]) {
      assert.throws(
        () => render('', [setting]),
        /values don't meet the specifications of the schema/,
        setting,
      )
    }
  })

  const sink = 'webhook:https://hooks.example.test/?method=POST&level=Warning&token=very-secret'
  for (const [what, values] of [
    ['otherSinks', JSON.stringify({ otherSinks: [sink] })],
    ['OtherSinks, a text', JSON.stringify({ OtherSinks: sink })],
    ['OtherSinks, a list of flags', JSON.stringify({ OtherSinks: [`--sink=${sink}`] })],
    ['sinks', JSON.stringify({ sinks: [sink] })],
  ] as const) {
    it(`keeps a sink of a command line out of the Deployment: ${what}`, () => {
      const rendering = render(values)
      assert.deepEqual(argsOf(rendering).slice(1), ['--sink=webhook:$KUBE_EVENTER_SINK_0'])
      assert.equal(secretOf(rendering)['KUBE_EVENTER_SINK_0'], sink.slice('webhook:'.length))
      const elsewhere = rendering.objects.filter(({ kind }) => kind !== 'Secret')
      assert.doesNotMatch(JSON.stringify(elsewhere), /very-secret/)
    })
  }

  it('leaves a sink that names a variable of env to the program, which expands no value twice', () => {
    const values = {
      otherSinks: [
        'webhook:https://h.example.test/?key=$KEY',
        'log',
        'webhook:https://h.example.test/?p=a$KEYS',
      ],
    }
    const rendering = render(JSON.stringify({ ...values, env: [{ name: 'KEY', value: 'x' }] }))
    assert.deepEqual(argsOf(rendering).slice(1), [
      '--sink=webhook:https://h.example.test/?key=$KEY',
      '--sink=log',
      '--sink=webhook:$KUBE_EVENTER_SINK_2',
    ])
  })

  for (const name of exampleNames) {
    it(`allows what kube-eventer rbac prints for the same configuration, and nothing more: ${name}`, async (test) => {
      const rendering = render(readExample(name), [
        'rbac.configMaps[0].namespace=ops',
        'rbac.configMaps[0].name=elsewhere',
      ])
      const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-helm-'))
      test.after(() => rmSync(folder, { recursive: true, force: true }))
      const config = join(folder, 'config.yaml')
      const { 'config.yaml': text = '', ...env } = secretOf(rendering)
      writeFileSync(config, text)
      const ofSecret = 'https://h.example.test/?method=POST'
      const io = keptIo({ env: { ...env, KUBE_EVENTER_SECRET_SINK_0: ofSecret } })
      const sinks = argsOf(rendering).filter((argument) => argument.startsWith('--sink='))
      const elsewhere =
        '--sink=webhook:https://h.example.test/?method=POST&custom_body_configmap=elsewhere&custom_body_configmap_namespace=ops'
      assert.equal(await rbac([`--config=${config}`, ...sinks, elsewhere], io), 0, io.stderr())
      assert.deepEqual(privileges(rendering.objects), privileges(parseManifests(io.stdout())))
    })
  }

  it('allows nothing here for what is read elsewhere', () => {
    const far = { name: 'far', type: 'kubernetes', kubeconfig: '/etc/far' }
    const near = { name: 'near', type: 'kubernetes', namespace: 'shop' }
    const otherSinks = ['webhook:https://h.example.test/?method=POST&custom_body_configmap=body']
    const rolesOf = (...sources: readonly object[]): readonly string[] =>
      render(JSON.stringify({ sources, otherSinks }))
        .objects.filter(({ kind }) => kind.endsWith('Role'))
        .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`)
    // ConfigMaps are read from the cluster of the first source.
    assert.deepEqual(rolesOf(far, near), ['Role shop'])
    assert.deepEqual(rolesOf(near, far), ['Role shop', 'Role default'])
    assert.deepEqual(rolesOf({ name: 'played', type: 'recording', file: '/data/one.ndjson' }), [])
  })

  it('carries the alerts and the dashboard as they are', () => {
    const { objects } = render('', ['prometheusRule.enabled=true', 'dashboard.enabled=true'])
    const rule = objects.find(({ kind }) => kind === 'PrometheusRule')
    assert.deepEqual(rule?.['spec'], parse(readFileSync(rulesFile, 'utf8')))
    const dashboard = objects.find(({ kind }) => kind === 'ConfigMap')
    const expected = { 'kube-eventer.json': readFileSync(dashboardFile, 'utf8') }
    assert.deepEqual(dashboard?.['data'], expected)
  })

  it('gives releases in two namespaces roles of their own', () => {
    const names = (place: string): readonly string[] =>
      renderWith(findHelm(), '', [], place)
        .objects.filter(({ kind }) => kind === 'ClusterRole')
        .map(({ metadata }) => metadata.name)
    assert.deepEqual(names('kube-system'), ['kube-eventer'])
    assert.deepEqual(names('ops'), ['ops:kube-eventer'])
  })
})

describe(
  'the Helm chart in a cluster',
  { skip: needs('a Kubernetes control plane') || whyNoContainer() },
  () => {
    let folder: string
    let robots: Robots
    let cluster: ControlPlane
    let node: Node

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'kube-eventer-helm-'))
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
      const path = `/api/v1/namespaces/${namespace}`
      await until('the namespace kube-system', async () => (await cluster.ask('GET', path)).status === 200)
      for (const name of ['shop', 'payments']) await cluster.createNamespace(name)
      for (const file of prometheusOperatorCrds())
        await kubectl(cluster, ['apply', '--server-side', '-f', file])
      await kubectl(cluster, ['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all'])
      const robotsOf = ['nodes=token-of-nodes', 'workloads=token-of-workloads'].concat(
        'wecom=https://group.example.test/send?key=k1&level=Warning&method=POST',
      )
      const literals = robotsOf.map((literal) => `--from-literal=${literal}`)
      await kubectl(cluster, ['-n', namespace, 'create', 'secret', 'generic', 'robots', ...literals])
    })
    after(async () => {
      await cluster?.close()
      await robots?.close()
      if (folder) rmSync(folder, { recursive: true, force: true })
    })

    /** Applies a rendering for one test, every field validated. */
    async function install(test: TestContext, { text }: Rendering): Promise<void> {
      await kubectl(cluster, ['apply', '--server-side', '--validate=strict', '-f', '-'], text)
      test.after(() => kubectl(cluster, ['delete', '--wait=false', '--ignore-not-found', '-f', '-'], text))
    }

    async function start(test: TestContext): Promise<OwnedProcess> {
      const pod = await makePod(node, cluster, namespace, 'kube-eventer')
      test.after(() => pod.remove())
      await until('port 8084 to be free', async () => !(await isOpen(8084)))
      const started = pod.start()
      test.after(() => started.stop('SIGKILL'))
      const isReady = async (): Promise<boolean> =>
        (await fetch('http://127.0.0.1:8084/readyz')).status === 200
      await until('/readyz', isReady, [started])
      return started
    }

    for (const name of exampleNames) {
      it(`is taken by an API server that validates every field: ${name}`, async (test) => {
        const everything = ['serviceMonitor', 'prometheusRule', 'dashboard', 'networkPolicy', 'persistence']
        await install(
          test,
          render(
            readExample(name),
            everything.map((part) => `${part}.enabled=true`),
          ),
        )
      })
    }

    it('is admitted under the restricted Pod Security Standard', async () => {
      const { objects } = render(readExample('production.yaml'))
      const strict = 'restricted'
      const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
      const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: strict, labels } }
      await kubectl(cluster, ['apply', '-f', '-'], JSON.stringify(made))
      const deployment = JSON.parse(JSON.stringify(objects.find(({ kind }) => kind === 'Deployment')))
      const { template } = deployment.spec
      delete template.spec.priorityClassName
      const pod = { ...template, metadata: { ...template.metadata, name: 'one' } }
      const answer = await cluster.ask('POST', `/api/v1/namespaces/${strict}/pods?dryRun=All`, pod)
      assert.equal(answer.status, 201, answer.body)
    })

    it('is installed, upgraded and removed by helm; only what the program cannot read anew makes a new pod', async () => {
      const access = [
        '--namespace=by-helm',
        `--kube-apiserver=${cluster.url}`,
        `--kube-ca-file=${cluster.caFile}`,
        `--kube-token=${cluster.adminToken}`,
        '--kubeconfig=/dev/null',
      ]
      const helm = (command: readonly string[], values?: object): void => {
        const input = JSON.stringify(values ?? {})
        const taken = values === undefined ? [] : [chartFolder, '--values=-']
        execFileSync(findHelm(), [...command, 'kube-eventer', ...taken, ...access], { input, stdio: 'pipe' })
      }
      const ask = (what: string, path: string): Promise<string> =>
        kubectl(cluster, ['-n', 'by-helm', 'get', what, 'kube-eventer', '-o', `jsonpath={${path}}`])
      const generation = (): Promise<string> => ask('deployment', '.metadata.generation')
      const withSink = (level: string, ...otherSinks: readonly string[]): object => ({
        sinks: [{ name: 'one', type: 'log', filters: { level } }],
        otherSinks,
        persistence: { enabled: true },
      })

      await cluster.createNamespace('by-helm')
      helm(['install'], withSink('Warning'))
      assert.equal(await generation(), '1')
      const config = await ask('secret', '.data.config\\.yaml')
      helm(['upgrade'], withSink('Normal'))
      assert.notEqual(await ask('secret', '.data.config\\.yaml'), config)
      assert.equal(await generation(), '1')
      helm(['upgrade'], withSink('Normal', 'webhook:https://h.example.test/?method=POST'))
      assert.equal(await generation(), '2')
      helm(['uninstall'])
      await assert.rejects(generation(), /not found/)
      assert.equal(await ask('pvc', '.spec.resources.requests.storage'), '1Gi')
    })

    let events = 0
    for (const [name, place, places] of [
      ['drop-in.yaml', 'shop', 2],
      ['one-namespace.yaml', 'payments', 1],
      ['production.yaml', 'shop', 1],
    ] as const) {
      it(`delivers within five seconds, from the unpacked image with the rights it gives: ${name}`, async (test) => {
        const body = { content: '{"body of our own": "{{ .Message }}"}' }
        for (const [where, called] of [
          [namespace, 'custom-webhook-body'],
          ['shop', 'alert-body'],
        ] as const) {
          const configMap = {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: called, namespace: where },
            data: body,
          }
          await kubectl(cluster, ['apply', '-f', '-'], JSON.stringify(configMap))
        }
        await install(test, render(example(name)))
        const started = await start(test)
        const message = `container web failed, number ${++events}.`
        await cluster.createEvent(place, `web-0.${events}`, message)
        const told = (): readonly string[] =>
          robots.told.filter((one) => one.body.includes(message)).map((one) => one.body)
        await until('the alerts', () => told().length === places, [started], promisedMs)
        if (name !== 'production.yaml') assert.ok(told().some((one) => one.includes('body of our own')))
        assert.equal(await started.stop('SIGTERM'), 0)
        assert.doesNotMatch(started.output(), /example-token|example-key|key=k1/)
      })
    }

    it('tells what node-problem-detector finds to those who look after nodes', async (test) => {
      await install(test, render(example('node-problem-detector.yaml')))
      const started = await start(test)
      for (const { event } of nodeProblems) {
        const { status, body } = await cluster.ask('POST', '/api/v1/namespaces/default/events', event)
        assert.equal(status, 201, body)
      }
      const toldBy = (token: string): string =>
        robots.told.flatMap(({ url, body }) => (url.includes(token) ? body : [])).join('\n')
      const troubles = nodeProblems.filter(({ isTrouble }) => isTrouble).map(({ reason }) => reason)
      const missing = (): readonly string[] =>
        troubles.filter((reason) => !toldBy('token-of-nodes').includes(reason))
      await until('every trouble', () => missing().length === 0, [started])
      assert.equal(await started.stop('SIGTERM'), 0)
      for (const { reason, isTrouble } of nodeProblems)
        if (!isTrouble) assert.ok(!toldBy('token-of-nodes').includes(reason), reason)
      assert.equal(toldBy('token-of-workloads'), '')
    })
  },
)

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
