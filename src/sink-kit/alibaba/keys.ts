/** Keys for Alibaba Cloud, and how its services write them. */
import { CloudError } from './ask.ts'

export interface AlibabaCredentials {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  /** Absent where the keys are a user's own. */
  readonly securityToken?: string
  /** ms since 1970; absent: they do not end. */
  readonly endsAtMs?: number
}

/** Keys as the metadata service and STS write them; throws a `CloudError` where one is missing. */
export function credentialsOf(told: Readonly<Record<string, unknown>>, from: string): AlibabaCredentials {
  const { AccessKeyId, AccessKeySecret, SecurityToken, Expiration } = told
  const areTexts = [AccessKeyId, AccessKeySecret, SecurityToken, Expiration].every(
    (value) => typeof value === 'string' && value !== '',
  )
  const endsAtMs = Date.parse(String(Expiration))
  if (!areTexts || Number.isNaN(endsAtMs))
    throw new CloudError(`${from} gave keys that are incomplete`, false)
  return {
    accessKeyId: String(AccessKeyId),
    accessKeySecret: String(AccessKeySecret),
    securityToken: String(SecurityToken),
    endsAtMs,
  }
}
