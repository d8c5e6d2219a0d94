/**
 * For tests: what gives keys in Alibaba Cloud, on loopback: the metadata service of a node, with tokens or without, STS,
 * and the file that a managed cluster mounts.
 */
import { createCipheriv, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface CloudKeys {
  readonly id: string
  readonly secret: string
  readonly token: string
  readonly endsAtMs: number
}

export interface CloudOptions {
  /** What the node's role and STS give, anew each time; `undefined`: there is no role. */
  readonly nodeKeys?: () => CloudKeys | undefined
  readonly accountKeys?: () => CloudKeys
  /** `required`: nothing is told without a token. `unknown`: the service knows nothing of tokens. */
  readonly tokens?: 'required' | 'unknown'
}

export interface TestCloud {
  /** Variables that lead the program here. */
  readonly metadataEnv: Readonly<Record<string, string>>
  readonly serviceAccountEnv: Readonly<Record<string, string>>
  /** `PUT /latest/api/token`, `AssumeRoleWithOIDC`, … in order. */
  readonly asked: readonly string[]
  /** Requests get no answer from now on, until it is told otherwise. */
  hang(isHanging: boolean): void
  /** Where the mounted file lies; it is not there before `mountToken`. */
  readonly tokenConfigPath: string
  mountToken(keys: CloudKeys): void
  /** Writes what is no such file. */
  mountText(text: string): void
  close(): Promise<void>
}

export const serviceAccountToken = 'eyJhbGciOiJSUzI1NiJ9.example.service-account'
const roleArn = 'acs:ram::1234567890123456:role/kube-eventer'
const providerArn = 'acs:ram::1234567890123456:oidc-provider/ack-rrsa-c1'
const metadataToken = 'metadata-token'
const keyring = '0123456789abcdef0123456789abcdef'

interface Answer {
  readonly status: number
  readonly body: string
}

export async function startCloud(options: CloudOptions = {}): Promise<TestCloud> {
  const asked: string[] = []
  const folder = mkdtempSync(join(tmpdir(), 'alibaba-cloud-'))
  const tokenFile = join(folder, 'service-account-token')
  writeFileSync(tokenFile, `${serviceAccountToken}\n`)
  const tokenConfigPath = join(folder, 'token-config')
  let isHanging = false
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const isSts = request.method === 'POST'
      const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
      asked.push(isSts ? (form.get('Action') ?? '') : `${request.method} ${request.url}`)
      if (isHanging) return
      const { status, body } = isSts ? assumeRole(form, options) : tell(request, options)
      response.writeHead(status).end(body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  const address = `http://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`
  return {
    metadataEnv: { ALIBABA_CLOUD_IMDS_ENDPOINT: address },
    serviceAccountEnv: {
      ALIBABA_CLOUD_ROLE_ARN: roleArn,
      ALIBABA_CLOUD_OIDC_PROVIDER_ARN: providerArn,
      ALIBABA_CLOUD_OIDC_TOKEN_FILE: tokenFile,
      ALIBABA_CLOUD_STS_ENDPOINT: address,
    },
    asked,
    hang: (now) => {
      isHanging = now
    },
    tokenConfigPath,
    mountToken: (keys) => writeFileSync(tokenConfigPath, tokenConfigOf(keys)),
    mountText: (text) => writeFileSync(tokenConfigPath, text),
    close: async () => {
      if (server.listening) {
        server.close()
        server.closeAllConnections()
        await once(server, 'close')
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function tell(request: IncomingMessage, { tokens = 'required', nodeKeys }: CloudOptions): Answer {
  const { method, url = '', headers } = request
  if (url === '/latest/api/token') {
    if (tokens === 'unknown') return { status: 404, body: 'not found' }
    const ttl = Number(headers['x-aliyun-ecs-metadata-token-ttl-seconds'])
    const isRight = method === 'PUT' && ttl >= 1 && ttl <= 21_600
    return isRight ? { status: 200, body: metadataToken } : { status: 400, body: 'bad token request' }
  }
  if (tokens === 'required' && headers['x-aliyun-ecs-metadata-token'] !== metadataToken) {
    return { status: 403, body: 'forbidden' }
  }
  const keys = nodeKeys?.()
  const roles = '/latest/meta-data/ram/security-credentials/'
  if (url === '/latest/meta-data/region-id') return { status: 200, body: 'cn-test\n' }
  if (url === '/latest/meta-data/owner-account-id') return { status: 200, body: '1234567890123456' }
  if (url === roles && keys) return { status: 200, body: 'KubernetesWorkerRole-1' }
  if (url === `${roles}KubernetesWorkerRole-1` && keys) {
    return { status: 200, body: JSON.stringify({ ...asTold(keys), Code: 'Success' }) }
  }
  return { status: 404, body: '<html>not found</html>' }
}

function assumeRole(form: URLSearchParams, { accountKeys }: CloudOptions): Answer {
  const isComplete =
    form.get('Action') === 'AssumeRoleWithOIDC' &&
    form.get('Version') === '2015-04-01' &&
    form.get('Format') === 'JSON' &&
    /^[\w.@-]{2,64}$/.test(form.get('RoleSessionName') ?? '') &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(form.get('Timestamp') ?? '') &&
    form.has('SignatureNonce')
  if (!isComplete) return { status: 400, body: JSON.stringify({ Code: 'MissingParameter' }) }
  const isRight =
    form.get('RoleArn') === roleArn &&
    form.get('OIDCProviderArn') === providerArn &&
    form.get('OIDCToken') === serviceAccountToken
  const keys = accountKeys?.()
  if (!isRight || !keys) {
    const Message = `token ${form.get('OIDCToken')} is not trusted`
    return { status: 400, body: JSON.stringify({ Code: 'AuthenticationFail.OIDCToken.Invalid', Message }) }
  }
  return { status: 200, body: JSON.stringify({ RequestId: 'R', Credentials: asTold(keys) }) }
}

function asTold({ id, secret, token, endsAtMs }: CloudKeys): Readonly<Record<string, string>> {
  return { AccessKeyId: id, AccessKeySecret: secret, SecurityToken: token, Expiration: timeText(endsAtMs) }
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}/, '')
}

/** As a managed cluster writes it: each value encrypted by the key that stands beside it. */
function tokenConfigOf({ id, secret, token, endsAtMs }: CloudKeys): string {
  const encrypt = (text: string): string => {
    const iv = randomBytes(16)
    const cipher = createCipheriv('aes-256-cbc', keyring, iv)
    return Buffer.concat([iv, cipher.update(text), cipher.final()]).toString('base64')
  }
  return JSON.stringify({
    'access.key.id': encrypt(id),
    'access.key.secret': encrypt(secret),
    'security.token': encrypt(token),
    expiration: timeText(endsAtMs),
    keyring,
  })
}
