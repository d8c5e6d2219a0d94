/** Reads what servers answer, which may be anything: what is no object is an empty one. */

export type JsonRecord = Readonly<Record<string, unknown>>

const nothing: JsonRecord = Object.freeze({})

/** The object that `text` holds. */
export function recordIn(text: string): JsonRecord {
  try {
    return recordOf(JSON.parse(text))
  } catch {
    return nothing
  }
}

export function recordOf(value: unknown): JsonRecord {
  return isRecord(value) ? value : nothing
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
