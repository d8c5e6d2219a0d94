/** `rbac`: manifests that allow what a configuration needs, and nothing more. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { rbac } from '../../src/cli/rbac.ts'
import { keptIo } from './io.ts'

interface Asked {
  readonly code: number
  readonly err: string
  /** Kind and name of each manifest: `Role shop/kube-eventer`, with the rules if it is a role. */
  readonly manifests: readonly string[]
}

async function ask(...argv: string[]): Promise<Asked> {
  const io = keptIo()
  const code = await rbac(argv, io)
  const documents: unknown[] = parseAllDocuments(io.stdout()).map((document) => document.toJS())
  return { code, err: io.stderr(), manifests: documents.map(shortly) }
}

function shortly(manifest: unknown): string {
  assert.ok(typeof manifest === 'object' && manifest !== null && 'kind' in manifest && 'metadata' in manifest)
  const { namespace, name } = JSON.parse(JSON.stringify(manifest.metadata))
  const title = `${String(manifest.kind)} ${namespace === undefined ? '' : `${namespace}/`}${name}`
  if ('rules' in manifest) return `${title}: ${JSON.stringify(manifest.rules).replaceAll('"', '')}`
  if ('roleRef' in manifest && 'subjects' in manifest) {
    const { kind, name: role } = JSON.parse(JSON.stringify(manifest.roleRef))
    const [subject] = JSON.parse(JSON.stringify(manifest.subjects))
    return `${title}: ${kind} ${role} to ${subject.kind} ${subject.namespace}/${subject.name}`
  }
  return title
}

function configFile(test: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-rbac-'))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'config.yaml')
  writeFileSync(path, text)
  return path
}

const account = 'ServiceAccount kube-system/kube-eventer'
const events = '[{apiGroups:[],resources:[events],verbs:[get,list,watch]}]'
const configMap = (names: string): string =>
  `{apiGroups:[],resources:[configmaps],resourceNames:[${names}],verbs:[get,watch]}`
const to = 'to ServiceAccount kube-system/kube-eventer'
const everywhere = [
  account,
  `ClusterRole kube-eventer: ${events}`,
  `ClusterRoleBinding kube-eventer: ClusterRole kube-eventer ${to}`,
]
const hook = (query: string): string => `--sink=webhook:https://hooks.example.test/?method=POST&${query}`

