/**
 * Keys for AWS from where its own tools look for them: the environment, the token of a service account, the shared
 * file, the container's and the machine's role. Keys that end are fetched anew before they do.
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../domain/clock.ts'
import type { Env } from '../../domain/proxy.ts'
import type { HttpRequest } from '../../sink-kit/http-client.ts'
import { openHttpClient } from '../../sink-kit/http-client.ts'
import { recordIn, recordOf } from './json.ts'

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** ms since 1970; absent: they do not end. */
  readonly endsAtMs?: number
}

export interface AwsCredentialSource {
  /** Throws an `Error` that says where was looked and what was missing. */
  get(): Promise<AwsCredentials>
}

export interface AwsWorld {
  readonly env: Env
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Of files; throws as `readFile` does. */
  readonly read?: (path: string) => Promise<string>
  /** Answers of the endpoints below, by URL: for tests. */
  readonly ask?: typeof ask
}

/** Fetched anew so long before they end, ms. */
const renewBeforeMs = 300_000
const askTimeoutMs = 5_000
const containerHost = 'http://169.254.170.2'
const machineHost = 'http://169.254.169.254'

export function awsCredentials(world: AwsWorld): AwsCredentialSource {
  let known: AwsCredentials | undefined
  let fetching: Promise<AwsCredentials> | undefined
  return {
    get: () => {
      const { endsAtMs = Number.POSITIVE_INFINITY } = known ?? {}
      if (known && world.clock.wallMs() < endsAtMs - renewBeforeMs) return Promise.resolve(known)
      fetching ??= find(world)
        .then((found) => (known = found))
        .finally(() => (fetching = undefined))
      return fetching
    },
  }
}

async function find(world: AwsWorld): Promise<AwsCredentials> {
  const { env } = world
  const found =
    fromEnvironment(env) ??
    (await fromWebIdentity(world)) ??
    (await fromSharedFile(world)) ??
    (await fromContainer(world)) ??
    (await fromMachine(world))
  if (found) return found
  throw new Error(
    'no keys for AWS: none in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, in AWS_WEB_IDENTITY_TOKEN_FILE, in the ' +
      "shared file, or from the container's or the machine's role; give one of them, or do without `sigv4`",
  )
}

function fromEnvironment(env: Env): AwsCredentials | undefined {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'] || env['AWS_ACCESS_KEY']
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'] || env['AWS_SECRET_KEY']
  if (!accessKeyId || !secretAccessKey) return undefined
  const sessionToken = env['AWS_SESSION_TOKEN']
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
}

/** A pod's service account with a role (`AssumeRoleWithWebIdentity`). */
async function fromWebIdentity(world: AwsWorld): Promise<AwsCredentials | undefined> {
  const { env } = world
  const tokenFile = env['AWS_WEB_IDENTITY_TOKEN_FILE']
  const role = env['AWS_ROLE_ARN']
  if (!tokenFile || !role) return undefined
  const token = (await reader(world)(tokenFile)).trim()
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || 'us-east-1'
  const query = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: env['AWS_ROLE_SESSION_NAME'] || 'kube-eventer',
    WebIdentityToken: token,
  })
  const body = await (world.ask ?? ask)(
    `https://sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`,
    {
      method: 'POST',
      path: '/',
      headers: [
        ['Accept', 'application/json'],
        ['Content-Type', 'application/x-www-form-urlencoded'],
      ],
      body: Buffer.from(query.toString()),
    },
    world,
  )
  const result = recordOf(
    recordOf(recordIn(body)['AssumeRoleWithWebIdentityResponse'])['AssumeRoleWithWebIdentityResult'],
  )
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = recordOf(result['Credentials'])
  // Seconds since 1970 here, a date everywhere else.
  const end = typeof Expiration === 'number' ? new Date(Expiration * 1_000).toISOString() : Expiration
  return credentialsOf({ AccessKeyId, SecretAccessKey, Token: SessionToken, Expiration: end }, 'STS')
}

