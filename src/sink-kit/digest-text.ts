/**
 * A digest as text, within a platform's size. What is told first is what a reader needs first: how many there are,
 * then every reason with its count, then the objects, then what they say. Where there is no room for all, the newest
 * stay, and a line says how much is missing.
 */
import type { Location } from '../gotime/location.ts'
import type { Digest, DigestObject, DigestReason } from './digest.ts'
import { eventTimeOf } from './event-time.ts'
import type { Measure } from './fit-text.ts'
import { fitText } from './fit-text.ts'

/** How a platform writes what a digest is made of. */
export interface DigestStyle {
  readonly strong: (text: string) => string
  /** Goes before an object's line. */
  readonly bullet: string
  /** Between two lines, and between two blocks of lines. */
  readonly newLine: string
  readonly newBlock: string
}

export const plainStyle: DigestStyle = {
  strong: (text) => text,
  bullet: '- ',
  newLine: '\n',
  newBlock: '\n\n',
}

/** Markdown of chat platforms: a single line break is none there. */
export const markdownStyle: DigestStyle = {
  strong: (text) => `**${text}**`,
  bullet: '- ',
  newLine: '\n',
  newBlock: '\n\n',
}

/** Different messages of one reason that a digest quotes, and characters of each. */
const quotedObjects = 3
const quotedCharacters = 160

/** The text of `digest` in `maxBytes` at most, as `measure` counts them. */
export function digestText(
  digest: Digest,
  style: DigestStyle,
  zone: Location,
  maxBytes: number,
  measure: Measure,
): string {
  const head = headOf(digest, style, zone)
  let room = maxBytes - measure(head)
  const blocks = digest.reasons.map((reason) => ({ reason, lines: [reasonLine(reason, style, zone)] }))
  const bytesOf = (line: string): number => measure(style.newLine + line)
  // Every reason before any object: a thousand pods of one reason must not hide the one node of another.
  const kept = fitting(blocks, ({ lines }) => measure(style.newBlock + (lines[0] ?? '')), room - reserveBytes)
  for (const { lines } of kept) room -= measure(style.newBlock + (lines[0] ?? ''))
  const missingReasons = digest.reasons.slice(kept.length)
  room -= missingReasons.length > 0 ? reserveBytes : 0
  const shown = fillObjects(
    kept.map(({ reason }) => reason),
    room,
    bytesOf,
    style,
  )
  const text = kept.map(({ lines }, at) => [...lines, ...(shown[at] ?? [])].join(style.newLine))
  const rest = missingReasons.length > 0 ? [missingReasonsLine(missingReasons)] : []
  return fitText([head, ...text, ...rest].join(style.newBlock), maxBytes, measure)
}

/** What a line that tells what is missing may take. */
const reserveBytes = 80

function headOf(digest: Digest, style: DigestStyle, zone: Location): string {
  const clock = (occurrence: Digest['newest']): string =>
    eventTimeOf(occurrence, zone).format('2006-01-02 15:04:05')
  // What came last need not have happened last.
  const [from, to] = [clock(digest.oldest), clock(digest.newest)].toSorted()
  const count = style.strong(counted(digest.count, 'event'))
  return `${count} of ${counted(digest.objectCount, 'object')}, ${from === to ? from : `${from} to ${to}`}`
}

function reasonLine(
  { type, reason, count, objects, newest }: DigestReason,
  style: DigestStyle,
  zone: Location,
): string {
  const what = style.strong(`${reason === '' ? '(no reason)' : reason} ×${count}`)
  const level = type === '' || type === 'Warning' ? '' : ` (${type})`
  const at = eventTimeOf(newest, zone).format('15:04:05')
  return `${what}${level}, ${counted(objects.length, 'object')}, newest ${at}`
}

/**
 * Objects' lines for each reason, as far as there is room. In rounds, one object of each reason a round, so that each
 * reason has its newest; first without what they say, which is added, newest reasons first, with what room is left.
 */
function fillObjects(
  reasons: readonly DigestReason[],
  room: number,
  bytesOf: Measure,
  style: DigestStyle,
): readonly (readonly string[])[] {
  const names = reasons.map(({ objects }) => objects.map((object) => style.bullet + objectText(object)))
  const everything = names.flat().reduce((sum, line) => sum + bytesOf(line), 0)
  let left = room
  if (everything > left) {
    const marks = reasons.length * reserveBytes
    left -= Math.min(marks, left)
  }
  const lines: string[][] = reasons.map(() => [])
  let grows = true
  for (let round = 0; grows; round++) {
    grows = false
    for (const [at, all] of names.entries()) {
      const line = all[round]
      if (line === undefined || lines[at]?.length !== round) continue
      const bytes = bytesOf(line)
      if (bytes > left) continue
      left -= bytes
      lines[at]?.push(line)
      grows = true
    }
  }
  for (const [at, { objects }] of reasons.entries()) {
    const own = lines[at] ?? []
    const quoted = new Set([''])
    for (const index of own.keys()) {
      // Forty pods of one rollout say the same: the first few tell what it is about.
      if (quoted.size > quotedObjects) break
      const message = messageOf(objects[index])
      if (quoted.has(message)) continue
      quoted.add(message)
      const bytes = bytesOf(`: ${message}`)
      if (bytes > left) continue
      left -= bytes
      own[index] += `: ${message}`
    }
    // Where none is shown, the reason's own line says it all.
    if (own.length > 0 && own.length < objects.length)
      own.push(`${style.bullet}${missingObjects(objects.slice(own.length))}`)
  }
  return lines
}

function objectText({ name, count }: DigestObject): string {
  return count === 1 ? name : `${name} ×${count}`
}

function messageOf(object: DigestObject | undefined): string {
  const text = (object?.newest.event.message ?? '').replace(/\s+/g, ' ').trim()
  return fitText(text, quotedCharacters, (one) => one.length)
}

function missingObjects(objects: readonly DigestObject[]): string {
  const events = objects.reduce((sum, { count }) => sum + count, 0)
  return `… ${counted(objects.length, 'more object')} (${counted(events, 'event')})`
}

function missingReasonsLine(reasons: readonly DigestReason[]): string {
  const events = reasons.reduce((sum, { count }) => sum + count, 0)
  return `… ${counted(reasons.length, 'more reason')} (${counted(events, 'event')})`
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** As many of the first ones as fit into `room`. */
function fitting<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => number,
  room: number,
): readonly Item[] {
  let left = room
  let count = 0
  for (const item of items) {
    left -= bytesOf(item)
    if (left < 0) break
    count++
  }
  return items.slice(0, count)
}
