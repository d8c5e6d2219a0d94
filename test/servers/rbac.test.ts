/** What `kube-eventer rbac` prints is enough for a real API server, and every single verb of it is needed. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { rbac } from '../../src/cli/rbac.ts'
import { keptIo } from '../commands/io.ts'
import { startControlPlane, type ControlPlane, type Method } from './control-plane.ts'
import { kubectl } from './kubectl.ts'
import { needs } from './needs.ts'
import { until } from './processes.ts'
import { startProgram, type Program } from './program.ts'
import { startReceiver, type Receiver } from './receiver.ts'

describe('the least privilege, at a real API server', { skip: needs('a Kubernetes control plane') }, () => {
  let cluster: ControlPlane
  let receiver: Receiver
  let folder: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kube-eventer-rbac-'))
    receiver = await startReceiver()
    cluster = await startControlPlane()
  })
  after(async () => {
    await cluster?.close()
    await receiver?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  interface Site {
    readonly namespace: string
    /** Source, sinks and data directory. */
    readonly args: readonly string[]
    /** The same at another address of the same server: then single events are asked for. */
    readonly argsElsewhere: readonly string[]
    /** Applies what `rbac` prints for `args`, after `change`. */
    allow(change?: (manifests: string) => string): Promise<void>
    start(args?: readonly string[]): Promise<Program>
    /** What the sink with a body from a ConfigMap sent. */
    told(): readonly string[]
    putTemplate(template: string): Promise<void>
  }

  /** `narrow`: only the namespace of the site is watched. */
  async function laySite(test: TestContext, name: string, narrow = false): Promise<Site> {
    const namespace = `rbac-${name}`
    const site = join(folder, namespace)
    mkdirSync(site)
    await cluster.createNamespace(namespace)
    const tokenFile = join(site, 'token')
    const sourceAt = (server: string): string => {
      const kubeconfig = join(site, `kubeconfig-${new URL(server).hostname}`)
      const users = `[{ name: me, user: { tokenFile: '${tokenFile}' } }]`
      const trust = `certificate-authority: '${cluster.caFile}', tls-server-name: kubernetes`
      const clusters = `[{ name: it, cluster: { server: '${server}', ${trust} } }]`
      const contexts = '[{ name: test, context: { cluster: it, user: me } }]'
      writeFileSync(
        kubeconfig,
        `{ apiVersion: v1, kind: Config, current-context: test, contexts: ${contexts}, clusters: ${clusters}, users: ${users} }`,
      )
      const only = narrow ? `&namespace=${namespace}` : ''
      return `--source=kubernetes:?inClusterConfig=false&localKubeConfig=${kubeconfig}${only}`
    }
    const sink =
      `--sink=webhook:${receiver.url}/${namespace}?method=POST&level=Normal&namespaces=${namespace}` +
      `&custom_body_configmap=body&custom_body_configmap_namespace=${namespace}&ke.name=hook`
    const others = [sink, '--sink=log', `--data-dir=${join(site, 'data')}`]
    const args = [sourceAt(cluster.url), ...others]
    const putTemplate = async (content: string): Promise<void> => {
      const metadata = { name: 'body', namespace }
      const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { content } }
      await kubectl(cluster, ['apply', '-f', '-'], JSON.stringify(configMap))
    }
    await putTemplate('first {{ .Message }}')
    return {
      namespace,
      args,
      argsElsewhere: [sourceAt(`https://localhost:${cluster.port}`), ...others],
      allow: async (change = (manifests) => manifests) => {
        const io = keptIo()
        assert.equal(await rbac([...args, `--namespace=${namespace}`], io), 0, io.stderr())
        await kubectl(cluster, ['apply', '-f', '-'], change(io.stdout()))
        const { token } = await cluster.createServiceAccountToken(namespace, 'kube-eventer')
        writeFileSync(tokenFile, token)
      },
      start: async (given = args) => {
        const program = await startProgram(given)
        test.after(() => program.process.stop('SIGKILL'))
        return program
      },
      told: () => receiver.bodies(`/${namespace}`),
      putTemplate,
    }
  }

  const stop = async (program: Program): Promise<void> =>
    assert.equal(await program.process.stop('SIGTERM'), 0, program.process.output())

  for (const narrow of [false, true]) {
    it(`is enough for everything${narrow ? ', in one namespace' : ''}`, async (test) => {
      const site = await laySite(test, narrow ? 'all-narrow' : 'all', narrow)
      await site.allow()
      const first = await site.start()
      await first.ready()
      await cluster.createEvent(site.namespace, 'one', 'one')
      await until('the first event', () => site.told().length === 1, [first.process])
      await site.putTemplate('second {{ .Message }}')
      const taken = (): number => first.process.output().split('the body is made from a template').length - 1
      await until('the changed template', () => taken() === 2, [first.process])
      await cluster.createEvent(site.namespace, 'two', 'two')
      await until('the second event', () => site.told().length === 2, [first.process])
      await stop(first)
      await cluster.createEvent(site.namespace, 'three', 'three')
      await cluster.compact()
      const second = await site.start(site.argsElsewhere)
      await until('the third event', () => site.told().length === 3, [second.process])
      await second.ready()
      await stop(second)
      assert.deepEqual(site.told(), ['first one', 'second two', 'second three'])
    })
  }

  const eventVerbs = 'verbs: ["get", "list", "watch"]'
  for (const [verb, left] of [
    ['list', 'verbs: ["get", "watch"]'],
    ['watch', 'verbs: ["get", "list"]'],
  ] as const) {
    it(`is not enough without ${verb} of events`, async (test) => {
      const site = await laySite(test, `no-${verb}`)
      await site.allow((manifests) => replaced(manifests, eventVerbs, left))
      const program = await site.start()
      await until('the rule in the log', () => /add this rule/.test(program.process.output()), [
        program.process,
      ])
      assert.equal((await program.ask('/readyz')).status, 503)
    })
  }

  it('is not enough without get of events, once the server is at another address', async (test) => {
    const site = await laySite(test, 'no-get')
    await site.allow((manifests) => replaced(manifests, eventVerbs, 'verbs: ["list", "watch"]'))
    const first = await site.start()
    await first.ready()
    await cluster.createEvent(site.namespace, 'one', 'one')
    await until('the first event', () => site.told().length === 1, [first.process])
    await stop(first)
    const second = await site.start(site.argsElsewhere)
    await until('the rule in the log', () => /add this rule/.test(second.process.output()), [second.process])
    assert.equal((await second.ask('/readyz')).status, 503)
  })

  const bodyVerbs = 'verbs: ["get", "watch"]'
  for (const [verb, left, complaint] of [
    ['get', 'verbs: ["watch"]', /add this rule to a Role/],
    ['watch', 'verbs: ["get"]', /may not be watched/],
  ] as const) {
    it(`is not enough without ${verb} of the ConfigMap`, async (test) => {
      const site = await laySite(test, `no-body-${verb}`)
      await site.allow((manifests) => replaced(manifests, bodyVerbs, left))
      const program = await site.start()
      await until('the complaint', () => complaint.test(program.process.output()), [program.process])
    })
  }

  it('lets nobody read another ConfigMap, or anything else', async (test) => {
    const site = await laySite(test, 'nothing-else')
    await site.allow()
    const { token } = await cluster.createServiceAccountToken(site.namespace, 'kube-eventer')
    const home = `/api/v1/namespaces/${site.namespace}`
    const ask = async (method: Method, path: string): Promise<number> =>
      (await cluster.ask(method, path, undefined, token)).status
    await until('the role to count', async () => (await ask('GET', `${home}/configmaps/body`)) === 200)
    for (const path of [
      `${home}/configmaps`,
      `${home}/configmaps/other`,
      `${home}/configmaps?watch=1&timeoutSeconds=1`,
      `${home}/configmaps?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dother`,
      `${home}/secrets`,
      `${home}/pods`,
      '/api/v1/nodes',
    ])
      assert.equal(await ask('GET', path), 403, path)
    assert.equal(await ask('DELETE', `${home}/configmaps/body`), 403)
    assert.equal(await ask('POST', `${home}/events`), 403)
  })
})

function replaced(text: string, part: string, by: string): string {
  assert.ok(text.includes(part), `${text}has no ${part}`)
  return text.replace(part, by)
}
