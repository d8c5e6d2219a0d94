/** A real Kubernetes control plane for a test: etcd and kube-apiserver with RBAC, on free ports of 127.0.0.1. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request as httpRequest } from 'undici'
import { findControlPlane } from './control-plane-binaries.ts'
import { freePorts, startProcess, until } from './processes.ts'
import type { OwnedProcess } from './processes.ts'

const adminToken = 'the-token-of-the-admin'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Answer {
  readonly status: number
  readonly body: string
}

/** A rule of a ClusterRole. */
export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

export interface ServiceAccountToken {
  readonly token: string
  /** Makes this one token invalid; resolves once the API server refuses it. */
  revoke(): Promise<void>
}

export interface CreatedEvent {
  readonly uid: string
  readonly resourceVersion: string
}

export interface ControlPlane {
  /** `https://127.0.0.1:PORT` */
  readonly url: string
  readonly host: string
  readonly port: number
  readonly caFile: string
  readonly adminToken: string
  /** Asks the API server, as the admin unless `token` says otherwise. Answers whatever the status. */
  ask(method: Method, path: string, body?: unknown, token?: string): Promise<Answer>
  createNamespace(name: string): Promise<void>
  createServiceAccount(namespace: string, name: string): Promise<void>
  /** A token of the ServiceAccount, valid for ten minutes (the least that Kubernetes gives) or until revoked. */
  createServiceAccountToken(namespace: string, name: string): Promise<ServiceAccountToken>
  /** Creates a ClusterRole and binds it to the ServiceAccount; resolves once the API server goes by it. */
  applyClusterRole(
    name: string,
    rules: readonly Rule[],
    account: { namespace: string; name: string },
  ): Promise<void>
  /** A Warning about the pod `object` (`web-0` unless told). */
  createEvent(namespace: string, name: string, message: string, object?: string): Promise<CreatedEvent>
  /** Sets message and count, as a recorder does when something happens again. */
  updateEvent(namespace: string, name: string, message: string, count: number): Promise<CreatedEvent>
  deleteEvent(namespace: string, name: string): Promise<void>
  /** The version that a list of events has now. */
  eventsVersion(): Promise<string>
  /** Forgets etcd's history up to now: a watch from an older version meets 410. */
  compact(): Promise<void>
  /** Ends the API server without warning, as a crash does. etcd stays. */
  killApiServer(): Promise<void>
  startApiServer(): Promise<void>
  close(): Promise<void>
}

