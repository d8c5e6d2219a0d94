/** An event as a row: the values that kube-eventer writes, as the text of a statement. */
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Location } from '../../gotime/location.ts'
import { readMetaTime } from '../../gotime/metav1.ts'
import { Time } from '../../gotime/time.ts'
import { eventTimeOf, remembered } from '../../sink-kit/event-time.ts'
import type { ColumnName, TableName, TableShape } from './table.ts'
import { quoted, quotedTable } from './table.ts'

type ValueOf = (occurrence: Occurrence) => string | number

function valuesIn(zone: Location): Readonly<Record<ColumnName, ValueOf>> {
  const timeText = remembered((text) => goTimeText(text, zone))
  return {
    namespace: ({ event }) => event.involvedObject.namespace ?? '',
    kind: ({ event }) => event.involvedObject.kind ?? '',
    name: ({ event }) => event.involvedObject.name ?? '',
    type: ({ event }) => event.type ?? '',
    reason: ({ event }) => event.reason ?? '',
    message: ({ event }) => event.message ?? '',
    event_id: ({ event }) => event.metadata.uid ?? '',
    first_occurrence_time: ({ event }) => (event.firstTimestamp ? timeText(event.firstTimestamp) : noTime),
    last_occurrence_time: (occurrence) => {
      const last = occurrence.event.lastTimestamp ? timeText(occurrence.event.lastTimestamp) : noTime
      return last === noTime ? eventTimeOf(occurrence, zone).toString() : last
    },
    resource_version: ({ event }) => event.metadata.resourceVersion ?? '',
    count: ({ event }) => event.series?.count ?? event.count ?? 0,
    cluster: ({ cluster }) => cluster,
  }
}

const noTime = Time.zero.toString()

/** As Go prints it; of what is no time, as of none. */
function goTimeText(text: string, zone: Location): string {
  const read = readMetaTime(text, zone)
  return read.ok && !read.time.isZero() ? read.time.toString() : noTime
}

/** Makes the text of a row, `('…','…',7)`. */
export type RowText = (occurrence: Occurrence) => string

/** `hasBackslashEscapes`: the session's `sql_mode` lets a backslash escape what follows it. */
export function rowTextFor(
  columns: readonly ColumnName[],
  hasBackslashEscapes: boolean,
  zone: Location,
): RowText {
  const values = valuesIn(zone)
  const each = columns.map((column) => values[column])
  const quote = hasBackslashEscapes ? quotedWithBackslashes : quotedPlainly
  return (occurrence) => {
    let text = '('
    for (let at = 0; at < each.length; at++) {
      const value = each[at]?.(occurrence) ?? ''
      text += at === 0 ? '' : ','
      text += typeof value === 'number' ? String(Math.trunc(value)) : quote(value)
    }
    return `${text})`
  }
}

// oxlint-disable-next-line no-control-regex -- a zero byte ends a text in some tools that read a binlog
const toEscape = /['\\\u0000]/g

function quotedWithBackslashes(text: string): string {
  return `'${text.replace(toEscape, (character) => (character === '\u0000' ? '\\0' : `\\${character}`))}'`
}

function quotedPlainly(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** What stands around the rows of a statement. */
export interface StatementFrame {
  readonly before: string
  readonly after: string
}

/** A statement that adds rows; where the table has the key, those that are there already stay as they are. */
export function insertFrame(name: TableName, { columns, key, hasOtherKeys }: TableShape): StatementFrame {
  // With another unique index, this would pass over a state that is new without a word.
  const isUpsert = key !== undefined && !hasOtherKeys
  return {
    before: `INSERT INTO ${quotedTable(name)} (${columns.map(quoted).join(',')}) VALUES `,
    after: isUpsert ? ' ON DUPLICATE KEY UPDATE `event_id`=`event_id`' : '',
  }
}

/** A statement that is all that an insert is, and adds nothing: for tables whose engine cannot take it back. */
export function emptyInsert(name: TableName, { columns }: TableShape): string {
  const selected = columns.map((column) => (column === 'count' ? '0' : "''")).join(',')
  return `INSERT INTO ${quotedTable(name)} (${columns.map(quoted).join(',')}) SELECT ${selected} FROM DUAL WHERE 1=0`
}
