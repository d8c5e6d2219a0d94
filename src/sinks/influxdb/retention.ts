/** How long a server keeps what it was sent: InfluxQL's durations. */

export interface Retention {
  /** As in a statement: `7d`. */
  readonly text: string
  /** Seconds; `Infinity`: for ever. */
  readonly seconds: number
}

const secondsIn: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }
/** The shortest that servers take. */
const leastSeconds = 3_600
/** Longer than a server can count in nanoseconds is what people write for ever. */
const mostSeconds = 9_223_372_036

/** Reads `7d`, `52w`, `1h30m`, and `0` or `INF` for ever; `undefined` where it is none of them, or below an hour. */
export function readRetention(text: string): Retention | undefined {
  if (/^(?:0[smhdw]?|inf)$/i.test(text)) return { text: 'INF', seconds: Infinity }
  if (!/^(?:\d+[smhdw])+$/.test(text)) return undefined
  const seconds = secondsOf(text)
  return seconds >= leastSeconds && seconds <= mostSeconds ? { text, seconds } : undefined
}

/** Of a duration as a server tells it: `168h0m0s`, where `0s` is for ever. */
export function toldSeconds(text: string): number {
  const seconds = secondsOf(text)
  return seconds === 0 ? Infinity : seconds
}

function secondsOf(text: string): number {
  let sum = 0
  for (const [, count, unit = ''] of text.matchAll(/(\d+)([smhdw])/g))
    sum += Number(count) * (secondsIn[unit] ?? 0)
  return sum
}
