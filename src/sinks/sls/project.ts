/**
 * A project, asked with signed requests: finds out where it is and with which keys when it is first needed, signs for
 * the server's time where the clock here is wrong, and with other keys where those at hand have ended.
 */
import type { Outcome } from '../../domain/outcome.ts'
import type { AlibabaCredentialSource } from '../../sink-kit/alibaba/credentials.ts'
import { alibabaCredentials } from '../../sink-kit/alibaba/credentials.ts'
import type { AlibabaCredentials } from '../../sink-kit/alibaba/keys.ts'
import { CloudError } from '../../sink-kit/alibaba/ask.ts'
import { metadataService } from '../../sink-kit/alibaba/metadata.ts'
import type { HttpAnswer, HttpClient } from '../../sink-kit/http-client.ts'
import { openHttpClient } from '../../sink-kit/http-client.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'
import { redactorFor } from '../../sink-kit/secrets.ts'
import type { SinkContext } from '../../sink-kit/sink.ts'
import { untilAborted } from '../../sink-kit/until-aborted.ts'
import { tlsOf } from '../../sink-kit/trust.ts'
import type { Refusal } from './answers.ts'
import { meaningOf, readRefusal } from './answers.ts'
import { endpointIn, projectAt, regionOfEndpoint } from './endpoint.ts'
import type { SlsOptions } from './options.ts'
import type { Header } from './sign.ts'
import { signedHeaders } from './sign.ts'

export interface ProjectRequest {
  readonly method: string
  readonly path: string
  /** Names in lower case. */
  readonly headers: readonly Header[]
  readonly body: Buffer
}

export type ProjectReply =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** There is no answer: what becomes of what was sent. */
  | { readonly kind: 'failed'; readonly outcome: Outcome }

interface Place {
  readonly client: HttpClient
  /** '' where neither signature nor address needs it. */
  readonly region: string
}

interface Ready {
  readonly kind: 'ready'
  readonly place: Place
  readonly keys: AlibabaCredentials
}

/** Of all requests. */
const apiVersion: Header = ['x-log-apiversion', '0.6.0']
/** SLS takes requests within 15 minutes of its time; a clock that is less wrong than this is left alone. */
const leastSkewMs = 60_000
const mostTries = 3

export class Project {
  readonly #options: SlsOptions
  readonly #context: SinkContext
  readonly #credentials: AlibabaCredentialSource
  readonly #ended = new AbortController()
  readonly #signal: AbortSignal
  #place: Place | undefined
  #finding: Promise<Place> | undefined
  #region: string | undefined
  #keys: AlibabaCredentials | undefined
  /** To be added to the clock. */
  #skewMs = 0

