/**
 * Signs requests to SLS, in both of its versions.
 * https://www.alibabacloud.com/help/en/sls/developer-reference/request-signatures
 */
import { createHash, createHmac } from 'node:crypto'
import type { AlibabaCredentials } from '../../sink-kit/alibaba/keys.ts'

/** What is signed. */
export interface Signable {
  readonly method: string
  /** `host[:port]` as it is sent. */
  readonly host: string
  /** As it is sent, without a query: none of our requests has one. */
  readonly path: string
  /** `content-type` and `x-log-…`; names in lower case. */
  readonly headers: readonly Header[]
  readonly body: Buffer
}

export type Header = readonly [name: string, value: string]

export type SignatureVersion = 'v1' | 'v4'

/** The request's headers with those that sign it, for the time `nowMs`. `region` is that of the project. */
export function signedHeaders(
  request: Signable,
  credentials: AlibabaCredentials,
  version: SignatureVersion,
  region: string,
  nowMs: number,
): readonly Header[] {
  const { securityToken } = credentials
  const headers = securityToken
    ? [...request.headers, ['x-acs-security-token', securityToken] as const]
    : request.headers
  return version === 'v4'
    ? signV4({ ...request, headers }, credentials, region, nowMs)
    : signV1({ ...request, headers }, credentials, nowMs)
}

function signV4(request: Signable, credentials: AlibabaCredentials, region: string, nowMs: number): Header[] {
  const at = new Date(nowMs).toISOString().replace(/[:-]|\.\d{3}/g, '')
  const bodyHash = sha256(request.body)
  const headers: Header[] = [...request.headers, ['x-log-content-sha256', bodyHash], ['x-log-date', at]]
  const signed = { ...request, headers: [...headers, ['host', request.host] as const], bodyHash }
  const { signature, scope } = signatureV4(signed, at, region, credentials.accessKeySecret)
  const authorization = `SLS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope},Signature=${signature}`
  return [...headers, ['authorization', authorization]]
}

/** What version 4 signs: `headers` are all that are signed, `bodyHash` is SHA-256 in hexadecimal. */
export interface SignableV4 extends Pick<Signable, 'method' | 'path' | 'headers'> {
  readonly bodyHash: string
}

/** The signature in hexadecimal, for the time `at` (`20240506T093015Z`), and the scope that it is valid for. */
export function signatureV4(
  { method, path, headers, bodyHash }: SignableV4,
  at: string,
  region: string,
  secret: string,
): { readonly signature: string; readonly scope: string } {
  const day = at.slice(0, 8)
  const signed = sorted(headers)
  const canonical = [
    method,
    path,
    // The query.
    '',
    ...signed.map(([name, value]) => `${name}:${value}`),
    '',
    signed.map(([name]) => name).join(';'),
    bodyHash,
  ].join('\n')
  const scope = `${day}/${region}/sls/aliyun_v4_request`
  const text = ['SLS4-HMAC-SHA256', at, scope, sha256(canonical)].join('\n')
  const key = [day, region, 'sls', 'aliyun_v4_request'].reduce<Buffer | string>(
    (before, part) => createHmac('sha256', before).update(part).digest(),
    `aliyun_v4${secret}`,
  )
  return { signature: createHmac('sha256', key).update(text).digest('hex'), scope }
}

function signV1(request: Signable, credentials: AlibabaCredentials, nowMs: number): Header[] {
  const date = new Date(nowMs).toUTCString()
  const headers: Header[] = [...request.headers, ['x-log-signaturemethod', 'hmac-sha1']]
  if (request.body.length > 0) {
    const hash = createHash('md5').update(request.body).digest('hex').toUpperCase()
    headers.push(['content-md5', hash])
  }
  const signature = signatureV1({ ...request, headers }, date, credentials.accessKeySecret)
  return [...headers, ['date', date], ['authorization', `LOG ${credentials.accessKeyId}:${signature}`]]
}

/** The signature in Base64, for the time `date` as the header of this name has it. */
export function signatureV1(
  { method, path, headers }: Pick<Signable, 'method' | 'path' | 'headers'>,
  date: string,
  secret: string,
): string {
  const valueOf = (wanted: string): string => headers.find(([name]) => name === wanted)?.[1] ?? ''
  const text = [
    method,
    valueOf('content-md5'),
    valueOf('content-type'),
    date,
    ...sorted(headers.filter(([name]) => /^x-(?:log|acs)-/.test(name))).map(
      ([name, value]) => `${name}:${value}`,
    ),
    path,
  ].join('\n')
  return createHmac('sha1', secret).update(text).digest('base64')
}

function sorted(headers: readonly Header[]): readonly Header[] {
  return headers.toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex')
}
