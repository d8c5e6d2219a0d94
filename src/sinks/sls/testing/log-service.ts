/**
 * For tests: SLS on loopback, strict. It recomputes each signature, reads groups by the service's own definition,
 * holds them to the documented limits, and answers with the service's own codes.
 */
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { decodeLogGroup } from './log-group-message.ts'
import type { Log } from './log-group-message.ts'
import { decompressBlock } from './lz4-decoder.ts'
import { authorizationOf, headerOf, keyIdOf } from './signature.ts'

/** A key, and what it may do. */
export interface ServiceKey {
  readonly secret: string
  /** The token that must come with it. */
  readonly token?: string
  readonly mayLook?: boolean
  readonly mayWrite?: boolean
  /** Refused from now on as no longer valid. */
  readonly hasEnded?: boolean
}

export interface ServiceOptions {
  readonly project: string
  readonly logStore: string
  readonly region: string
  readonly keys: Record<string, ServiceKey>
  /** ms since 1970. */
  readonly now?: () => number
  /** The code of a log that it never takes. */
  readonly refuses?: (log: Log) => string | undefined
  /** Absent: a free one. */
  readonly port?: number
  /** Called before the logs of a group are answered for. */
  readonly stored?: (logs: readonly Log[]) => void
  /** Another host than the project's at this server: what a proxy in front of it was asked for. */
  readonly host?: string
}

export interface StoredLog extends Log {
  readonly topic: string
  readonly source: string
}

/** An answer of the service: its code and status, or that it does not answer. */
export type Fault = { readonly status: number; readonly code: string; readonly message?: string } | 'hang'

export interface LogService {
  /** `127.0.0.1:port` */
  readonly host: string
  readonly port: number
  readonly logs: readonly StoredLog[]
  /** `POST v4 200`: method, version of the signature and status of each request that was answered. */
  readonly answered: readonly string[]
  /** Sizes of groups before they were compressed, and their numbers of logs. */
  readonly groups: readonly { readonly rawBytes: number; readonly logs: number }[]
  /** Faults of the next requests, one each; `undefined`: none. */
  fail(...faults: readonly (Fault | undefined)[]): void
  /** What every request gets from now on. */
  failAlways(fault: Fault | undefined): void
  /** Resolves when a request has come that is not answered. */
  reached(): Promise<void>
  close(): Promise<void>
}

const mostLogs = 4_096
const mostRawBytes = 5 * 1_000_000
const mostValueBytes = 1_048_576
const mostSkewMs = 15 * 60_000

class Refused extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export async function startLogService(options: ServiceOptions): Promise<LogService> {
  const { now = () => Date.now() } = options
  const logs: StoredLog[] = []
  const answered: string[] = []
  const groups: { rawBytes: number; logs: number }[] = []
  const next: (Fault | undefined)[] = []
  let always: Fault | undefined
  let isReached = (): void => undefined
  let reached = new Promise<void>((resolve) => (isReached = resolve))
  let port = 0

