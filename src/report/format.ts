/**
 * A report as people and programs read it. `text` and `markdown` fit into so many bytes where a platform has a bound:
 * times go first, then rows, and what is left out is told.
 */
import stringWidth from 'string-width'
import type { Location } from '../gotime/location.ts'
import { Time } from '../gotime/time.ts'
import type { Report, ReportRow } from './report.ts'

export const reportFormats = ['table', 'markdown', 'json', 'csv'] as const
export type ReportFormat = (typeof reportFormats)[number]

export interface ReportHead {
  /** The first line: `Kubernetes Event Daily statistical`. */
  readonly title: string
  /** What is counted, as it was written: `level=Warning`; '' for everything. */
  readonly where: string
}

/** How texts are measured where they have to fit. */
export interface Room {
  readonly maxBytes: number
  readonly bytesOf: (text: string) => number
  /** The title is shown by itself. */
  readonly withoutTitle?: true
}

const noBound: Room = { maxBytes: Number.POSITIVE_INFINITY, bytesOf: () => 0 }

/** Times of a row that a text tells, tried one after another until it fits. */
const timesTried = [20, 5, 1]

/**
 * A table without lines around it: `FailureTime`, `ResourcesName`, `FailuresNumber`, the times of a row one under the
 * other. Columns align where characters are wide, too.
 */
export function reportTable(report: Report, head: ReportHead, zone: Location, room: Room = noBound): string {
  return fitted(report, room, (rows, times) => {
    const lines = rows.flatMap((row) => tableLines(row, times, zone))
    return [
      headLines(report, head, zone)
        .slice(room.withoutTitle ? 1 : 0)
        .join('\n'),
      ...(lines.length === 0
        ? []
        : [columns([['FailureTime', 'ResourcesName', 'FailuresNumber'], ...lines])]),
      ...restLine(report, rows.length),
    ].join('\n\n')
  })
}

/** Lists, since the chat platforms' Markdown has no tables: a line a row, its reasons and times below it. */
export function reportMarkdown(
  report: Report,
  head: ReportHead,
  zone: Location,
  room: Room = noBound,
): string {
  return fitted(report, room, (rows, times) => {
    const [title, ...about] = headLines(report, head, zone)
    const blocks = rows.map((row) => {
      const reasons = row.reasons.map(({ reason, count }) => `${reason || '(no reason)'} ${count}`)
      const line = `- **${row.name || '(none)'}** ×${row.count}`
      const when = timeTexts(row, times, zone)
      return [line, ...[reasons.join(', '), when.join(', ')].filter(Boolean).map((one) => `  ${one}`)].join(
        '\n',
      )
    })
    const heading = room.withoutTitle ? [] : [`#### ${title}`]
    return [...heading, ...about, blocks.join('\n'), ...restLine(report, rows.length)]
      .filter(Boolean)
      .join('\n\n')
  })
}

/** What `GET /api/v1/report` and `--format json` give; names stay. */
export function reportJson(report: Report, head: ReportHead): object {
  return {
    title: head.title,
    where: head.where,
    from: new Date(report.fromMs).toISOString(),
    to: new Date(report.toMs).toISOString(),
    by: report.by,
    count: report.count,
    rows: report.rows.map(({ name, count, reasons, times, earlier }) => ({
      name,
      count,
      reasons,
      times: times.map((time) => ({ at: new Date(time.atMs).toISOString(), count: time.count })),
      earlier,
    })),
    others: report.others,
  }
}

/** A row a line, with its reasons; RFC 4180, but for line breaks, which are as in every other text here. */
export function reportCsv(report: Report): string {
  const lines = report.rows.map(({ name, count, reasons, times }) => [
    name,
    String(count),
    reasons.map((one) => `${one.reason} ${one.count}`).join('; '),
    isoText(times[0]?.atMs),
    isoText(times.at(-1)?.atMs),
  ])
  return [['name', 'count', 'reasons', 'first', 'last'], ...lines]
    .map((cells) => `${cells.map(csvCell).join(',')}\n`)
    .join('')
}

function isoText(ms: number | undefined): string {
  return ms === undefined ? '' : new Date(ms).toISOString()
}

/** A cell that begins like a formula is one in a spreadsheet: names come from whoever may create objects. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function fitted(
  report: Report,
  { maxBytes, bytesOf }: Room,
  write: (rows: readonly ReportRow[], times: number) => string,
): string {
  let shown = ''
  for (const times of timesTried) {
    shown = write(report.rows, times)
    if (bytesOf(shown) <= maxBytes) return shown
  }
  const [fewest = 1] = timesTried.slice(-1)
  let [least, most] = [0, report.rows.length]
  while (least < most) {
    const middle = (least + most + 1) >>> 1
    if (bytesOf(write(report.rows.slice(0, middle), fewest)) <= maxBytes) least = middle
    else most = middle - 1
  }
  return write(report.rows.slice(0, least), fewest)
}

function headLines(report: Report, { title, where }: ReportHead, zone: Location): string[] {
  const at = (ms: number): string => clockText(ms, zone, '2006-01-02 15:04')
  const about = [`${at(report.fromMs)} – ${at(report.toMs)}`, where, `${report.count} in all`]
  return [title, about.filter(Boolean).join(', ')]
}

function tableLines(row: ReportRow, times: number, zone: Location): string[][] {
  const [first = '', ...others] = timeTexts(row, times, zone)
  return [[first, row.name, String(row.count)], ...others.map((time) => [time])]
}

/** The newest `most` of a row's times, oldest first; what is left out comes before them. */
function timeTexts(row: ReportRow, most: number, zone: Location): string[] {
  const shown = row.times.slice(-most)
  const left = row.count - shown.reduce((sum, { count }) => sum + count, 0)
  const texts = shown.map(({ atMs, count }) => {
    const time = clockText(atMs, zone, '2006-01-02 15:04:05')
    return count === 1 ? time : `${time} ×${count}`
  })
  return left > 0 ? [`… ${left} earlier`, ...texts] : texts
}

function restLine(report: Report, shownRows: number): string[] {
  const hidden = report.rows.slice(shownRows)
  const rows = report.others.rows + hidden.length
  const count = report.others.count + hidden.reduce((sum, row) => sum + row.count, 0)
  return rows === 0 ? [] : [`… ${rows} more (${count} in all)`]
}

function clockText(ms: number, zone: Location, layout: string): string {
  return Time.fromEpochMs(ms, zone).format(layout)
}

/** Columns as wide as their widest cell on a terminal, where a Chinese character takes two places. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, stringWidth(cell))
  }
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - stringWidth(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
