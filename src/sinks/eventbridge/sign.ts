/**
 * Signs requests to EventBridge: HMAC-SHA1 over method, type, date, the headers `x-acs-…` and the path.
 * https://www.alibabacloud.com/help/en/eventbridge/developer-reference/request-signatures
 */
import { createHmac } from 'node:crypto'
import type { AlibabaCredentials } from '../../sink-kit/alibaba/keys.ts'

export type Header = readonly [name: string, value: string]

/** What is signed; names of headers in lower case. */
export interface Signable {
  readonly method: string
  readonly path: string
  readonly headers: readonly Header[]
}

export interface SigningMoment {
  /** ms since 1970. */
  readonly nowMs: number
  /** Used once. */
  readonly nonce: string
}

/** The headers of a request with those that sign it. */
export function signedHeaders(
  { method, path, headers }: Signable,
  { accessKeyId, accessKeySecret, securityToken }: AlibabaCredentials,
  { nowMs, nonce }: SigningMoment,
): readonly Header[] {
  const all: Header[] = [
    ...headers,
    ['date', new Date(nowMs).toUTCString()],
    ['x-acs-signature-method', 'HMAC-SHA1'],
    ['x-acs-signature-nonce', nonce],
    ['x-acs-signature-version', '1.0'],
    ['x-eventbridge-version', '2015-06-06'],
  ]
  if (securityToken !== undefined) {
    all.push(['x-acs-accesskey-id', accessKeyId], ['x-acs-security-token', securityToken])
  }
  const signature = signatureOf({ method, path, headers: all }, accessKeySecret)
  return [...all, ['authorization', `acs:${accessKeyId}:${signature}`]]
}

/** The signature in Base64. */
export function signatureOf({ method, path, headers }: Signable, secret: string): string {
  const valueOf = (wanted: string): string => headers.find(([name]) => name === wanted)?.[1] ?? ''
  const own = headers
    .filter(([name]) => name.startsWith('x-acs'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
  const text = [method, valueOf('content-md5'), valueOf('content-type'), valueOf('date'), ''].join('\n')
  return createHmac('sha1', secret)
    .update(`${text}${own.join('')}${path}`)
    .digest('base64')
}
