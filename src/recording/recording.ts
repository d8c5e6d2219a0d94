// Recordings: a watch stream kept as NDJSON, gzipped or not, read line by line.
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'
import type { KubernetesEvent } from '../domain/event.ts'
import { textOf } from '../domain/text-of.ts'

/** One line of a recording. */
export type RecordedChange =
  | {
      readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
      readonly object: KubernetesEvent
      readonly line: number
      /** When it arrived, ms since 1970; a watch stream as the API server wrote it does not tell. */
      readonly arrivedAtMs: number | undefined
    }
  /** Says how far the stream is, and is no news. */
  | { readonly type: 'BOOKMARK'; readonly line: number; readonly arrivedAtMs: number | undefined }

/** A file that is no recording, or cannot be read. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
  readonly file: string
  /** 1-based; undefined where the file as a whole is at fault. */
  readonly line: number | undefined
  readonly problem: string

  constructor(file: string, line: number | undefined, problem: string, options?: ErrorOptions) {
    const place = line === undefined ? file : `${file}, line ${line}`
    const shape = 'a recording is NDJSON, gzipped or not, a line each: {"type":"ADDED","object":{…}}'
    super(`recording ${place}: ${problem}${line === undefined ? '' : `\n  ${shape}`}`, options)
    this.file = file
    this.line = line
    this.problem = problem
  }
}

/** No event is larger than what etcd takes, 1.5 MiB by default. */
const maxLineLength = 8 * 1024 * 1024

/**
 * Reads a recording as a stream: it need not fit into memory. Each line is
 * `{"t": <arrival, ms since 1970>, "type", "object"}`, or as an API server writes it, `{"type", "object"}`.
 * Throws a `RecordingError` that names the file and the line.
 */
export async function* readRecording(file: string): AsyncGenerator<RecordedChange> {
  let line = 0
  for await (const text of linesOf(file)) {
    line += 1
    if (text.trim() === '') continue
    yield parseLine(file, line, text)
  }
  if (line === 0) throw new RecordingError(file, undefined, 'it is empty')
}

/** From the first arrival to the last, ms; `undefined` where the lines do not tell. Rejects as `readRecording` does. */
export async function recordingLengthMs(file: string): Promise<number | undefined> {
  let firstMs: number | undefined
  let lastMs: number | undefined
  for await (const { arrivedAtMs } of readRecording(file)) {
    firstMs ??= arrivedAtMs
    lastMs = arrivedAtMs ?? lastMs
  }
  return firstMs === undefined || lastMs === undefined ? undefined : lastMs - firstMs
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let line = 1
  try {
    for await (const chunk of await contentOf(file)) {
      const parts = (rest + decoder.write(chunk)).split('\n')
      rest = parts.pop() ?? ''
      yield* parts
      line += parts.length
      if (rest.length > maxLineLength)
        throw new RecordingError(file, line, 'the line is longer than any event')
    }
  } catch (error) {
    if (error instanceof RecordingError) throw error
    const problem = textOf(error)
    throw new RecordingError(file, undefined, `cannot be read: ${problem}`, { cause: error })
  }
  rest += decoder.end()
  if (rest !== '') yield rest
}

/** The bytes, unpacked where the first two say gzip, whatever the file's name. */
async function contentOf(file: string): Promise<AsyncIterable<Buffer>> {
  const packed = await isGzip(file)
  const content = createReadStream(file, { highWaterMark: 256 * 1024 })
  // The pipeline hands an error of the one to the other, where reading meets it, and closes both.
  return packed ? pipeline(content, createGunzip(), () => {}) : content
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file)
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await handle.close()
  }
}

function parseLine(file: string, line: number, text: string): RecordedChange {
  const fail = (problem: string, cause?: unknown): never => {
    throw new RecordingError(file, line, problem, { cause })
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    return fail(`not JSON: ${JSON.stringify(text.slice(0, 60))}`, error)
  }
  if (!isRecord(parsed)) return fail('not a JSON object')
  const { t, type, object } = parsed
  if (t !== undefined && typeof t !== 'number') return fail('"t" is not a number of milliseconds')
  if (type === 'BOOKMARK') return { type, line, arrivedAtMs: t }
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') {
    return fail(`"type" is ${JSON.stringify(type)}, none of ADDED, MODIFIED, DELETED, BOOKMARK`)
  }
  if (!isRecordedEvent(object))
    return fail('"object" is no event: it needs metadata with a name, and involvedObject')
  return { type, object, line, arrivedAtMs: t }
}

/** As far as a player relies on it; an event's other fields are optional. */
export function isRecordedEvent(value: unknown): value is KubernetesEvent {
  if (!isRecord(value) || !isRecord(value.metadata) || !isRecord(value.involvedObject)) return false
  return typeof value.metadata.name === 'string' && value.metadata.name !== ''
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