  constructor(options: SlsOptions, context: SinkContext, tokenConfigPath?: string) {
    const { accessKeyId, accessKeySecret, internal } = options
    const { env, clock, log } = context
    this.#options = options
    this.#context = context
    this.#signal = AbortSignal.any([context.signal, this.#ended.signal])
    this.#credentials = alibabaCredentials({
      ...(accessKeyId === undefined ? {} : { accessKeyId }),
      ...(accessKeySecret === undefined ? {} : { accessKeySecret }),
      region: () => this.#region,
      internal,
      env,
      clock,
      log,
      signal: this.#signal,
      ...(tokenConfigPath === undefined ? {} : { tokenConfigPath }),
    })
  }

  /** For messages; the project alone where its address is not known yet. */
  get host(): string {
    return this.#place?.client.host ?? `project ${this.#options.project}`
  }

  /** Cleans texts of the keys in use. */
  redact(text: string): string {
    const { accessKeyId = '', accessKeySecret = '', securityToken = '' } = this.#keys ?? {}
    const redactor: Redactor = redactorFor('', [accessKeyId, accessKeySecret, securityToken])
    return redactor(text)
  }

  /** Never rejects; ends soon after `signal` aborts. */
  async request(request: ProjectRequest, signal: AbortSignal): Promise<ProjectReply> {
    let reply: ProjectReply | undefined
    for (let tries = 0; tries < mostTries; tries++) {
      const ready = await this.#prepare(signal)
      if (ready.kind === 'failed') return ready
      const { place, keys } = ready
      reply = await this.#send(request, place, keys, signal)
      if (reply.kind !== 'refused' || !this.#canMend(reply.refusal, keys)) return reply
    }
    return reply ?? { kind: 'failed', outcome: this.#cancelled() }
  }

  async close(): Promise<void> {
    this.#ended.abort()
    const place = this.#place ?? (await this.#finding?.catch(() => undefined))
    await place?.client.close()
  }

  async #send(
    { method, path, headers, body }: ProjectRequest,
    { client, region }: Place,
    keys: AlibabaCredentials,
    signal: AbortSignal,
  ): Promise<ProjectReply> {
    const signed = signedHeaders(
      { method, path, host: client.host, headers: [apiVersion, ...headers], body },
      keys,
      this.#options.signature,
      region,
      this.#context.clock.wallMs() + this.#skewMs,
    )
    const reply = await client.request({ method, path, headers: signed, body }, signal)
    if (reply.kind === 'failed') return reply
    const isTaken = reply.status >= 200 && reply.status < 300
    return isTaken ? { kind: 'done' } : { kind: 'refused', refusal: readRefusal(reply) }
  }

  /** Whether the same request may be taken now: with the server's time, or with other keys. */
  #canMend(refusal: Refusal, keys: AlibabaCredentials): boolean {
    switch (meaningOf(refusal)) {
      case 'clock':
        return this.#learnTime(refusal.answer)
      case 'keys':
        return this.#credentials.refused(keys)
      default:
        return false
    }
  }

  #learnTime({ date }: HttpAnswer): boolean {
    const serverMs = Date.parse(date ?? '')
    const skewMs = serverMs - this.#context.clock.wallMs()
    if (Number.isNaN(skewMs) || Math.abs(skewMs - this.#skewMs) < leastSkewMs) return false
    this.#skewMs = skewMs
    this.#context.log.warn(
      `the clock here is ${Math.abs(Math.round(skewMs / 1_000))} s ${skewMs > 0 ? 'behind' : 'ahead of'} that of SLS: ` +
        'requests are signed for its time; set the clock of the node right',
    )
    return true
  }

  async #prepare(signal: AbortSignal): Promise<Ready | Extract<ProjectReply, { kind: 'failed' }>> {
    // Others wait for the same answers: the search goes on when one of them gives up.
    const leave = (): void => undefined
    try {
      const place = this.#place ?? (await untilAborted(this.#find(), signal, leave))
      const keys = await untilAborted(this.#credentials.get(), signal, leave)
      this.#keys = keys
      return { kind: 'ready', place, keys }
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
    const { project, internal } = this.#options
    const { env, concurrency, log } = this.#context
    const given = this.#options.endpoint ?? env['SLS_ENDPOINT']
    const region = await this.#findRegion(given)
    this.#region = region
    const endpoint = given || endpointIn(region, internal)
    const at = projectAt(project, endpoint)
    if (!at)
      throw new CloudError('the endpoint is no address: write https://cn-hangzhou.log.aliyuncs.com', false)
    if (at.url.startsWith('http://') && at.address === undefined) {
      log.warn('events go to SLS without TLS: write the endpoint with https://')
    }
    const client = await openHttpClient({
      ...at,
      tls: tlsOf(this.#options),
      concurrency,
      env,
      signal: this.#signal,
    })
    return { client, region }
  }

  /** As the original looks for it; but that of an endpoint with a region in its name is the only one that is right. */
  async #findRegion(endpoint: string | undefined): Promise<string> {
    const { regionId, signature } = this.#options
    const { env, log } = this.#context
    const named = env['RegionId']
    if (named && regionId && named !== regionId) {
      log.warn(`the variable RegionId (${named}) counts, not \`regionId\` (${regionId}), as in kube-eventer`)
    }
    const told = named || regionId || (endpoint ? regionOfEndpoint(endpoint) : undefined)
    if (told) return told
    if (endpoint && signature === 'v1') return ''
    try {
      return await metadataService({ ...this.#context, signal: this.#signal }).region()
    } catch (error) {
      if (!(error instanceof CloudError)) throw error
      throw new CloudError(`no region: ${error.message}; write regionId=cn-hangzhou`, error.isUnreachable)
    }
  }

  #cancelled(): Outcome {
    return this.#context.signal.aborted
      ? { kind: 'retry', reason: 'stopped' }
      : { kind: 'retry', reason: 'timeout', detail: `${this.host}: no keys or no region in time` }
  }
}
