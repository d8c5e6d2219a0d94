/** Asks the services of Alibaba Cloud that give keys and tell where one is, each in a connection of its own. */
import type { Clock } from '../../domain/clock.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Env } from '../../domain/proxy.ts'
import type { HttpAnswer, HttpRequest } from '../http-client.ts'
import { openHttpClient } from '../http-client.ts'

/** Says what, where and what to do; free of secrets. */
export class CloudError extends Error {
  /** Nobody answered: it may be away for a while. */
  readonly isUnreachable: boolean

  constructor(message: string, isUnreachable: boolean) {
    super(message)
    this.name = 'CloudError'
    this.isUnreachable = isUnreachable
  }
}

export interface Asking {
  readonly env: Env
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** The answers are next door, or the network has none. */
const answerWithinMs = 5_000

/** Answers whatever status came; throws a `CloudError`, which begins with `what`, where none did. */
export async function ask(
  what: string,
  url: string,
  request: HttpRequest,
  { env, clock, signal }: Asking,
): Promise<HttpAnswer> {
  const client = await open(what, url, env, signal)
  const tooLate = new AbortController()
  const timer = clock.schedule(() => tooLate.abort(), answerWithinMs)
  try {
    const reply = await client.request(request, tooLate.signal)
    if (reply.kind === 'answer') return reply
    throw new CloudError(`${what}: ${detailOf(reply.outcome) ?? 'no answer'}`, true)
  } finally {
    timer.cancel()
    await client.close()
  }
}

async function open(
  what: string,
  url: string,
  env: Env,
  signal: AbortSignal,
): ReturnType<typeof openHttpClient> {
  try {
    return await openHttpClient({ url, concurrency: 1, env, signal })
  } catch (error) {
    throw new CloudError(`${what}: ${error instanceof Error ? error.message : 'its address is wrong'}`, false)
  }
}

function detailOf(outcome: Outcome): string | undefined {
  return outcome.kind === 'retry' ? outcome.detail : undefined
}

/** The members of a JSON object; empty for anything else. */
export function recordOf(text: string): Readonly<Record<string, unknown>> {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return {}
  }
  return isRecord(parsed) ? parsed : {}
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
