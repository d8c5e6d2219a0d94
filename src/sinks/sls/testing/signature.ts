/** For tests: the signature that SLS computes of a request, from its documentation and not from the sink's code. */
import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface SignedRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: IncomingHttpHeaders
}

/** The header `Authorization` that is right for the request, in the version that it has. */
export function authorizationOf(
  request: SignedRequest,
  body: Buffer,
  region: string,
  secret: string,
): string {
  return headerOf(request, 'authorization').startsWith('LOG ')
    ? versionOne(request, body, secret)
    : versionFour(request, body, region, secret)
}

export function headerOf({ headers }: SignedRequest, name: string): string {
  const value = headers[name]
  return typeof value === 'string' ? value : ''
}

/** '' where it has none. */
export function keyIdOf(request: SignedRequest): string {
  const authorization = headerOf(request, 'authorization')
  return (
    /^SLS4-HMAC-SHA256 Credential=([^/]+)\//.exec(authorization)?.[1] ??
    /^LOG ([^:]+):/.exec(authorization)?.[1] ??
    ''
  )
}

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex')

function versionFour(request: SignedRequest, body: Buffer, region: string, secret: string): string {
  const bodyHash = sha256(body)
  if (headerOf(request, 'x-log-content-sha256') !== bodyHash) return 'another hash of the body'
  const names = Object.keys(request.headers)
    .filter((name) => name === 'host' || name === 'content-type' || /^x-(log|acs)-/.test(name))
    .toSorted()
  let text = `${request.method}\n${request.url}\n\n`
  for (const name of names) text += `${name}:${headerOf(request, name)}\n`
  text += `\n${names.join(';')}\n${bodyHash}`
  const date = headerOf(request, 'x-log-date')
  const scope = `${date.slice(0, 8)}/${region}/sls/aliyun_v4_request`
  const dayKey = hmac(`aliyun_v4${secret}`, date.slice(0, 8))
  const key = hmac(hmac(hmac(dayKey, region), 'sls'), 'aliyun_v4_request')
  const signature = hmac(key, `SLS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(text)}`).toString('hex')
  return `SLS4-HMAC-SHA256 Credential=${keyIdOf(request)}/${scope},Signature=${signature}`
}

function versionOne(request: SignedRequest, body: Buffer, secret: string): string {
  const hash = body.length === 0 ? '' : createHash('md5').update(body).digest('hex').toUpperCase()
  if (headerOf(request, 'content-md5') !== hash) return 'another hash of the body'
  const own = Object.keys(request.headers)
    .filter((name) => /^x-(log|acs)-/.test(name))
    .toSorted()
    .map((name) => `${name}:${headerOf(request, name)}`)
  const lines = [request.method, hash, headerOf(request, 'content-type'), headerOf(request, 'date'), ...own]
  const text = [...lines, request.url].join('\n')
  return `LOG ${keyIdOf(request)}:${createHmac('sha1', secret).update(text).digest('base64')}`
}
