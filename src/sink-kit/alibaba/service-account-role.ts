/**
 * Keys for the RAM role of a pod's service account (RRSA): its token is exchanged at STS.
 * https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerolewithoidc
 */
import { readFile } from 'node:fs/promises'
import type { Asking } from './ask.ts'
import { ask, CloudError, isRecord, recordOf } from './ask.ts'
import type { AlibabaCredentials } from './keys.ts'
import { credentialsOf } from './keys.ts'

export interface RoleOptions extends Asking {
  readonly region: () => string | undefined
  readonly internal: boolean
}

/**
 * `undefined` unless `ALIBABA_CLOUD_ROLE_ARN`, `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` and `ALIBABA_CLOUD_OIDC_TOKEN_FILE` are
 * there, as ack-pod-identity-webhook sets them. Throws a `CloudError` where the exchange fails.
 */
export async function fromServiceAccount(options: RoleOptions): Promise<AlibabaCredentials | undefined> {
  const { env } = options
  const role = env['ALIBABA_CLOUD_ROLE_ARN']
  const provider = env['ALIBABA_CLOUD_OIDC_PROVIDER_ARN']
  const tokenFile = env['ALIBABA_CLOUD_OIDC_TOKEN_FILE']
  if (!role || !provider || !tokenFile) return undefined
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithOIDC',
    Format: 'JSON',
    Version: '2015-04-01',
    Timestamp: new Date(options.clock.wallMs()).toISOString().replace(/\.\d{3}/, ''),
    SignatureNonce: crypto.randomUUID(),
    RoleArn: role,
    OIDCProviderArn: provider,
    OIDCToken: await readToken(tokenFile),
    RoleSessionName: env['ALIBABA_CLOUD_ROLE_SESSION_NAME'] || 'kube-eventer',
  })
  const { status, body } = await ask(
    'STS',
    stsAddress(options),
    {
      method: 'POST',
      path: '/',
      headers: [
        ['Accept', 'application/json'],
        ['Content-Type', 'application/x-www-form-urlencoded'],
      ],
      body: Buffer.from(form.toString()),
    },
    options,
  )
  const answer = recordOf(body)
  if (status !== 200 || !isRecord(answer['Credentials'])) {
    // Its message may quote the token.
    const code = typeof answer['Code'] === 'string' ? ` ${answer['Code']}` : ''
    throw new CloudError(`STS answered ${status}${code} for the role of the service account`, status >= 500)
  }
  return credentialsOf(answer['Credentials'], 'STS')
}

/** The token is written anew while the pod lives: read each time. */
async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new CloudError(`${path}, the service account's token, cannot be read (${code})`, false)
  }
}

function stsAddress({ env, region, internal }: RoleOptions): string {
  const given = env['ALIBABA_CLOUD_STS_ENDPOINT']
  if (given) return /^https?:\/\//.test(given) ? given : `https://${given}`
  const near = region()
  if (!near) return 'https://sts.aliyuncs.com'
  return `https://sts${internal ? '-vpc' : ''}.${near}.aliyuncs.com`
}
