/**
 * An event bus, asked with signed requests: finds out where it is and with which keys when it is first needed, and
 * takes other keys where those at hand have ended.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { Outcome } from '../../domain/outcome.ts'
import { CloudError } from '../../sink-kit/alibaba/ask.ts'
import type { AlibabaCredentialSource } from '../../sink-kit/alibaba/credentials.ts'
import { alibabaCredentials } from '../../sink-kit/alibaba/credentials.ts'
import type { AlibabaCredentials } from '../../sink-kit/alibaba/keys.ts'
import { metadataService } from '../../sink-kit/alibaba/metadata.ts'
import type { HttpAnswer, HttpClient } from '../../sink-kit/http-client.ts'
import { openHttpClient } from '../../sink-kit/http-client.ts'
import { redactorFor } from '../../sink-kit/secrets.ts'
import type { SinkContext } from '../../sink-kit/sink.ts'
import { untilAborted } from '../../sink-kit/until-aborted.ts'
import { tlsOf } from '../../sink-kit/trust.ts'
import type { Refusal } from './answers.ts'
import { isAboutKeys, readRefusal } from './answers.ts'
import type { EventbridgeOptions } from './options.ts'
import type { Header } from './sign.ts'
import { signedHeaders } from './sign.ts'

export interface BusRequest {
  /** From the first slash on. */
  readonly path: string
  readonly contentType: string
  /** Of the place: the account is a part of each event. */
  readonly body: (accountId: string) => Buffer
}

export type BusReply =
  | { readonly kind: 'answered'; readonly answer: HttpAnswer }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** There is no answer: what becomes of what was sent. */
  | { readonly kind: 'failed'; readonly outcome: Outcome }

interface Place {
  readonly client: HttpClient
  readonly accountId: string
}

/** Where a managed cluster's keys lie; in the original they count more than any others. */
const usualTokenConfigPath = '/var/addon/token-config'
const mostTries = 2

export class Bus {
  readonly #options: EventbridgeOptions
  readonly #context: SinkContext
  readonly #credentials: AlibabaCredentialSource
  readonly #ended = new AbortController()
  readonly #signal: AbortSignal
  #place: Place | undefined
  #finding: Promise<Place> | undefined
  #region: string | undefined
  #keys: AlibabaCredentials | undefined

