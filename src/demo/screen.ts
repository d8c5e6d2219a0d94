/** What the live view looks like: a pure function of what is to be shown and of the terminal's size. */
import { cellWidth, cutMiddle, fitTo, wrapTo } from './cell-width.ts'
import { digestLines } from './digest-lines.ts'
import { fitLine, lineText, piece, row, rule, spread } from './painted-line.ts'
import type { Column, Line, Piece, Tint } from './painted-line.ts'

/** Everything that is shown. Texts are on one line and free of what a terminal would obey. */
export interface ScreenState {
  /** `at 10×`, `max speed` */
  readonly speed: string
  /** What is going on after the play: '' while it is played. */
  readonly phase: string
  /** How much of the incident's own time has been played, ms, and how long it is; absent: not known. */
  readonly playedMs: number
  readonly lengthMs?: number
  readonly arrived: number
  /** Events a second, now. */
  readonly arriving: number
  /** Oldest first. */
  readonly events: readonly EventRow[]
  readonly sinks: readonly SinkRow[]
  readonly robot?: RobotPanel
  /** The newest line of the log; '' if there is none. */
  readonly notice: string
}

export interface EventRow {
  /** `17:30:15` */
  readonly time: string
  readonly isWarning: boolean
  readonly reason: string
  /** `Pod shop/web-0 ×17` */
  readonly object: string
  readonly message: string
  /** Why no sink but the view itself wants it; '' if one does. */
  readonly filteredBy: string
}

export interface SinkRow {
  readonly name: string
  readonly state: string
  readonly isWell: boolean
  /** Why it is held; '' if it is not. */
  readonly detail: string
  readonly delivered: number
  /** Occurrences a second, now. */
  readonly rate: number
  readonly waiting: number
  /** From arrival to settled, ms, of the latest ones; absent: none yet. */
  readonly p50Ms?: number
  readonly p99Ms?: number
  readonly retried: number
  readonly dead: number
  /** Messages of this minute, of those that its destination takes: `18 of 20`; '' without a quota. */
  readonly quota: string
  readonly filtered: readonly (readonly [reason: string, count: number])[]
}

export interface RobotPanel {
  readonly title: string
  /** Why something waits; '' if nothing does. */
  readonly waiting: string
  /** What its group reads; '' before the first message. */
  readonly message: string
}

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

/** From this width on there are two panels side by side. */
const wideColumns = 112
const leastEventRows = 3
/** With names of eight letters. */
const leastSinkWidth = 76

/** `rows` lines of `columns` cells each. */
export function screenLines(state: ScreenState, size: ScreenSize, colour: boolean): readonly string[] {
  const { columns, rows } = size
  const body = columns >= wideColumns ? wideBody : narrowBody
  const head = headLines(state, columns)
  const foot = footLine(state, columns)
  const lines = [...head, ...body(state, columns, Math.max(0, rows - head.length - 1))]
  const blank = Array.from({ length: Math.max(0, rows - 1 - lines.length) }, (): Line => [])
  return [...lines.slice(0, rows - 1), ...blank, foot].map((line) => lineText(fitLine(line, columns), colour))
}

function headLines(state: ScreenState, width: number): readonly Line[] {
  const { playedMs, lengthMs } = state
  const of = lengthMs === undefined ? '' : ` of ${minutes(lengthMs)}`
  const title = [
    piece('kube-eventer demo', 'strong'),
    piece(`  recorded incident of a real cluster, ${state.speed}`),
  ]
  const counts = [
    piece(`${grouped(state.arrived)} events arrived`, 'strong'),
    piece(`, ${rateText(state.arriving)}/s`),
  ]
  const bar = lengthMs === undefined ? [] : progress(playedMs / lengthMs, Math.min(40, Math.floor(width / 5)))
  return [
    spread(title, [piece(`  ${minutes(playedMs)}${of}`)], width),
    [...bar, ...counts, piece(state.phase === '' ? '' : `   ${state.phase}`, 'good')],
  ]
}

function progress(part: number, width: number): Line {
  const done = Math.round(Math.max(0, Math.min(1, part)) * width)
  return [piece('█'.repeat(done)), piece(`${'░'.repeat(width - done)}`, 'dim'), piece('  ')]
}

function footLine({ notice }: ScreenState, width: number): Line {
  return spread(notice === '' ? [] : [piece(notice, 'warning')], [piece('  Ctrl-C ends', 'dim')], width)
}

