/** TLS against a real handshake: which certificates are accepted, shown, and taken up when they are rotated. */
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openApiClient, type ApiClient } from './api-client.ts'
import { ApiFault } from './api-fault.ts'
import { resolveAccess } from './auth.ts'
import { haveOpenssl, newCa, type Issued, type TestCa } from './testing/certificates.ts'
import { eventList } from './testing/events.ts'
import { fakeClock } from './testing/fake-clock.ts'
import { sourceOptions } from './testing/running-source.ts'
import { startScriptedApiServer, type ScriptedApiServer } from './testing/scripted-api-server.ts'

const signal = new AbortController().signal

async function faultOf(promise: Promise<unknown>): Promise<ApiFault> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof ApiFault)) assert.fail(`no ApiFault: ${String(error)}`)
  return error
}

async function answers(client: ApiClient, api: ScriptedApiServer): Promise<void> {
  const body = client.get('/api/v1/events?limit=1', signal)
  const request = await api.next()
  request.json(200, eventList(7))
  assert.equal(JSON.parse((await body).toString()).metadata.resourceVersion, '7')
}

describe('TLS', { skip: haveOpenssl ? false : 'openssl is not installed' }, () => {
  let ca: TestCa
  let otherCa: TestCa
  let byAddress: Issued
  let byName: Issued
  let client: Issued
  before(() => {
    ca = newCa()
    otherCa = newCa()
    byAddress = ca.issue('address', ['IP:127.0.0.1'])
    byName = ca.issue('name', ['DNS:kubernetes', 'DNS:kubernetes.default'])
    client = ca.issue('client', [])
  })
  after(() => {
    rmSync(ca.directory, { recursive: true })
    rmSync(otherCa.directory, { recursive: true })
  })

  let count = 0
  /** A service account's directory. */
  function serviceAccount(caPath: string): string {
    const path = join(ca.directory, `account-${count++}`)
    mkdirSync(path)
    copyFileSync(caPath, join(path, 'ca.crt'))
    writeFileSync(join(path, 'token'), 'pod-token')
    return path
  }

  async function inCluster(
    api: ScriptedApiServer,
    directory: string,
    over: Parameters<typeof sourceOptions>[0] = {},
  ): Promise<ApiClient> {
    const clock = fakeClock()
    const access = await resolveAccess(sourceOptions({ inClusterConfig: true, ...over }), {
      env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(api.port) },
      serviceAccountDirectory: directory,
      clock,
    })
    return openApiClient(access, clock)
  }

  async function kubeconfig(api: ScriptedApiServer, cluster: string, user: string): Promise<ApiClient> {
    const path = join(ca.directory, `kubeconfig-${count++}`)
    writeFileSync(
      path,
      `current-context: a
contexts: [{name: a, context: {cluster: b, user: c}}]
clusters: [{name: b, cluster: {server: '${api.url}', ${cluster}}}]
users: [{name: c, user: {${user}}}]
`,
    )
    const clock = fakeClock()
    return openApiClient(await resolveAccess(sourceOptions({ kubeconfig: path }), { env: {}, clock }), clock)
  }

  it("accepts a certificate of the pod's CA, and sends the token", async () => {
    const api = await startScriptedApiServer(byAddress)
    const access = await inCluster(api, serviceAccount(ca.certPath))
    const body = access.get('/version', signal)
    const request = await api.next()
    assert.equal(request.headers.authorization, 'Bearer pod-token')
    request.json(200, {})
    await body
    access.close()
    await api.close()
  })

  it('refuses a certificate of another CA before the token is sent', async () => {
    const api = await startScriptedApiServer(byAddress)
    const access = await inCluster(api, serviceAccount(otherCa.certPath))
    const fault = await faultOf(access.get('/version', signal))
    assert.equal(fault.kind, 'unreachable')
    assert.match(fault.message, /certificate/)
    access.close()
    await api.close()
  })

  it('accepts it if insecure=true', async () => {
    const api = await startScriptedApiServer(byAddress)
    const access = await inCluster(api, serviceAccount(otherCa.certPath), { insecure: true })
    await answers(access, api)
    access.close()
    await api.close()
  })

  it('https://kubernetes.default: a certificate for that name is right at the address of the environment', async () => {
    const api = await startScriptedApiServer(byName)
    const access = await inCluster(api, serviceAccount(ca.certPath), { server: 'https://kubernetes.default' })
    await answers(access, api)
    access.close()
    await api.close()
  })

  it('https://kubernetes.default: so is one for the address', async () => {
    const api = await startScriptedApiServer(byAddress)
    const access = await inCluster(api, serviceAccount(ca.certPath), { server: 'https://kubernetes.default' })
    await answers(access, api)
    access.close()
    await api.close()
  })

  it('https://kubernetes.default: one for neither is not', async () => {
    const api = await startScriptedApiServer(ca.issue('else', ['DNS:elsewhere.example.test']))
    const access = await inCluster(api, serviceAccount(ca.certPath), { server: 'https://kubernetes.default' })
    const fault = await faultOf(access.get('/version', signal))
    assert.match(fault.message, /ERR_TLS_CERT_ALTNAME_INVALID/)
    access.close()
    await api.close()
  })

  it('without such a name asked for, the certificate must be for the address', async () => {
    const api = await startScriptedApiServer(byName)
    const access = await inCluster(api, serviceAccount(ca.certPath))
    assert.match((await faultOf(access.get('/version', signal))).message, /ERR_TLS_CERT_ALTNAME_INVALID/)
    access.close()
    await api.close()
  })

  it('shows a client certificate, from files or inline', async () => {
    const api = await startScriptedApiServer({
      ...byAddress,
      ca: ca.cert,
      requestCert: true,
      rejectUnauthorized: true,
    })
    const inline = await kubeconfig(
      api,
      `certificate-authority-data: ${btoa(ca.cert)}`,
      `client-certificate-data: ${btoa(client.cert)}, client-key-data: ${btoa(client.key)}`,
    )
    await answers(inline, api)
    inline.close()
    // Relative to the kubeconfig.
    const files = await kubeconfig(
      api,
      'certificate-authority: ca.crt',
      'client-certificate: client.crt, client-key: client.key',
    )
    await answers(files, api)
    files.close()
    const none = await kubeconfig(api, 'certificate-authority: ca.crt', '')
    assert.ok(['unreachable', 'reset'].includes((await faultOf(none.get('/version', signal))).kind))
    none.close()
    await api.close()
  })

  it('checks tls-server-name where one is given', async () => {
    const api = await startScriptedApiServer(byName)
    const access = await kubeconfig(
      api,
      'certificate-authority: ca.crt, tls-server-name: kubernetes.default',
      'token: t',
    )
    await answers(access, api)
    access.close()
    await api.close()
  })

  it("takes up the cluster's new CA after a handshake that failed, and is another identity then", async () => {
    const directory = serviceAccount(otherCa.certPath)
    const api = await startScriptedApiServer(byAddress)
    const access = await inCluster(api, directory)
    const identityBefore = access.serverIdentity
    await faultOf(access.get('/version', signal))
    copyFileSync(ca.certPath, join(directory, 'ca.crt'))
    await answers(access, api)
    assert.notEqual(access.serverIdentity, identityBefore)
    access.close()
    await api.close()
  })
})

describe('the identity of a server', () => {
  it('is that of its address and CA, the same at each start', async () => {
    const identity = async (server: string): Promise<string> => {
      const clock = fakeClock()
      const client = await openApiClient(
        await resolveAccess(sourceOptions({ server }), { env: {}, clock }),
        clock,
      )
      client.close()
      return client.serverIdentity
    }
    const first = await identity('http://127.0.0.1:8001')
    assert.equal(await identity('http://127.0.0.1:8001/'), first)
    assert.notEqual(await identity('http://127.0.0.1:8002'), first)
  })
})