  constructor(options: EventbridgeOptions, context: SinkContext, tokenConfigPath = usualTokenConfigPath) {
    const { env, clock, log } = context
    this.#options = options
    this.#context = context
    this.#signal = AbortSignal.any([context.signal, this.#ended.signal])
    const { accessKeyId, accessKeySecret } = options
    const hasMounted = existsSync(tokenConfigPath)
    const { AccessKeyId: _id, AccessKeySecret: _secret, ...others } = env
    this.#credentials = alibabaCredentials({
      ...(accessKeyId === undefined || hasMounted ? {} : { accessKeyId }),
      ...(accessKeySecret === undefined || hasMounted ? {} : { accessKeySecret }),
      region: () => this.#region,
      internal: options.internal,
      env: hasMounted ? others : env,
      clock,
      log,
      signal: this.#signal,
      tokenConfigPath,
    })
  }

  /** For messages; the bus alone where its address is not known yet. */
  get host(): string {
    return this.#place?.client.host ?? `event bus ${this.#options.eventBusName}`
  }

  /** Cleans texts of the keys in use. */
  redact(text: string): string {
    const { accessKeyId = '', accessKeySecret = '', securityToken = '' } = this.#keys ?? {}
    return redactorFor('', [accessKeyId, accessKeySecret, securityToken])(text)
  }

  /** Never rejects; ends soon after `signal` aborts. */
  async request(request: BusRequest, signal: AbortSignal): Promise<BusReply> {
    for (let tries = 1; ; tries++) {
      const ready = await this.#prepare(signal)
      if ('kind' in ready) return ready
      const reply = await this.#send(request, ready.place, ready.keys, signal)
      const isMended =
        reply.kind === 'refused' && isAboutKeys(reply.refusal) && this.#credentials.refused(ready.keys)
      if (!isMended || tries >= mostTries) return reply
    }
  }

  async close(): Promise<void> {
    this.#ended.abort()
    const place = this.#place ?? (await this.#finding?.catch(() => undefined))
    await place?.client.close()
  }

  async #send(
    { path, contentType, body }: BusRequest,
    { client, accountId }: Place,
    keys: AlibabaCredentials,
    signal: AbortSignal,
  ): Promise<BusReply> {
    const headers: readonly Header[] = [
      ['accept', 'application/json'],
      ['content-type', contentType],
    ]
    const moment = { nowMs: this.#context.clock.wallMs(), nonce: randomBytes(16).toString('hex') }
    const signed = signedHeaders({ method: 'POST', path, headers }, keys, moment)
    const reply = await client.request(
      { method: 'POST', path, headers: signed, body: body(accountId) },
      signal,
    )
    if (reply.kind === 'failed') return reply
    return reply.status >= 200 && reply.status < 300
      ? { kind: 'answered', answer: reply }
      : { kind: 'refused', refusal: readRefusal(reply) }
  }

  async #prepare(
    signal: AbortSignal,
  ): Promise<
    { readonly place: Place; readonly keys: AlibabaCredentials } | Extract<BusReply, { kind: 'failed' }>
  > {
    // Others wait for the same answers: the search goes on when one of them gives up.
    const leave = (): void => undefined
    try {
      const place = this.#place ?? (await untilAborted(this.#find(), signal, leave))
      const keys = await untilAborted(this.#credentials.get(), signal, leave)
      this.#keys = keys
      return { place, keys }
    } catch (error) {
      if (signal.aborted || this.#signal.aborted) return { kind: 'failed', outcome: this.#cancelled() }
      const isAway = error instanceof CloudError && error.isUnreachable
      const detail = error instanceof Error ? error.message : 'its address is not known'
      return {
        kind: 'failed',
        outcome: { kind: 'retry', reason: isAway ? 'unreachable' : 'refused', detail },
      }
    }
  }

  #find(): Promise<Place> {
    this.#finding ??= this.#open()
      .then((place) => (this.#place = place))
      .finally(() => (this.#finding = undefined))
    return this.#finding
  }

  async #open(): Promise<Place> {
    const { endpoint, internal, insecure } = this.#options
    const { env, concurrency, log } = this.#context
    const accountId =
      this.#options.ownerAccountId ||
      env['OwnerAccountId'] ||
      (await this.#ask('ownerAccountId', 'OwnerAccountId'))
    if (endpoint === undefined || this.#regionGiven() !== '') this.#region = await this.#findRegion()
    if (insecure) {
      log.warn(
        "the server's certificate is not verified: whoever is in between can read and change all; " +
          'name the authority that signed it with `ke.ca=/path`',
      )
    }
    const url = endpoint ?? endpointIn(accountId, this.#region ?? '', internal)
    const client = await openHttpClient({
      url: url.includes('://') ? url : `http://${url}`,
      tls: tlsOf(this.#options),
      concurrency,
      env,
      signal: this.#signal,
    })
    return { client, accountId }
  }

  /** The variable counts more than the option, as in the original. */
  #regionGiven(): string {
    return this.#context.env['RegionId'] || this.#options.regionId
  }

  async #findRegion(): Promise<string> {
    return this.#regionGiven() || (await this.#ask('region', 'RegionId'))
  }

  async #ask(what: 'region' | 'ownerAccountId', variable: string): Promise<string> {
    try {
      return await metadataService({ ...this.#context, signal: this.#signal })[what]()
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
      throw new CloudError(`${error.message}; set the variable ${variable}`, error.isUnreachable)
    }
  }

  #cancelled(): Outcome {
    return this.#context.signal.aborted
      ? { kind: 'retry', reason: 'stopped' }
      : { kind: 'retry', reason: 'timeout', detail: `${this.host}: no keys or no address in time` }
  }
}

/** Plain HTTP, as the original's client speaks; signatures keep out whoever is not the account's. */
export function endpointIn(accountId: string, region: string, internal: boolean): string {
  return `http://${accountId}.eventbridge.${region}${internal ? '-vpc' : ''}.aliyuncs.com`
}