/** Starts both servers, in about 8 s. Close it in any case. */
export async function startControlPlane(): Promise<ControlPlane> {
  const binaries = findControlPlane()
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-control-plane-'))
  const [apiPort = 0, etcdPort = 0, peerPort = 0] = await freePorts(3)
  const url = `https://127.0.0.1:${apiPort}`
  const etcdUrl = `http://127.0.0.1:${etcdPort}`
  const caFile = join(folder, 'pki', 'apiserver.crt')
  writeCredentials(folder)

  const etcd = startEtcd(binaries.etcd, folder, etcdUrl, `http://127.0.0.1:${peerPort}`)
  let apiServer: OwnedProcess | undefined
  let agent = new Agent()

  const ask: ControlPlane['ask'] = async (method, path, body, token = adminToken) => {
    const { statusCode, body: answer } = await httpRequest(`${url}${path}`, {
      method,
      dispatcher: agent,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headersTimeout: 10_000,
    })
    return { status: statusCode, body: await answer.text() }
  }

  const startApiServer = async (): Promise<void> => {
    const started = startProcess(
      'kube-apiserver',
      binaries.kubeApiserver,
      apiServerFlags(folder, apiPort, etcdUrl),
    )
    apiServer = started
    await until(
      'the API server',
      async () => {
        await agent.destroy()
        agent = new Agent({ allowH2: false, connect: { ca: readFileSync(caFile) } })
        const ready = await ask('GET', '/readyz')
        if (ready.status !== 200) throw new Error(ready.body)
        // Until its bootstrap hooks are done the namespace is missing and every create answers 404.
        return (await ask('GET', '/api/v1/namespaces/default')).status === 200
      },
      [etcd, started],
      120_000,
    )
  }

  const close = async (): Promise<void> => {
    await agent.destroy()
    await apiServer?.stop('SIGKILL')
    await etcd.stop('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await until('etcd', async () => (await httpRequest(`${etcdUrl}/health`)).statusCode === 200, [etcd])
    await startApiServer()
  } catch (error) {
    await close()
    throw error
  }

  return {
    url,
    host: '127.0.0.1',
    port: apiPort,
    caFile,
    adminToken,
    ask,
    startApiServer,
    close,
    ...objects(ask),
    compact: async () => {
      // etcd serves its gRPC API as JSON too, so that no etcdctl is needed.
      const revision = textAt(await askEtcd(etcdUrl, 'kv/range', { key: 'AA==' }), 'header', 'revision')
      await askEtcd(etcdUrl, 'kv/compaction', { revision, physical: true })
    },
    killApiServer: async () => {
      await apiServer?.stop('SIGKILL')
    },
  }
}

/** Keys that sign ServiceAccounts' tokens, and the admin's own token. */
function writeCredentials(folder: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  writeFileSync(join(folder, 'sa.key'), privateKey, { mode: 0o600 })
  writeFileSync(join(folder, 'sa.pub'), publicKey)
  writeFileSync(join(folder, 'tokens.csv'), `${adminToken},admin,admin,"system:masters"\n`, { mode: 0o600 })
}

function startEtcd(command: string, folder: string, clientUrl: string, peerUrl: string): OwnedProcess {
  return startProcess('etcd', command, [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
  ])
}

function apiServerFlags(folder: string, port: number, etcdUrl: string): string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    `--cert-dir=${join(folder, 'pki')}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--service-account-key-file=${join(folder, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    // No controller manager runs that would give a namespace its default ServiceAccount.
    '--disable-admission-plugins=ServiceAccount',
    '--event-ttl=1h',
  ]
}

/** What the tests create in the cluster. */
function objects(
  ask: ControlPlane['ask'],
): Omit<
  ControlPlane,
  | 'url'
  | 'host'
  | 'port'
  | 'caFile'
  | 'adminToken'
  | 'ask'
  | 'compact'
  | 'close'
  | 'killApiServer'
  | 'startApiServer'
> {
  const asked = async (method: Method, path: string, body?: unknown): Promise<unknown> => {
    const answer = await ask(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`)
    return JSON.parse(answer.body)
  }
  const stateOf = (event: unknown): CreatedEvent => ({
    uid: textAt(event, 'metadata', 'uid'),
    resourceVersion: textAt(event, 'metadata', 'resourceVersion'),
  })
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  let secrets = 0

  return {
    createNamespace: async (name) => {
      await asked('POST', '/api/v1/namespaces', { metadata: { name } })
    },
    createServiceAccount: async (namespace, name) => {
      await asked('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } })
    },
    createServiceAccountToken: async (namespace, name) => {
      // A token bound to an object is invalid once the object is gone: here a Secret, made for that alone.
      const secret = `bound-${name}-${++secrets}`
      const secretPath = `/api/v1/namespaces/${namespace}/secrets`
      const uid = textAt(await asked('POST', secretPath, { metadata: { name: secret } }), 'metadata', 'uid')
      const request = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          expirationSeconds: 600,
          boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: secret, uid },
        },
      }
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
      const token = textAt(await asked('POST', path, request), 'status', 'token')
      return {
        token,
        revoke: async () => {
          await asked('DELETE', `${secretPath}/${secret}`)
          // The API server remembers a valid token for 10 s.
          const refused = async (): Promise<boolean> =>
            (await ask('GET', '/api', undefined, token)).status === 401
          await until('the revoked token to be refused', refused)
        },
      }
    },
    applyClusterRole: async (name, rules, account) => {
      await asked('POST', `${rbac}/clusterroles`, { metadata: { name }, rules })
      await asked('POST', `${rbac}/clusterrolebindings`, {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', namespace: account.namespace, name: account.name }],
      })
      const user = `system:serviceaccount:${account.namespace}:${account.name}`
      const [rule] = rules
      if (rule === undefined) return
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user,
          resourceAttributes: { group: rule.apiGroups[0], resource: rule.resources[0], verb: rule.verbs[0] },
        },
      }
      await until('the role to count', async () => {
        const answer = await asked('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review)
        return at(answer, 'status', 'allowed') === true
      })
    },
    createEvent: async (namespace, name, message, object = 'web-0') => {
      const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
      const event = {
        metadata: { name, namespace },
        involvedObject: { kind: 'Pod', apiVersion: 'v1', namespace, name: object },
        reason: 'BackOff',
        message,
        type: 'Warning',
        count: 1,
        firstTimestamp: now,
        lastTimestamp: now,
        source: { component: 'kubelet', host: 'node-1' },
      }
      return stateOf(await asked('POST', `/api/v1/namespaces/${namespace}/events`, event))
    },
    updateEvent: async (namespace, name, message, count) =>
      stateOf(await asked('PATCH', `/api/v1/namespaces/${namespace}/events/${name}`, { message, count })),
    deleteEvent: async (namespace, name) => {
      await asked('DELETE', `/api/v1/namespaces/${namespace}/events/${name}`)
    },
    eventsVersion: async () =>
      textAt(await asked('GET', '/api/v1/events?limit=1'), 'metadata', 'resourceVersion'),
  }
}

async function askEtcd(etcdUrl: string, path: string, body: unknown): Promise<unknown> {
  const { statusCode, body: answer } = await httpRequest(`${etcdUrl}/v3/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (statusCode !== 200) throw new Error(`etcd ${path}: ${statusCode} ${text}`)
  return JSON.parse(text)
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value
  for (const name of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = Object.getOwnPropertyDescriptor(here, name)?.value
  }
  return here
}

function textAt(value: unknown, ...path: readonly string[]): string {
  const text = at(value, ...path)
  if (typeof text !== 'string') throw new Error(`no ${path.join('.')} in ${JSON.stringify(value)}`)
  return text
}
