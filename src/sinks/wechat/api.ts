/**
 * WeCom's API as an application uses it: an access token that is fetched once, kept until shortly before it ends and
 * fetched anew when it is refused, and what is asked with it.
 */
import type { Clock } from '../../domain/clock.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { HttpClient } from '../../sink-kit/http-client.ts'
import { redactorFor } from '../../sink-kit/secrets.ts'
import { outcomeOf, readVerdict, type Verdict } from './answers.ts'

export interface Application {
  /** The API's address: what is secret in it must not be seen in what it answers. */
  readonly endpoint: string
  readonly corpId: string
  readonly corpSecret: string
}

/** An answer of the API, or why there is none. */
export type ApiReply = Verdict | { readonly kind: 'no-answer'; readonly outcome: Outcome }

/** Tokens live two hours; one is not used any more in the last minutes of its life, ms. */
const renewBeforeMs = 300_000
const defaultLifeS = 7_200

export class WecomApi {
  readonly #http: HttpClient
  readonly #clock: Clock
  readonly #application: Application
  #token: { readonly text: string; readonly untilMs: number } | undefined
  #fetching: Promise<string | ApiReply> | undefined

  constructor(http: HttpClient, clock: Clock, application: Application) {
    this.#http = http
    this.#clock = clock
    this.#application = application
  }

  /** `path` with the rest of its query but for the token; a token that is refused is fetched anew, once. */
  async ask(path: string, body: object | undefined, signal: AbortSignal): Promise<ApiReply> {
    for (let isSecond = false; ; isSecond = true) {
      const token = await this.#currentToken(signal)
      if (typeof token !== 'string') return token
      const separator = path.includes('?') ? '&' : '?'
      const reply = await this.#request(
        `${path}${separator}access_token=${encodeURIComponent(token)}`,
        body,
        signal,
      )
      const isRefused = reply.kind === 'failed' && reply.meaning === 'token'
      if (!isRefused || isSecond) return reply
      if (this.#token?.text === token) this.#token = undefined
    }
  }

  async #currentToken(signal: AbortSignal): Promise<string | ApiReply> {
    if (this.#token && this.#clock.monotonicMs() < this.#token.untilMs) return this.#token.text
    // Whoever asks meanwhile waits for the same answer: WeCom counts how often tokens are fetched.
    this.#fetching ??= this.#fetchToken(signal).finally(() => (this.#fetching = undefined))
    return this.#fetching
  }

  async #fetchToken(signal: AbortSignal): Promise<string | ApiReply> {
    const { corpId, corpSecret } = this.#application
    const startedMs = this.#clock.monotonicMs()
    const query = `corpid=${encodeURIComponent(corpId)}&corpsecret=${encodeURIComponent(corpSecret)}`
    const reply = await this.#request(`/cgi-bin/gettoken?${query}`, undefined, signal)
    if (reply.kind !== 'fine') return reply
    const { access_token: text, expires_in: lifeS } = reply.answer
    if (typeof text !== 'string' || text === '')
      return { kind: 'failed', meaning: 'server-error', code: '0', text: 'without an access token' }
    const lifeMs = (typeof lifeS === 'number' && lifeS > 0 ? lifeS : defaultLifeS) * 1000
    this.#token = { text, untilMs: startedMs + Math.max(lifeMs - renewBeforeMs, lifeMs / 2) }
    return text
  }

  async #request(path: string, body: object | undefined, signal: AbortSignal): Promise<ApiReply> {
    const reply = await this.#http.request(
      body === undefined
        ? { method: 'GET', path }
        : {
            method: 'POST',
            path,
            headers: [['Content-Type', 'application/json']],
            body: Buffer.from(JSON.stringify(body)),
          },
      signal,
    )
    if (reply.kind === 'failed') return { kind: 'no-answer', outcome: reply.outcome }
    const verdict = readVerdict(reply.status, reply.body)
    return verdict.kind === 'fine' ? verdict : { ...verdict, text: this.#redacted(verdict.text) }
  }

  /** A gateway may repeat what it was asked. */
  #redacted(text: string): string {
    const { endpoint, corpSecret } = this.#application
    return redactorFor(endpoint, [corpSecret, ...(this.#token ? [this.#token.text] : [])])(text)
  }
}

/** The outcome of a reply that is no success. */
export function outcomeOfFailure(reply: Exclude<ApiReply, { kind: 'fine' }>): Outcome {
  return reply.kind === 'no-answer' ? reply.outcome : outcomeOf(reply)
}
