/**
 * What an ECS instance's metadata service tells: region, account, and the keys of the instance's RAM role. With a token
 * (its second version); where none is given out, without.
 * https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
 */
import type { HttpAnswer } from '../http-client.ts'
import type { Asking } from './ask.ts'
import { ask, CloudError, recordOf } from './ask.ts'
import type { AlibabaCredentials } from './keys.ts'
import { credentialsOf } from './keys.ts'

export interface MetadataService {
  region(): Promise<string>
  /** Of the account that the instance belongs to. */
  ownerAccountId(): Promise<string>
  /** Throws a `CloudError` where the instance has no role. */
  credentials(): Promise<AlibabaCredentials>
}

const usualAddress = 'http://100.100.100.200'
const tokenPath = '/latest/api/token'
const rolesPath = '/latest/meta-data/ram/security-credentials/'
const what = 'the metadata service'

/**
 * The service of this machine; `ALIBABA_CLOUD_IMDS_ENDPOINT` names another one, `ALIBABA_CLOUD_ECS_METADATA` the role,
 * and `ALIBABA_CLOUD_IMDSV2_DISABLED=true` asks without a token, as in the original. Each method asks anew, and throws a
 * `CloudError` where it learns nothing.
 */
export function metadataService({ env, clock, signal }: Asking): MetadataService {
  const address = env['ALIBABA_CLOUD_IMDS_ENDPOINT'] || usualAddress
  // It is on the machine itself: no proxy leads there.
  const asking = { env: {}, clock, signal }

  const get = async (path: string): Promise<string> => {
    const token = isTrue(env['ALIBABA_CLOUD_IMDSV2_DISABLED']) ? undefined : await fetchToken()
    const headers = token === undefined ? [] : [['X-aliyun-ecs-metadata-token', token] as const]
    return bodyOf(await ask(what, address, { method: 'GET', path, headers }, asking), path)
  }
  const fetchToken = async (): Promise<string | undefined> => {
    const headers = [['X-aliyun-ecs-metadata-token-ttl-seconds', '300']] as const
    const answer = await ask(what, address, { method: 'PUT', path: tokenPath, headers }, asking)
    // Services of the first version know nothing of tokens.
    if (answer.status === 403 || answer.status === 404 || answer.status === 405) return undefined
    return bodyOf(answer, tokenPath)
  }
  return {
    region: () => get('/latest/meta-data/region-id'),
    ownerAccountId: () => get('/latest/meta-data/owner-account-id'),
    credentials: async () => {
      const role = env['ALIBABA_CLOUD_ECS_METADATA'] || firstLine(await get(rolesPath))
      return credentialsOf(recordOf(await get(`${rolesPath}${encodeURIComponent(role)}`)), what)
    },
  }
}

function bodyOf({ status, body }: HttpAnswer, path: string): string {
  const text = body.trim()
  if (status === 200 && text !== '') return text
  const isRole = status === 404 && path.startsWith(rolesPath)
  throw new CloudError(
    `${what} ${isRole ? 'knows no RAM role of this node' : `answered ${status} to ${path}`}`,
    status >= 500,
  )
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.trim() ?? ''
}

function isTrue(text: string | undefined): boolean {
  return /^(?:1|t|T|TRUE|true|True)$/.test(text ?? '')
}
