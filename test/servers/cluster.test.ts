/** The whole program against a real API server, with the rights that the original's manifest gives. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { startControlPlane } from './control-plane.ts'
import { needs } from './needs.ts'
import { until } from './processes.ts'
import { startProgram } from './program.ts'
import { startReceiver } from './receiver.ts'
import { layServiceAccountDirectory, whyNotInCluster } from './service-account-directory.ts'
import type { ControlPlane, Rule, ServiceAccountToken } from './control-plane.ts'
import type { Program } from './program.ts'
import type { Receiver } from './receiver.ts'

/** The ClusterRole that the original ships. */
const rules: readonly Rule[] = [
  { apiGroups: [''], resources: ['events', 'configmaps'], verbs: ['get', 'list', 'watch'] },
]

describe('the program against a real API server', { skip: needs('a Kubernetes control plane') }, () => {
  let cluster: ControlPlane
  let receiver: Receiver
  let folder: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kube-eventer-cluster-'))
    receiver = await startReceiver()
    cluster = await startControlPlane()
  })
  after(async () => {
    await cluster?.close()
    await receiver?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A namespace of the test's own, a ServiceAccount in it, and all that the program is given. */
  async function laySite(namespace: string): Promise<Site> {
    const site = join(folder, namespace)
    mkdirSync(site)
    await cluster.createNamespace(namespace)
    await cluster.createServiceAccount(namespace, 'kube-eventer')
    const tokenFile = join(site, 'token')
    const kubeconfig = join(site, 'kubeconfig')
    writeFileSync(kubeconfig, kubeconfigText(cluster, tokenFile))
    const sink = `webhook:${receiver.url}/${namespace}?method=POST&level=Normal&namespaces=${namespace}`
    return {
      namespace,
      folder: site,
      tokenFile,
      args: [
        `--source=kubernetes:?inClusterConfig=false&localKubeConfig=${kubeconfig}`,
        `--sink=${sink}`,
        `--data-dir=${join(site, 'data')}`,
      ],
      sinkArgument: `--sink=${sink}`,
      told: () => receiver.bodies(`/${namespace}`).map(messageOf),
      allow: () =>
        cluster.applyClusterRole(`kube-eventer-${namespace}`, rules, { namespace, name: 'kube-eventer' }),
      giveToken: async () => {
        const given = await cluster.createServiceAccountToken(namespace, 'kube-eventer')
        // In one step, as the kubelet does: nobody reads half a token.
        writeFileSync(`${tokenFile}.new`, given.token)
        renameSync(`${tokenFile}.new`, tokenFile)
        return given
      },
    }
  }

  async function start(
    test: TestContext,
    args: readonly string[],
    env?: Record<string, string>,
  ): Promise<Program> {
    const program = await startProgram(args, env)
    test.after(() => program.process.stop('SIGKILL'))
    return program
  }

  async function restartApiServer(): Promise<void> {
    await cluster.killApiServer()
    await cluster.startApiServer()
  }

  it('runs as in a pod: tells what is added and modified, not what was there or is deleted', async (test) => {
    const why = whyNotInCluster()
    if (why !== undefined) return test.skip(why)
    const site = await laySite('in-cluster')
    await site.allow()
    await site.giveToken()
    writeFileSync(join(site.folder, 'ca.crt'), readFileSync(cluster.caFile))
    writeFileSync(join(site.folder, 'namespace'), site.namespace)
    test.after(layServiceAccountDirectory(site.folder))
    await cluster.createEvent(site.namespace, 'before', 'there before the start')

    const program = await start(test, ['--source=kubernetes:https://kubernetes.default', site.sinkArgument], {
      KUBERNETES_SERVICE_HOST: cluster.host,
      KUBERNETES_SERVICE_PORT: String(cluster.port),
    })
    await program.ready()
    await cluster.createEvent(site.namespace, 'one', 'added')
    await cluster.updateEvent(site.namespace, 'one', 'modified', 2)
    await cluster.deleteEvent(site.namespace, 'one')
    await cluster.createEvent(site.namespace, 'last', 'the last one')
    await until('the last event', () => site.told().includes('the last one'), [program.process])
    assert.deepEqual(site.told(), ['added', 'modified', 'the last one'])
    assert.equal(await program.process.stop('SIGTERM'), 0)
  })

  it('delivers each of a thousand events once', async (test) => {
    const site = await laySite('thousand')
    await site.allow()
    await site.giveToken()
    const program = await start(test, site.args)
    await program.ready()
    const create = async (creator: number): Promise<void> => {
      for (let n = creator; n < 1000; n += 20)
        await cluster.createEvent(site.namespace, `event-${n}`, `number ${n}`, `web-${n % 50}`)
    }
    await Promise.all(Array.from({ length: 20 }, (_, creator) => create(creator)))
    await until('a thousand deliveries', () => site.told().length >= 1000, [program.process])
    // What would come twice has come by the time that the program has stopped: it finishes what is in flight.
    assert.equal(await program.process.stop('SIGTERM'), 0)
    assert.deepEqual(site.told().toSorted(), Array.from({ length: 1000 }, (_, n) => `number ${n}`).toSorted())
  })

  it('tells what is there already, each once, when asked to look back', async (test) => {
    const site = await laySite('look-back')
    await site.allow()
    await site.giveToken()
    const messages = Array.from({ length: 30 }, (_, n) => `old ${n}`)
    for (const [n, message] of messages.entries())
      await cluster.createEvent(site.namespace, `event-${n}`, message)
    const program = await start(test, [...site.args, '--look-back=all'])
    await program.ready()
    await cluster.createEvent(site.namespace, 'new', 'new')
    messages.push('new')
    await until('the new event', () => site.told().includes('new'), [program.process])
    await until('the old ones', () => site.told().length >= messages.length, [program.process])
    assert.equal(await program.process.stop('SIGTERM'), 0)
    assert.deepEqual(site.told().toSorted(), messages.toSorted())
  })

  it('goes on after a compaction that happened while it was stopped, telling each state once', async (test) => {
    const site = await laySite('compaction')
    await site.allow()
    await site.giveToken()
    const first = await start(test, site.args)
    await first.ready()
    await cluster.createEvent(site.namespace, 'kept', 'before the stop')
    await until('the first event', () => site.told().length === 1, [first.process])
    assert.equal(await first.process.stop('SIGTERM'), 0)

    const version = await cluster.eventsVersion()
    await cluster.createEvent(site.namespace, 'changed', 'overwritten before anyone could see it')
    await cluster.updateEvent(site.namespace, 'changed', 'while stopped: changed', 2)
    await cluster.updateEvent(site.namespace, 'kept', 'while stopped: again', 2)
    await cluster.createEvent(site.namespace, 'made', 'while stopped: made')
    await cluster.compact()
    const watch = `/api/v1/events?watch=true&timeoutSeconds=1&resourceVersion=${version}`
    assert.match((await cluster.ask('GET', watch)).body, /"code":410/)

    const second = await start(test, site.args)
    await second.ready()
    await cluster.createEvent(site.namespace, 'last', 'after the restart')
    await until('the last event', () => site.told().includes('after the restart'), [second.process])
    await until('all of them', () => site.told().length >= 5, [second.process])
    assert.equal(await second.process.stop('SIGTERM'), 0)
    assert.deepEqual(site.told().toSorted(), [
      'after the restart',
      'before the stop',
      'while stopped: again',
      'while stopped: changed',
      'while stopped: made',
    ])
  })

  it('loses and repeats nothing when the API server crashes', async (test) => {
    const site = await laySite('crash')
    await site.allow()
    await site.giveToken()
    const program = await start(test, site.args)
    await program.ready()
    await cluster.createEvent(site.namespace, 'one', 'before the crash')
    await restartApiServer()
    await cluster.createEvent(site.namespace, 'two', 'after the crash')
    await cluster.updateEvent(site.namespace, 'one', 'changed after the crash', 2)
    await until('what came after', () => site.told().length >= 3, [program.process])
    await program.ready()
    assert.equal(await program.process.stop('SIGTERM'), 0)
    assert.deepEqual(site.told().toSorted(), [
      'after the crash',
      'before the crash',
      'changed after the crash',
    ])
  })

  it('follows its rotated token, and says so while it has none that counts', async (test) => {
    const site = await laySite('rotation')
    await site.allow()
    const old = await site.giveToken()
    const program = await start(test, site.args)
    await program.ready()
    await cluster.createEvent(site.namespace, 'one', 'with the first token')
    await until('the first event', () => site.told().includes('with the first token'), [program.process])

    const next = await site.giveToken()
    await old.revoke()
    await restartApiServer() // An open watch is not asked for its token again.
    await cluster.createEvent(site.namespace, 'two', 'with the second token')
    await until('the second event', () => site.told().includes('with the second token'), [program.process])

    await next.revoke()
    await restartApiServer()
    await cluster.createEvent(site.namespace, 'three', 'while no token counts')
    await until('/readyz to fail', async () => /401/.test((await program.ask('/readyz')).body), [
      program.process,
    ])
    assert.equal((await program.ask('/readyz')).status, 503)
    assert.equal((await program.ask('/healthz')).status, 200)
    await site.giveToken()
    await program.ready()
    await until('the third event', () => site.told().includes('while no token counts'), [program.process])
    assert.equal(await program.process.stop('SIGTERM'), 0)
    assert.equal(site.told().length, 3)
  })

  it('works as installed: the package has all that it needs', async (test) => {
    const site = await laySite('installed')
    await site.allow()
    await site.giveToken()
    const program = await startProgram([...site.args, '--look-back=all'], {}, installPackage(site.folder))
    test.after(() => program.process.stop('SIGKILL'))
    await program.ready()
    await cluster.createEvent(site.namespace, 'one', 'from the package')
    await until('the event', () => site.told().includes('from the package'), [program.process])
    assert.equal(await program.process.stop('SIGTERM'), 0)
  })

  it('names the missing rule, is not ready, and works as soon as the rule is there', async (test) => {
    const site = await laySite('rbac')
    await site.giveToken()
    const program = await start(test, site.args)
    const rule = /apiGroups:.*resources:.*events.*verbs:.*watch/s
    await until('the rule in the log', () => rule.test(program.process.output()), [program.process])
    assert.equal((await program.ask('/readyz')).status, 503)
    assert.equal((await program.ask('/healthz')).status, 200)
    await site.allow()
    await program.ready()
    await cluster.createEvent(site.namespace, 'one', 'allowed now')
    await until('the event', () => site.told().includes('allowed now'), [program.process])
    assert.equal(await program.process.stop('SIGTERM'), 0)
  })
})

