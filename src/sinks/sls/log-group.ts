/**
 * Occurrences as logs of a log group, in protobuf. Four messages of strings are written by hand: a library makes objects
 * of them first, and takes several times as long.
 * https://www.alibabacloud.com/help/en/sls/developer-reference/api-sls-2020-12-30-putlogs
 */
import type { Occurrence } from '../../domain/occurrence.ts'
import { UTC } from '../../gotime/location.ts'
import { indentedEvent } from '../../sink-kit/event-json.ts'
import { eventTimeOf } from '../../sink-kit/event-time.ts'

/** What stands in each group, or in each log of it. */
export interface LogSettings {
  readonly topic: string
  readonly labels: Readonly<Record<string, string>>
}

export interface EncodedGroup {
  /** The encoder's own: to be used before it encodes again. */
  readonly bytes: Buffer
  /** Where each log ends in them; the first begins at 0. */
  readonly ends: readonly number[]
}

// A field's number and the type of its value, length-delimited but for the time.
const groupLogs = 0x0a
const groupTopic = 0x1a
const groupSource = 0x22
const logTime = 0x08
const logContents = 0x12
const contentKey = 0x0a
const contentValue = 0x12

const mostSeconds = 0xffff_ffff
/** A buffer that is longer is not kept, bytes. */
const mostKept = 4 * 1_048_576

/** A log's fields besides the event: the original's names, each with the value of an occurrence. */
type Field = readonly [name: Buffer, value: (occurrence: Occurrence) => string]

const fields: readonly Field[] = [
  [nameField('hostname'), ({ event }) => event.source?.host ?? ''],
  [nameField('level'), ({ event }) => event.type ?? ''],
]
const podFields: readonly Field[] = [
  ...fields,
  [nameField('pod_id'), ({ event }) => event.involvedObject.uid ?? ''],
  [nameField('pod_name'), ({ event }) => event.involvedObject.name ?? ''],
]
const eventName = nameField('eventId')
const noBytes = Buffer.alloc(0)

/** Makes groups of occurrences, one at a time: in the same bytes, since a batch takes megabytes. */
export class LogEncoder {
  readonly #labels: Buffer
  /** What follows the logs in every group: its topic, and a source that is empty, as the original's. */
  readonly #end: Buffer
  #bytes: Buffer = noBytes

  constructor({ topic, labels }: LogSettings) {
    this.#labels = Buffer.concat(
      Object.entries(labels).map(([name, value]) => {
        const content = Buffer.concat([nameField(name), delimited(contentValue, value)])
        return Buffer.concat([tag(logContents, content.length), content])
      }),
    )
    this.#end = Buffer.concat([delimited(groupTopic, topic), delimited(groupSource, '')])
  }

  /** The group of a batch, in its order; without occurrences it has no logs. */
  encode(batch: readonly Occurrence[]): EncodedGroup {
    let bytes = this.#bytes
    const ends: number[] = []
    let at = 0
    for (const occurrence of batch) {
      const text = indentedEvent(occurrence.raw)
      const isPod = occurrence.event.involvedObject.kind === 'Pod'
      const told = isPod ? podFields : fields
      const values = told.map(([, value]) => value(occurrence))
      const seconds = secondsOf(occurrence)
      let size = 1 + varintSize(seconds) + contentSize(eventName.length, text.length) + this.#labels.length
      const sizes = values.map((value) => Buffer.byteLength(value))
      for (const [place, [name]] of told.entries()) size += contentSize(name.length, sizes[place] ?? 0)

      bytes = withRoom(bytes, at, size + 6)
      bytes[at++] = groupLogs
      at = writeVarint(bytes, at, size)
      bytes[at++] = logTime
      at = writeVarint(bytes, at, seconds)
      at = beginContent(bytes, at, eventName, text.length)
      at += text.copy(bytes, at)
      for (const [place, [name]] of told.entries()) {
        at = beginContent(bytes, at, name, sizes[place] ?? 0)
        at += bytes.write(values[place] ?? '', at)
      }
      at += this.#labels.copy(bytes, at)
      ends.push(at)
    }
    bytes = withRoom(bytes, at, this.#end.length)
    at += this.#end.copy(bytes, at)
    this.#bytes = bytes.length > mostKept ? noBytes : bytes
    return { bytes: bytes.subarray(0, at), ends }
  }
}

/** `bytes`, or what they hold up to `at` in more of them where they have no room for `count` more. */
function withRoom(bytes: Buffer, at: number, count: number): Buffer {
  if (at + count <= bytes.length) return bytes
  const larger = Buffer.allocUnsafe((at + count) * 2)
  bytes.copy(larger, 0, 0, at)
  return larger
}

/** Seconds since 1970, as an unsigned number of 32 bits, which is all that SLS has; others count as its arrival. */
function secondsOf(occurrence: Occurrence): number {
  const { unixSeconds } = eventTimeOf(occurrence, UTC)
  const isTold = unixSeconds >= 0 && unixSeconds <= mostSeconds
  return isTold ? unixSeconds : Math.floor(occurrence.arrivedAtMs / 1_000)
}

function contentSize(nameLength: number, valueLength: number): number {
  const inner = nameLength + 1 + varintSize(valueLength) + valueLength
  return 1 + varintSize(inner) + inner
}

/** All of a content but its value. */
function beginContent(bytes: Buffer, start: number, name: Buffer, valueLength: number): number {
  let at = start
  bytes[at++] = logContents
  at = writeVarint(bytes, at, name.length + 1 + varintSize(valueLength) + valueLength)
  at += name.copy(bytes, at)
  bytes[at++] = contentValue
  return writeVarint(bytes, at, valueLength)
}

function nameField(name: string): Buffer {
  return delimited(contentKey, name)
}

function delimited(field: number, text: string): Buffer {
  const value = Buffer.from(text)
  return Buffer.concat([tag(field, value.length), value])
}

function tag(field: number, length: number): Buffer {
  const bytes = Buffer.alloc(1 + varintSize(length), field)
  writeVarint(bytes, 1, length)
  return bytes
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++
  return size
}

function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 0x80
  bytes[at++] = rest
  return at
}