describe('rbac', () => {
  it('allows to read all events where nothing narrows the source, and no ConfigMap that nobody needs', async () => {
    const { code, err, manifests } = await ask('--source=kubernetes:https://kubernetes.default', '--sink=log')
    assert.deepEqual({ code, err, manifests }, { code: 0, err: '', manifests: everywhere })
  })

  it('allows nothing outside of the namespace that is watched', async () => {
    const { manifests } = await ask('--source=kubernetes:?namespace=shop', '--sink=log')
    assert.deepEqual(manifests, [
      account,
      `Role shop/kube-eventer: ${events}`,
      `RoleBinding shop/kube-eventer: Role kube-eventer ${to}`,
    ])
  })

  it('allows to read each ConfigMap that a sink takes its body from, by its name, once', async () => {
    const { manifests } = await ask(
      '--source=kubernetes:?namespace=shop',
      hook('custom_body_configmap=b&custom_body_configmap_namespace=shop'),
      hook('custom_body_configmap=a&custom_body_configmap_namespace=shop&kinds=Pod'),
      hook('custom_body_configmap=b&custom_body_configmap_namespace=shop&kinds=Node'),
      hook('custom_body_configmap=c'),
    )
    assert.deepEqual(manifests, [
      account,
      `Role shop/kube-eventer: ${events.slice(0, -1)},${configMap('a,b')}]`,
      `RoleBinding shop/kube-eventer: Role kube-eventer ${to}`,
      `Role default/kube-eventer: [${configMap('c')}]`,
      `RoleBinding default/kube-eventer: Role kube-eventer ${to}`,
    ])
  })

  it('takes two sources of one cluster together', async () => {
    const pod = ['--source=kubernetes:https://kubernetes.default?namespace=a', '--sink=log']
    const both = await ask(...pod, '--source=kubernetes:?cluster=b&namespace=b')
    assert.deepEqual(
      both.manifests.map((text) => text.split(':')[0]),
      [
        account,
        'Role a/kube-eventer',
        'RoleBinding a/kube-eventer',
        'Role b/kube-eventer',
        'RoleBinding b/kube-eventer',
      ],
    )
    const all = await ask(...pod, '--source=kubernetes:?cluster=b')
    assert.deepEqual(all.manifests, everywhere)
  })

  it('asks which of several clusters, since each has an account of its own; ConfigMaps are the first one’s', async () => {
    const both = [
      '--source=kubernetes:?cluster=near',
      '--source=kubernetes:?cluster=far&inClusterConfig=false&localKubeConfig=/etc/far&namespace=shop',
      hook('custom_body_configmap=body'),
    ]
    const neither = await ask(...both)
    assert.deepEqual([neither.code, neither.manifests], [2, []])
    assert.match(neither.err, /--cluster: the sources watch 2 clusters[^]*name one of near, far/)
    assert.match((await ask(...both, '--cluster=nowhere')).err, /no source has this name/)
    const near = await ask(...both, '--cluster=near')
    assert.ok(near.manifests.includes(`Role default/kube-eventer: [${configMap('body')}]`))
    const far = await ask(...both, '--cluster=far')
    assert.deepEqual(
      far.manifests.map((text) => text.split(':')[0]),
      [account, 'Role shop/kube-eventer', 'RoleBinding shop/kube-eventer'],
    )
  })

  it('keeps programs of two namespaces apart', async () => {
    const { manifests } = await ask(
      '--source=kubernetes:',
      '--sink=log',
      '--namespace',
      'ops',
      '--service-account=watcher',
    )
    assert.deepEqual(manifests, [
      'ServiceAccount ops/watcher',
      `ClusterRole ops:watcher: ${events}`,
      'ClusterRoleBinding ops:watcher: ClusterRole ops:watcher to ServiceAccount ops/watcher',
    ])
    const wrong = await ask('--source=kubernetes:', '--sink=log', '--namespace=Not OK')
    assert.deepEqual([wrong.code, wrong.manifests], [2, []])
    assert.match(wrong.err, /--namespace: it is no name of Kubernetes/)
  })

  it('reads a file whose secrets are elsewhere', async (test) => {
    const path = configFile(
      test,
      `sources: [{ name: here, type: kubernetes }]
sinks:
  - name: alerts
    type: webhook
    options:
      url: { env: NOT_SET_HERE }
      headers: { Authorization: { file: /not/there } }
      templateConfigMap: ops/body
`,
    )
    const { code, err, manifests } = await ask('--config', path)
    assert.deepEqual([code, err], [0, ''])
    assert.deepEqual(manifests.slice(0, 3), everywhere)
    assert.equal(manifests[3], `Role ops/kube-eventer: [${configMap('body')}]`)
  })

  it('leaves a sink out that is wrong, as a run does, and says so', async () => {
    const { code, err, manifests } = await ask(
      '--source=kubernetes:',
      '--sink=nope:https://x.example.test/',
      '--sink=log',
    )
    assert.deepEqual([code, manifests], [2, everywhere])
    assert.match(err, /there is no sink nope/)
  })

  it('prints nothing where nothing could be run', async (test) => {
    const path = configFile(test, 'sources: [{ name: here, type: kubernets }]\n')
    for (const argv of [
      [`--config=${path}`],
      ['--config=/not/there.yaml'],
      ['--sink=log'],
      ['--source=recording:x', '--sink=log'],
    ]) {
      const { code, err, manifests } = await ask(...argv)
      assert.deepEqual([code, manifests], [2, []], argv.join(' '))
      assert.match(err, /^error/m)
    }
  })
})
