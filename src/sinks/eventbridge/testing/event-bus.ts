/**
 * For tests: EventBridge on loopback, strict. It recomputes each signature, reads batches as CloudEvents, holds them to
 * the documented limits, and answers per entry with the service's own codes.
 */
import { createHmac } from 'node:crypto'
import type { Received, Reply } from '../../../sink-kit/testing/http-receiver.ts'

/** A key, and what it may do. */
export interface BusKey {
  readonly secret: string
  /** The token that must come with it. */
  readonly token?: string
  readonly mayLook?: boolean
  readonly mayPut?: boolean
  /** Refused from now on as no longer valid. */
  readonly hasEnded?: boolean
}

export interface BusSettings {
  readonly keys: Record<string, BusKey>
  readonly buses: readonly string[]
  /** ms since 1970. */
  readonly now?: () => number
}

export interface CloudEvent {
  readonly id: string
  readonly subject: string
  readonly type: string
  readonly time: string
  readonly aliyuneventbusname: string
  readonly data: { readonly message?: string; readonly metadata: { readonly uid?: string } }
}

export interface EntryError {
  readonly code: string
  readonly message: string
}

const mostEvents = 16
const mostEventBytes = 65_536
const mostBytes = 262_144
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

export class EventBusDouble {
  readonly #settings: BusSettings
  readonly #nonces = new Set<string>()
  readonly events: CloudEvent[] = []
  /** How many events each request had that was answered with 200. */
  readonly batches: number[] = []
  /** `putEvents 200`, in order. */
  readonly answered: string[] = []
  /** Why an entry is not taken. */
  refuse: (event: CloudEvent) => EntryError | undefined = () => undefined

  constructor(settings: BusSettings) {
    this.#settings = settings
  }

  answer(request: Received): Reply {
    const action = request.target.replace(/^\/openapi\//, '')
    try {
      const key = this.#authenticate(request)
      const body = this.#act(action, request, key)
      this.answered.push(`${action} 200`)
      return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
    } catch (error) {
      const { status, code, message } =
        error instanceof Refused ? error : new Refused(500, 'InternalServerError', String(error))
      this.answered.push(`${action} ${status} ${code}`)
      const told = { code, message, requestId: '5E9AB1DF333245F1D800' }
      return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(told) }
    }
  }

  #authenticate({ method, target, headers }: Received): BusKey {
    const textOf = (name: string): string => String(headers[name] ?? '')
    const [, id = '', signature = ''] = /^acs:([^:]*):(.*)$/.exec(textOf('authorization')) ?? []
    const key = this.#settings.keys[id]
    if (!key) throw new Refused(403, 'InvalidAccessKeyId', 'The access Id you provided is not exist.')
    if (key.hasEnded) throw new Refused(403, 'StsAccessIdExpired', 'The sts accessid has expired.')
    const fixed = {
      'x-acs-signature-method': 'HMAC-SHA1',
      'x-acs-signature-version': '1.0',
      'x-eventbridge-version': '2015-06-06',
      accept: 'application/json',
    }
    for (const [name, value] of Object.entries(fixed)) {
      if (textOf(name) !== value) throw new Refused(400, 'InvalidHeader', `${name} is ${textOf(name)}`)
    }
    if (textOf('x-acs-security-token') !== (key.token ?? '')) {
      throw new Refused(403, 'SecurityTokenInvalid', 'The Security token that your provide is invalid.')
    }
    if (textOf('x-acs-accesskey-id') !== (key.token === undefined ? '' : id)) {
      throw new Refused(403, 'InvalidStsAccessKeyId', 'The sts access Id you provided is not exist.')
    }
    const nonce = textOf('x-acs-signature-nonce')
    if (nonce === '' || this.#nonces.has(nonce))
      throw new Refused(403, 'SignatureNonceUsed', 'nonce was used')
    this.#nonces.add(nonce)
    const nowMs = this.#settings.now?.() ?? Date.now()
    if (!(Math.abs(Date.parse(textOf('date')) - nowMs) <= mostSkewMs)) {
      throw new Refused(403, 'RequestTimeTooSkewed', 'the date is too far from now')
    }
    const names = Object.keys(headers)
    if (
      signatureFor(method, target, new Map(names.map((name) => [name, textOf(name)])), key.secret) !==
      signature
    ) {
      throw new Refused(403, 'SignatureDoesNotMatch', `signature ${signature} is not that of the request`)
    }
    return key
  }

