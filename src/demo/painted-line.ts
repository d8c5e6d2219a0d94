/** A line of the screen: pieces of text with their colours, put together by cells, made into a text at the end. */
import { cellWidth, cutTo, fitTo } from './cell-width.ts'

export type Tint = 'plain' | 'dim' | 'strong' | 'warning' | 'good' | 'bad'

export interface Piece {
  readonly text: string
  readonly tint: Tint
}

export type Line = readonly Piece[]

export function piece(text: string, tint: Tint = 'plain'): Piece {
  return { text, tint }
}

/** https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ (SGR) */
const codes: Readonly<Record<Exclude<Tint, 'plain'>, string>> = {
  dim: '\u001b[2m',
  strong: '\u001b[1m',
  warning: '\u001b[33m',
  good: '\u001b[32m',
  bad: '\u001b[31m',
}
const reset = '\u001b[0m'

/** Exactly `width` cells: the piece that is too much is cut, and what is missing is filled with spaces. */
export function fitLine(line: Line, width: number): Line {
  const fitted: Piece[] = []
  let left = width
  for (const { text, tint } of line) {
    if (left <= 0) break
    const cut = cutTo(text, left)
    fitted.push({ text: cut, tint })
    left -= cellWidth(cut)
  }
  return left > 0 ? [...fitted, piece(' '.repeat(left))] : fitted
}

/** One line of two: `left` gives way to `right`, which ends at the edge. */
export function spread(left: Line, right: Line, width: number): Line {
  const rightWidth = Math.min(
    width,
    right.reduce((sum, { text }) => sum + cellWidth(text), 0),
  )
  return [...fitLine(left, width - rightWidth), ...right]
}

export function lineText(line: Line, colour: boolean): string {
  return line
    .map(({ text, tint }) => (colour && tint !== 'plain' && text !== '' ? codes[tint] + text + reset : text))
    .join('')
}

/** `─ title ─────────` */
export function rule(title: string, width: number): Line {
  const head = cutTo(title, Math.max(0, width - 4))
  return [
    piece('─ ', 'dim'),
    piece(head, 'strong'),
    piece(` ${'─'.repeat(Math.max(0, width - 3 - cellWidth(head)))}`, 'dim'),
  ]
}

export interface Column {
  readonly title: string
  readonly width: number
  readonly side: 'left' | 'right'
}

/** A row of a table: cells in their columns, two spaces between them. */
export function row(columns: readonly Column[], cells: readonly Piece[]): Line {
  return columns.flatMap(({ width, side }, at) => {
    const { text, tint } = cells[at] ?? piece('')
    return [piece(at === 0 ? '' : '  '), piece(fitTo(text, width, side), tint)]
  })
}
