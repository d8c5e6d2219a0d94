/** Ways of taking an answer apart that several platforms share. */
import type { AnswerObject, Reading } from './row.ts'

export const fine: Reading = Object.freeze({ kind: 'fine' })

/**
 * A number in `errcode`, `code` or `StatusCode`, with a text beside it; one of `good` means that all went well. Where
 * several are there, one that is not good counts.
 */
export function numberedCode(
  good: readonly number[],
): (body: string, answer: AnswerObject | undefined) => Reading | undefined {
  return (_, answer) => {
    if (!answer) return undefined
    const codes = [answer['errcode'], answer['code'], answer['StatusCode']].filter(
      (code) => code !== undefined,
    )
    if (codes.length === 0) return undefined
    const failed = codes.find((code) => !good.includes(Number(code)))
    if (failed === undefined) return fine
    const text = answer['errmsg'] ?? answer['msg'] ?? answer['StatusMessage'] ?? answer['message'] ?? ''
    return { kind: 'failed', code: String(failed), text: `${String(failed)} ${String(text)}`.trim() }
  }
}

/** The object in a field; `undefined` where there is none. */
export function objectIn(answer: AnswerObject | undefined, field: string): AnswerObject | undefined {
  const value = answer?.[field]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
}

/** A number of seconds as ms; `undefined` where it is none. */
export function secondsAsMs(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? Math.ceil(value * 1_000) : undefined
}