  #act(action: string, { headers, body }: Received, key: BusKey): object {
    const contentType = headers['content-type']
    if (action === 'getEventBus') {
      if (key.mayLook === false) throw new Refused(403, 'AccessDenied', 'forbidden for this operation')
      const { EventBusName: name } = JSON.parse(body)
      if (!this.#settings.buses.includes(name)) throw notExisting(name)
      return { EventBusName: name, RequestId: 'R' }
    }
    if (action !== 'putEvents') throw new Refused(404, 'InvalidAction', `there is no action ${action}`)
    if (contentType !== 'application/cloudevents-batch+json; charset=utf-8') {
      throw new Refused(400, 'InvalidContentType', String(contentType))
    }
    if (key.mayPut === false) throw new Refused(403, 'AccessDenied', 'forbidden for this operation')
    return this.#put(readBatch(body))
  }

  #put(events: readonly CloudEvent[]): object {
    const missing = events.find(({ aliyuneventbusname: name }) => !this.#settings.buses.includes(name))
    if (missing) throw notExisting(missing.aliyuneventbusname)
    this.batches.push(events.length)
    let failed = 0
    const entries = events.map((event) => {
      const error = this.refuse(event)
      if (error === undefined) {
        this.events.push(event)
        return { EventId: event.id, TraceId: 'T' }
      }
      failed += 1
      return { EventId: event.id, TraceId: 'T', ErrorCode: error.code, ErrorMessage: error.message }
    })
    return { RequestId: 'R', ResourceOwnerAccountId: '1', FailedEntryCount: failed, EntryList: entries }
  }
}

/** What a request has to be signed with; names of headers in lower case. */
export function signatureFor(
  method: string,
  target: string,
  headers: ReadonlyMap<string, string>,
  secret: string,
): string {
  const own = [...headers]
    .filter(([name]) => name.startsWith('x-acs'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
    .join('')
  const text = `${method}\n\n${headers.get('content-type') ?? ''}\n${headers.get('date') ?? ''}\n${own}${target}`
  return createHmac('sha1', secret).update(text).digest('base64')
}

function notExisting(name: string): Refused {
  return new Refused(409, 'EventBusNotExist', `The event bus [${name}] not existed!`)
}

function readBatch(body: string): readonly CloudEvent[] {
  const events: unknown = JSON.parse(body)
  if (!Array.isArray(events)) throw new Refused(400, 'InvalidArgument', 'the body is no batch')
  if (events.length === 0) throw new Refused(400, 'InvalidArgument', 'the batch has no events')
  if (events.length > mostEvents || Buffer.byteLength(body) > mostBytes) {
    throw new Refused(400, 'InvalidArgument', 'the batch is larger than the limit')
  }
  return events.map((event: unknown) => {
    if (!isCloudEvent(event)) throw new Refused(400, 'InvalidArgument', 'an event is no CloudEvent')
    if (Buffer.byteLength(JSON.stringify(event)) > mostEventBytes) {
      throw new Refused(400, 'EventSizeExceeded', `the event ${event.id} is larger than 64 KB`)
    }
    return event
  })
}

function isCloudEvent(event: unknown): event is CloudEvent {
  if (typeof event !== 'object' || event === null) return false
  const told = new Map<string, unknown>(Object.entries(event))
  const areTexts = ['id', 'source', 'type', 'subject', 'time', 'aliyuneventbusname'].every(
    (name) => typeof told.get(name) === 'string' && told.get(name) !== '',
  )
  const isJson = told.get('datacontenttype') === 'application/json' && typeof told.get('data') === 'object'
  return areTexts && isJson && told.get('specversion') === '1.0' && told.size === 9
}