/** Packs the project as npm would publish it, unpacks it without its dependencies, answers its launcher. */
function installPackage(target: string): string {
  const root = join(import.meta.dirname, '..', '..')
  execFileSync('npm', ['pack', '--silent', `--pack-destination=${target}`], { cwd: root, encoding: 'utf8' })
  const archive = readdirSync(target).find((name) => name.endsWith('.tgz'))
  assert.ok(archive !== undefined)
  execFileSync('tar', ['xf', archive], { cwd: target })
  return join(target, 'package', 'bin', 'kube-eventer')
}

interface Site {
  readonly namespace: string
  readonly folder: string
  readonly tokenFile: string
  /** Source, sink and data directory. The sink tells this namespace alone. */
  readonly args: readonly string[]
  readonly sinkArgument: string
  /** The messages that the receiver got, in order. */
  told(): readonly string[]
  /** Gives the ServiceAccount the original's ClusterRole. */
  allow(): Promise<void>
  /** Puts a new token of the ServiceAccount into the file that the program reads. */
  giveToken(): Promise<ServiceAccountToken>
}

/** The message in the sink's default body. Every state that a test makes has a message of its own. */
function messageOf(body: string): string {
  const told: unknown = JSON.parse(body)
  assert.ok(typeof told === 'object' && told !== null && 'EventMessage' in told, body)
  return String(told.EventMessage)
}

function kubeconfigText(cluster: ControlPlane, tokenFile: string): string {
  return `apiVersion: v1
kind: Config
current-context: test
contexts: [{ name: test, context: { cluster: test, user: kube-eventer } }]
clusters: [{ name: test, cluster: { server: '${cluster.url}', certificate-authority: '${cluster.caFile}' } }]
users: [{ name: kube-eventer, user: { tokenFile: '${tokenFile}' } }]
`
}
