/** What the recorder answers: the first entry that fits the request and is not used up. */
import type { RecordedAnswer } from './recording.ts'

export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly body: string
}

/** A function that knows how often each entry was used; `undefined`: nothing fits, 200 `{}`. */
export function answerTo(answers: readonly RecordedAnswer[]): (asked: Asked) => RecordedAnswer | undefined {
  const used = new Map<RecordedAnswer, number>()
  return (asked) => {
    const fitting = answers.find(
      (answer) => fits(answer, asked) && (used.get(answer) ?? 0) < (answer.times ?? Infinity),
    )
    if (fitting) used.set(fitting, (used.get(fitting) ?? 0) + 1)
    return fitting
  }
}

function fits({ method, path, body_match: bodyMatch }: RecordedAnswer, asked: Asked): boolean {
  if (method !== undefined && method !== asked.method) return false
  if (path !== undefined && !new RegExp(path).test(asked.target)) return false
  return bodyMatch === undefined || new RegExp(bodyMatch).test(asked.body)
}