/** One under the other; the robot's message and the events share what the tables leave. */
function narrowBody(state: ScreenState, width: number, height: number): readonly Line[] {
  const sinks = panel('sinks', sinkLines(state.sinks, width), width)
  const filtered = panel('filtered, by reason', filteredLines(state.sinks, width), width)
  const rest = height - sinks.length
  const upper = rest - filtered.length > leastEventRows ? filtered : []
  const free = Math.max(0, rest - upper.length)
  const robotRows = state.robot ? Math.max(0, Math.min(Math.ceil(free / 2), free - leastEventRows - 1)) : 0
  return [
    ...eventPanel(state, width, free - robotRows),
    ...upper,
    ...sinks,
    ...(state.robot ? robotPanel(state.robot, width, robotRows) : []),
  ]
}

/** Events beside the robot's message; below them the sinks beside what they filter. */
function wideBody(state: ScreenState, width: number, height: number): readonly Line[] {
  const sinkWidth = Math.max(leastSinkWidth, Math.floor(width * 0.62))
  const filterWidth = width - sinkWidth - gap.length
  const sinks = panel('sinks', sinkLines(state.sinks, sinkWidth), sinkWidth)
  const filtered = panel('filtered, by reason', filteredLines(state.sinks, filterWidth), filterWidth)
  const lowerHeight = Math.max(sinks.length, filtered.length)
  const lower = beside({ left: sinks, leftWidth: sinkWidth, right: filtered, height: lowerHeight })
  const upperHeight = Math.max(0, height - lowerHeight)
  if (!state.robot) return [...eventPanel(state, width, upperHeight), ...lower]
  const robotWidth = Math.min(90, Math.max(54, Math.floor(width * 0.42)))
  const leftWidth = width - robotWidth - gap.length
  return [
    ...beside({
      left: eventPanel(state, leftWidth, upperHeight),
      leftWidth,
      right: robotPanel(state.robot, robotWidth, upperHeight),
      height: upperHeight,
    }),
    ...lower,
  ]
}

const gap = '  '

function beside(parts: {
  readonly left: readonly Line[]
  readonly leftWidth: number
  readonly right: readonly Line[]
  readonly height: number
}): readonly Line[] {
  const { left, leftWidth, right, height } = parts
  return Array.from({ length: height }, (_, at) => [
    ...fitLine(left[at] ?? [], leftWidth),
    piece(gap),
    ...(right[at] ?? []),
  ])
}

function panel(title: string, lines: readonly Line[], width: number): readonly Line[] {
  return [rule(title, width), ...lines]
}

/** `height` lines at all events, so that nothing below it moves: the newest at the bottom. */
function eventPanel({ events }: ScreenState, width: number, height: number): readonly Line[] {
  const count = height - 1
  if (count < 1) return []
  const newest = events.slice(-count)
  const missing = Array.from({ length: count - newest.length }, (): Line => [])
  return panel('what arrives', [...newest.map((event) => eventLine(event, width)), ...missing], width)
}

/** The time, and the spaces between the four. */
const besideReason = 14
/** `filtered: namespace` should be readable as far as it tells one from another. */
const filteredText = 17

function eventLine(event: EventRow, width: number): Line {
  const { time, isWarning, reason, object, message, filteredBy } = event
  const isWide = width >= 100
  const reasonWidth = isWide ? 20 : 16
  const rest = width - reasonWidth - besideReason
  const objectWidth = Math.max(8, Math.floor(Math.min(rest * (isWide ? 0.45 : 0.62), rest - filteredText)))
  const isWanted = filteredBy === ''
  const tint = (wanted: Tint): Tint => (isWanted ? wanted : 'dim')
  return [
    piece(`${time}  `, 'dim'),
    piece(fitTo(reason, reasonWidth), tint(isWarning ? 'warning' : 'plain')),
    piece(`  ${fitTo(object, objectWidth)}  `, tint('plain')),
    piece(isWanted ? message : `filtered: ${filteredBy}`, tint('plain')),
    piece(isWanted || !isWide ? '' : `  ${message}`, 'dim'),
  ]
}

function filteredLines(sinks: readonly SinkRow[], width: number): readonly Line[] {
  const filtering = sinks.filter(({ filtered }) => filtered.length > 0)
  if (filtering.length === 0) return [[piece('nothing yet', 'dim')]]
  const nameWidth = nameWidthFor(filtering, Math.floor(width / 3))
  return filtering.flatMap(({ name, filtered }) => {
    const counts = filtered.map(([reason, count]) => `${reason}\u00a0${grouped(count)}`).join(',  ')
    return wrapTo(counts, Math.max(1, width - nameWidth - 2)).map((line, at) => [
      piece(`${fitTo(at === 0 ? cutMiddle(name, nameWidth) : '', nameWidth)}  `),
      piece(line.trim(), 'strong'),
    ])
  })
}