  const answer = (request: IncomingMessage, body: Buffer): string => {
    const host = options.host ?? `${options.project}.127.0.0.1:${port}`
    authenticate(options, request, body, host, now())
    const key = keyOf(options, request)
    const mayDo = request.method === 'GET' ? key.mayLook : key.mayWrite
    if (mayDo === false) throw new Refused(403, 'Unauthorized', 'denied by sts or ram, action: log')
    if (request.url !== `/logstores/${options.logStore}`) {
      throw new Refused(404, 'LogStoreNotExist', `logstore ${request.url ?? ''} does not exist`)
    }
    if (request.method === 'GET') return JSON.stringify({ logstoreName: options.logStore, ttl: 30 })
    const group = readGroup(request, body)
    const { Topic: topic = '', Source: source = '' } = group
    const bad = group.Logs.map((log) => options.refuses?.(log)).find(Boolean)
    if (bad !== undefined) throw new Refused(400, bad, 'a log cannot be taken')
    groups.push({ rawBytes: Number(request.headers['x-log-bodyrawsize']), logs: group.Logs.length })
    options.stored?.(group.Logs)
    logs.push(...group.Logs.map((log) => ({ ...log, topic, source })))
    return ''
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const fault = next.length > 0 ? next.shift() : always
      if (fault === 'hang') return isReached()
      const end = (status: number, text: string): void => {
        const { authorization = '' } = request.headers
        answered.push(`${request.method} ${authorization.startsWith('LOG ') ? 'v1' : 'v4'} ${status}`)
        response
          .writeHead(status, {
            'content-type': 'application/json',
            date: new Date(now()).toUTCString(),
            'x-log-requestid': '5F1B2C3D4E5F6A7B8C9D0E1F',
          })
          .end(text)
      }
      try {
        if (fault) throw new Refused(fault.status, fault.code, fault.message ?? 'it failed')
        end(200, answer(request, Buffer.concat(chunks)))
      } catch (error) {
        const { status, code, message } =
          error instanceof Refused ? error : new Refused(500, 'InternalServerError', String(error))
        end(status, JSON.stringify({ errorCode: code, errorMessage: message }))
      }
    })
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  port = typeof bound === 'object' && bound ? bound.port : 0
  return {
    host: `127.0.0.1:${port}`,
    port,
    logs,
    answered,
    groups,
    fail: (...faults) => void next.push(...faults),
    failAlways: (fault) => {
      always = fault
      reached = new Promise<void>((resolve) => (isReached = resolve))
    },
    reached: () => reached,
    close: async () => {
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function keyOf({ keys }: ServiceOptions, request: IncomingMessage): ServiceKey {
  const key = keys[keyIdOf(request)]
  if (!key) throw new Refused(401, 'Unauthorized', `AccessKeyId not found: ${keyIdOf(request)}`)
  return key
}

function authenticate(
  options: ServiceOptions,
  request: IncomingMessage,
  body: Buffer,
  host: string,
  nowMs: number,
): void {
  if (headerOf(request, 'x-log-apiversion') !== '0.6.0') {
    throw new Refused(400, 'InvalidAPIVersion', 'x-log-apiversion is unsupported')
  }
  if (headerOf(request, 'host') !== host) {
    throw new Refused(404, 'ProjectNotExist', `The Project does not exist : ${headerOf(request, 'host')}`)
  }
  const key = keyOf(options, request)
  if (key.hasEnded) throw new Refused(401, 'SecurityTokenExpired', 'security token is expired')
  if (headerOf(request, 'x-acs-security-token') !== (key.token ?? '')) {
    throw new Refused(401, 'SecurityTokenInvalid', 'security token is not that of the key')
  }
  const isV4 = headerOf(request, 'authorization').startsWith('SLS4-HMAC-SHA256 ')
  const sentMs = isV4 ? readBasic(headerOf(request, 'x-log-date')) : Date.parse(headerOf(request, 'date'))
  if (Number.isNaN(sentMs)) throw new Refused(400, 'InvalidDateFormat', 'the date is no date')
  if (Math.abs(sentMs - nowMs) > mostSkewMs) {
    throw new Refused(400, 'RequestTimeTooSkewed', 'Request time exceeds server time more than 15 minutes')
  }
  const expected = authorizationOf(request, body, options.region, key.secret)
  if (headerOf(request, 'authorization') !== expected) {
    throw new Refused(401, 'SignatureNotMatch', `signature ${headerOf(request, 'authorization')} not matched`)
  }
}

/** `20240506T093015Z` */
function readBasic(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

function readGroup(request: IncomingMessage, body: Buffer): ReturnType<typeof decodeLogGroup> {
  if (headerOf(request, 'content-type') !== 'application/x-protobuf') {
    throw new Refused(415, 'InvalidContentType', 'Content-Type is unsupported')
  }
  if (headerOf(request, 'x-log-compresstype') !== 'lz4') {
    throw new Refused(400, 'InvalidCompressType', 'x-log-compresstype is unsupported')
  }
  const rawSize = headerOf(request, 'x-log-bodyrawsize')
  if (!/^\d+$/.test(rawSize)) throw new Refused(400, 'InvalidBodyRawSize', 'x-log-bodyrawsize is invalid')
  if (Number(rawSize) > mostRawBytes) throw new Refused(400, 'PostBodyTooLarge', `body size ${rawSize}`)
  let raw: Buffer
  try {
    raw = decompressBlock(body, Number(rawSize))
  } catch (error) {
    throw new Refused(400, 'PostBodyUncompressError', String(error))
  }
  let group: ReturnType<typeof decodeLogGroup>
  try {
    group = decodeLogGroup(raw)
  } catch (error) {
    throw new Refused(400, 'PostBodyInvalid', `Protobuf content cannot pass validation: ${String(error)}`)
  }
  if (group.Logs.length === 0 || group.Logs.length > mostLogs) {
    throw new Refused(400, 'PostBodyInvalid', `the group has ${group.Logs.length} logs`)
  }
  for (const { Time, Contents } of group.Logs) {
    if (Time === 0) throw new Refused(400, 'InvalidTimestamp', 'Invalid timestamps are in logs')
    const isTooLong = Contents.some(({ Value }) => Buffer.byteLength(Value) > mostValueBytes)
    if (isTooLong) throw new Refused(400, 'PostBodyInvalid', 'a value is longer than 1 MB')
  }
  return group
}
