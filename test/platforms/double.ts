/** What the doubles of platforms are made of: who sees a message, what was refused, and how messages are counted. */
import type { Clock } from '../../src/domain/clock.ts'
import type { Answer, Received } from '../../src/sink-kit/testing/http-receiver.ts'

/** A message as people see it. */
export interface Shown {
  readonly atMs: number
  readonly text: string
  /** Who is told about it beyond seeing it: names or ids as the platform has them. */
  readonly mentioned: readonly string[]
}

export interface PlatformDouble {
  /** Where it answers. */
  readonly host: string
  /** What people see, in order. */
  readonly shown: readonly Shown[]
  /** What it answered to what nobody sees, in order. */
  readonly refusals: readonly string[]
  receive(request: Pick<Received, 'method' | 'target' | 'headers' | 'body'>): Answer
}

export interface Request {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Received['headers']
  readonly body: string
  /** Whether the header says JSON. */
  readonly saysJson: boolean
  /** The body as JSON; `undefined` if it is none. */
  readonly json: unknown
  readonly nowMs: number
  show(text: string, mentioned?: readonly string[]): void
  /** Taken with success, and nobody ever sees it. */
  loseSilently(why: string): void
}

/** A double at `host`; `answer` shows what the platform shows. */
export function platformDouble(
  host: string,
  clock: Pick<Clock, 'wallMs'>,
  answer: (request: Request) => Answer,
): PlatformDouble {
  const shown: Shown[] = []
  const refusals: string[] = []
  return {
    host,
    shown,
    refusals,
    receive: ({ method, target, headers, body }) => {
      const { pathname, searchParams } = new URL(target, `https://${host}`)
      const nowMs = clock.wallMs()
      const before = shown.length + refusals.length
      const given = answer({
        method,
        path: decodeURIComponent(pathname),
        query: searchParams,
        headers,
        body,
        saysJson: /^application\/json\b/i.test(headers['content-type'] ?? ''),
        json: parsed(body),
        nowMs,
        show: (text, mentioned = []) => void shown.push({ atMs: nowMs, text, mentioned }),
        loseSilently: (why) => void refusals.push(why),
      })
      if (shown.length + refusals.length === before)
        refusals.push(`${given.status ?? 200} ${given.body ?? ''}`)
      return given
    },
  }
}

/** So many in any stretch of so long. What is refused counts as well: no platform promises otherwise. */
export class Window {
  readonly #messages: number
  readonly #perMs: number
  #countedAtMs: number[] = []

  constructor(messages: number, perMs: number) {
    this.#messages = messages
    this.#perMs = perMs
  }

  /** Counts one message; whether it was within the limit. */
  admits(nowMs: number): boolean {
    this.#countedAtMs = this.#countedAtMs.filter((atMs) => atMs > nowMs - this.#perMs)
    this.#countedAtMs.push(nowMs)
    return this.#countedAtMs.length <= this.#messages
  }
}

/** Whether all of several windows admit a message. */
export function admittedByAll(windows: readonly Window[], nowMs: number): boolean {
  return windows.map((window) => window.admits(nowMs)).every(Boolean)
}

export function jsonAnswer(
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  }
}

export function textAnswer(
  text: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers: { 'content-type': 'text/plain', ...headers }, body: text }
}

/** All that stands where `pattern`'s first group is. */
export function found(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name)
}

/** Characters as people count them: code points. */
export function lengthOf(text: string): number {
  return [...text].length
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