function sinkLines(sinks: readonly SinkRow[], width: number): readonly Line[] {
  const columns = sinkColumns(sinks, width)
  const lines: Line[] = [
    row(
      columns,
      columns.map(({ title }) => piece(title, 'dim')),
    ),
  ]
  for (const sink of sinks) {
    lines.push(
      row(
        columns,
        columns.map(({ cell }) => cell(sink)),
      ),
    )
    if (sink.detail !== '') lines.push([piece(`  ${sink.detail}`, 'bad')])
  }
  return lines
}

interface SinkColumn extends Column {
  readonly cell: (sink: SinkRow) => Piece
}

/** Narrow, the columns that are all zeros on a good day are left out: a sink that is held says why below its row. */
function sinkColumns(sinks: readonly SinkRow[], width: number): readonly SinkColumn[] {
  const right = (title: string, cells: number, cell: (sink: SinkRow) => Piece): SinkColumn => ({
    title,
    width: cells,
    side: 'right',
    cell,
  })
  const trouble = (count: number): Piece => piece(grouped(count), count > 0 ? 'bad' : 'dim')
  const numbers = [
    right('delivered', 9, ({ delivered }) => piece(grouped(delivered), 'strong')),
    right('rate/s', 6, ({ rate }) => piece(rateText(rate), rate > 0 ? 'plain' : 'dim')),
    right('waiting', 7, ({ waiting }) => piece(grouped(waiting), waiting > 0 ? 'plain' : 'dim')),
    right('p50', 7, ({ p50Ms }) => piece(durationText(p50Ms))),
    right('p99', 7, ({ p99Ms }) => piece(durationText(p99Ms))),
    ...(width >= 96
      ? [
          right('retried', 7, ({ retried }) => trouble(retried)),
          right('dead', 4, ({ dead }) => trouble(dead)),
        ]
      : []),
    right('quota', 8, ({ quota }) => piece(quota === '' ? '–' : quota, quota === '' ? 'dim' : 'plain')),
  ]
  const taken = numbers.reduce((sum, column) => sum + column.width + 2, 0) + stateWidth + 2
  const nameWidth = nameWidthFor(sinks, Math.max(4, width - taken))
  return [
    {
      title: 'sink',
      width: nameWidth,
      side: 'left',
      cell: ({ name }) => piece(cutMiddle(name, nameWidth)),
    },
    {
      title: 'state',
      width: stateWidth,
      side: 'left',
      cell: ({ state, isWell }) => piece(state, isWell ? 'good' : 'bad'),
    },
    ...numbers,
  ]
}

const stateWidth = 7

function nameWidthFor(sinks: readonly SinkRow[], most: number): number {
  return Math.min(most, Math.max(8, ...sinks.map(({ name }) => cellWidth(name))))
}

function robotPanel({ title, waiting, message }: RobotPanel, width: number, height: number): readonly Line[] {
  const room = height - 2
  if (room < 0) return []
  const told = digestLines(message, room)
  const wrapped = told.flatMap((line) => wrapTo(line, width))
  const lines = wrapped.length <= room ? wrapped : told
  const missing = Array.from({ length: Math.max(0, room - lines.length) }, () => '')
  const shownLines =
    message === '' && room > 0 ? ['nothing yet', ...missing.slice(1)] : [...lines, ...missing]
  return panel(
    title,
    [
      ...shownLines.map((line, at) => [piece(line, message === '' ? 'dim' : at === 0 ? 'strong' : 'plain')]),
      [piece(waiting, 'warning')],
    ],
    width,
  )
}

/** `1:07` */
function minutes(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** `1,312` */
function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** Two digits that count: `0`, `0.4`, `93` */
function rateText(perSecond: number): string {
  return perSecond > 0 && perSecond < 9.95 ? perSecond.toFixed(1) : grouped(Math.round(perSecond))
}

/** `<1 ms`, `12 ms`, `14.9 s` */
function durationText(ms: number | undefined): string {
  if (ms === undefined) return '–'
  // The wall clock tells whole ones.
  if (ms < 1) return '<1 ms'
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}