async function fromSharedFile(world: AwsWorld): Promise<AwsCredentials | undefined> {
  const { env } = world
  const path = env['AWS_SHARED_CREDENTIALS_FILE'] || join(env['HOME'] || homedir(), '.aws', 'credentials')
  let text: string
  try {
    text = await reader(world)(path)
  } catch {
    return undefined
  }
  const section = sectionOf(text, env['AWS_PROFILE'] || 'default')
  const accessKeyId = section.get('aws_access_key_id')
  const secretAccessKey = section.get('aws_secret_access_key')
  if (!accessKeyId || !secretAccessKey) return undefined
  const sessionToken = section.get('aws_session_token')
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
}

async function fromContainer(world: AwsWorld): Promise<AwsCredentials | undefined> {
  const { env } = world
  const relative = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI']
  const full = relative ? `${containerHost}${relative}` : env['AWS_CONTAINER_CREDENTIALS_FULL_URI']
  if (!full) return undefined
  const tokenFile = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE']
  const token = tokenFile ? (await reader(world)(tokenFile)).trim() : env['AWS_CONTAINER_AUTHORIZATION_TOKEN']
  const [, origin = '', path = '/'] = /^(https?:\/\/[^/]+)(\/.*)?$/.exec(full) ?? []
  const request: HttpRequest = {
    method: 'GET',
    path,
    headers: token ? [['Authorization', token]] : [],
  }
  return credentialsOf(recordIn(await (world.ask ?? ask)(origin, request, world)), "the container's role")
}

/** With a token (IMDSv2), which every machine of today takes and many ask for. */
async function fromMachine(world: AwsWorld): Promise<AwsCredentials | undefined> {
  if (world.env['AWS_EC2_METADATA_DISABLED'] === 'true') return undefined
  const asks = world.ask ?? ask
  const roles = '/latest/meta-data/iam/security-credentials/'
  try {
    const token = await asks(
      machineHost,
      {
        method: 'PUT',
        path: '/latest/api/token',
        headers: [['X-aws-ec2-metadata-token-ttl-seconds', '300']],
      },
      world,
    )
    const headers = [['X-aws-ec2-metadata-token', token]] as const
    const role = (await asks(machineHost, { method: 'GET', path: roles, headers }, world))
      .split('\n')[0]
      ?.trim()
    if (!role) return undefined
    const body = await asks(machineHost, { method: 'GET', path: `${roles}${role}`, headers }, world)
    return credentialsOf(recordIn(body), "the machine's role")
  } catch {
    // No machine of AWS: nothing answers there.
    return undefined
  }
}

function credentialsOf(told: Readonly<Record<string, unknown>>, from: string): AwsCredentials {
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = told
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string') {
    throw new Error(`the keys for AWS from ${from} are incomplete`)
  }
  const endsAtMs = typeof Expiration === 'string' ? Date.parse(Expiration) : Number.NaN
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(typeof Token === 'string' ? { sessionToken: Token } : {}),
    ...(Number.isNaN(endsAtMs) ? {} : { endsAtMs }),
  }
}

/** `key = value` lines of `[name]`. */
function sectionOf(text: string, name: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  let inside = false
  for (const line of text.split('\n')) {
    const section = /^\s*\[\s*(.*?)\s*\]/.exec(line)?.[1]
    if (section !== undefined) inside = section === name
    const [, key, value] = /^\s*([^#;\s=]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (inside && key !== undefined && value !== undefined) values.set(key.toLowerCase(), value)
  }
  return values
}

function reader({ read }: AwsWorld): (path: string) => Promise<string> {
  return read ?? ((path) => readFile(path, 'utf8'))
}

/** Answers the body of a 200; throws an `Error` that says who answered what. */
async function ask(origin: string, request: HttpRequest, { env, clock, signal }: AwsWorld): Promise<string> {
  // The container's and the machine's addresses are behind no proxy.
  const isLocal = origin.startsWith('http://')
  const client = await openHttpClient({ url: origin, concurrency: 1, env: isLocal ? {} : env, signal })
  const timeout = new AbortController()
  const timer = clock.schedule(() => timeout.abort(), askTimeoutMs)
  try {
    const reply = await client.request(request, timeout.signal)
    if (reply.kind === 'answer' && reply.status === 200) return reply.body
    const why = reply.kind === 'answer' ? `answered ${reply.status}` : 'did not answer'
    throw new Error(`no keys for AWS: ${client.host} ${why}`)
  } finally {
    timer.cancel()
    await client.close()
  }
}
