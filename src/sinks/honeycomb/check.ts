/** Proves that the key may send events, without sending one: Honeycomb tells what a key may do. */
import type { HttpClient, HttpReply } from '../../sink-kit/http-client.ts'
import { describeAnswer } from '../../sink-kit/http-outcome.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'

export interface CheckSettings {
  readonly http: HttpClient
  /** `/1/auth`, with the query that the API's address may have. */
  readonly authPath: string
  /** Of the dataset. */
  readonly batchPath: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly redact: Redactor
}

/** Throws an `Error` that says what is wrong and what to do. */
export async function checkKey(settings: CheckSettings, signal: AbortSignal): Promise<void> {
  const { http, authPath, batchPath, headers, redact } = settings
  const told = await answerOf(http.request({ method: 'GET', path: authPath, headers }, signal), http.host)
  if (told.status === 200) {
    if (!maySend(told.body)) {
      throw new Error(`${http.host}: the key may not send events: give it that right, or take another key`)
    }
    return
  }
  // Proxies that pass on nothing but events do not know it: an empty batch reaches them, and leaves nothing behind.
  if (told.status === 404) {
    const body = Buffer.from('[]')
    const asked = await answerOf(
      http.request({ method: 'POST', path: batchPath, headers, body }, signal),
      http.host,
    )
    if (asked.status < 300 || asked.status === 400) return
    throw refusal(http.host, asked, redact)
  }
  throw refusal(http.host, told, redact)
}

type Answer = Extract<HttpReply, { kind: 'answer' }>

async function answerOf(asking: Promise<HttpReply>, host: string): Promise<Answer> {
  const reply = await asking
  if (reply.kind === 'answer') return reply
  const { outcome } = reply
  throw new Error(outcome.kind === 'retry' ? (outcome.detail ?? host) : host)
}

function refusal(host: string, { status, body }: Answer, redact: Redactor): Error {
  const said = `${host}: ${describeAnswer(`answered ${status}`, body, redact)}`
  const remedy =
    status === 401 || status === 403
      ? '; check `writekey`, and that `apihost` is of the region where the key was made'
      : status === 404
        ? '; check `apihost`'
        : ''
  return new Error(said + remedy)
}

/** `{"api_key_access": {"events": true, …}}`: https://docs.honeycomb.io/api/auth; an answer without it says nothing against. */
function maySend(body: string): boolean {
  try {
    const answer: unknown = JSON.parse(body)
    if (typeof answer !== 'object' || answer === null || !('api_key_access' in answer)) return true
    const { api_key_access: access } = answer
    return typeof access !== 'object' || access === null || !('events' in access) || access.events !== false
  } catch {
    return true
  }
}
