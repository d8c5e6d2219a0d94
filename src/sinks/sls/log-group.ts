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

// The original's names of a log's fields.
const hostName = nameField('hostname')
const levelName = nameField('level')
const podIdName = nameField('pod_id')
const podNameName = nameField('pod_name')
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
      // One variable a value, and no lists: thousands of logs a second leave nothing to be collected.
      const text = indentedEvent(occurrence.raw)
      const { source, type: level = '', involvedObject } = occurrence.event
      const { kind, uid = '', name = '' } = involvedObject
      const host = source?.host ?? ''
      const isPod = kind === 'Pod'
      const seconds = secondsOf(occurrence)
      const hostSize = Buffer.byteLength(host)
      const levelSize = Buffer.byteLength(level)
      const uidSize = isPod ? Buffer.byteLength(uid) : 0
      const nameSize = isPod ? Buffer.byteLength(name) : 0
      const size =
        1 +
        varintSize(seconds) +
        contentSize(eventName, text.length) +
        contentSize(hostName, hostSize) +
        contentSize(levelName, levelSize) +
        (isPod ? contentSize(podIdName, uidSize) + contentSize(podNameName, nameSize) : 0) +
        this.#labels.length

      bytes = withRoom(bytes, at, size + 6)
      bytes[at++] = groupLogs
      at = writeVarint(bytes, at, size)
      bytes[at++] = logTime
      at = writeVarint(bytes, at, seconds)
      at = beginContent(bytes, at, eventName, text.length)
      at += text.copy(bytes, at)
      at = beginContent(bytes, at, hostName, hostSize)
      at += bytes.write(host, at)
      at = beginContent(bytes, at, levelName, levelSize)
      at += bytes.write(level, at)
      if (isPod) {
        at = beginContent(bytes, at, podIdName, uidSize)
        at += bytes.write(uid, at)
        at = beginContent(bytes, at, podNameName, nameSize)
        at += bytes.write(name, at)
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

function contentSize(name: Buffer, valueLength: number): number {
  const inner = name.length + 1 + varintSize(valueLength) + valueLength
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
