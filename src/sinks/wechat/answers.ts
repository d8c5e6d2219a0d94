/** What WeCom's API means by its codes, where an application sends messages: other ones than a group robot's. */
import type { Outcome } from '../../domain/outcome.ts'

/** How long to wait after "too many" (a minute's quota blocks for a minute), ms. */
export const throttledMs = 60_000

/**
 * - `token`: the access token is no good any more: a new one helps
 * - `nobody`: none of those whom the message is for can be told; others may be
 */
type Meaning = 'token' | 'nobody' | 'refused' | 'throttled' | 'bad-message' | 'server-error'

/** https://developer.work.weixin.qq.com/document/path/90313 and the application message's own page, path/90236 */
const meanings: Readonly<Record<string, Meaning>> = {
  '-1': 'server-error',
  6000: 'server-error',
  40001: 'refused',
  40003: 'nobody',
  40008: 'bad-message',
  40013: 'refused',
  40014: 'token',
  40031: 'nobody',
  40033: 'bad-message',
  40056: 'refused',
  40058: 'bad-message',
  40091: 'refused',
  41001: 'token',
  41002: 'refused',
  41004: 'refused',
  41011: 'refused',
  42001: 'token',
  44004: 'bad-message',
  45002: 'bad-message',
  45008: 'bad-message',
  45009: 'throttled',
  45029: 'throttled',
  45033: 'throttled',
  47001: 'bad-message',
  48002: 'refused',
  60011: 'refused',
  60020: 'refused',
  60111: 'nobody',
  81013: 'nobody',
  82001: 'nobody',
  301002: 'refused',
}

export type Verdict =
  | { readonly kind: 'fine'; readonly answer: Readonly<Record<string, unknown>> }
  | { readonly kind: 'failed'; readonly meaning: Meaning; readonly code: string; readonly text: string }

/** Reads an answer; `status` counts where the body is none of WeCom's. */
export function readVerdict(status: number, body: string): Verdict {
  const answer = parseObject(body)
  const code = answer?.['errcode']
  if (answer === undefined || typeof code !== 'number') {
    const meaning = status === 429 ? 'throttled' : status >= 400 && status < 500 ? 'refused' : 'server-error'
    return { kind: 'failed', meaning, code: String(status), text: '' }
  }
  if (code === 0) return { kind: 'fine', answer }
  const text = typeof answer['errmsg'] === 'string' ? answer['errmsg'] : ''
  // What is in no table fails without blame.
  const meaning = Object.hasOwn(meanings, code) ? (meanings[code] ?? 'server-error') : 'server-error'
  return { kind: 'failed', meaning, code: String(code), text }
}

/** The outcome of a failed verdict. `detail` is free of secrets: WeCom repeats the caller's address, never a token. */
export function outcomeOf({ meaning, code, text }: Extract<Verdict, { kind: 'failed' }>): Outcome {
  const detail = `WeCom answered ${code} ${text}`.trim().slice(0, shownCharacters)
  switch (meaning) {
    case 'bad-message':
      return { kind: 'rejected', reason: 'bad-message', detail }
    case 'throttled':
      return { kind: 'retry', reason: 'throttled', afterMs: throttledMs, detail }
    case 'server-error':
      return { kind: 'retry', reason: 'server-error', detail }
    case 'token':
    case 'nobody':
    case 'refused':
      return { kind: 'retry', reason: 'refused', detail }
  }
}

const shownCharacters = 200

function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
