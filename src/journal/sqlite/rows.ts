/** Columns read with a look at what they are: a damaged file gives other types than were written. */
import type { SQLOutputValue } from 'node:sqlite'
import type { SourceState } from '../../domain/source-journal.ts'
import type { StoredBlock } from '../block.ts'
import type { SettledOffsets } from '../journal.ts'

export type Row = Readonly<Record<string, SQLOutputValue>>

/** A row holds what was never written so. */
export class RowDamaged extends Error {}

export function integer(row: Row | undefined, column: string): number {
  const value = row?.[column]
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw new RowDamaged(`column ${column} is no integer`)
}

export function text(row: Row | undefined, column: string): string {
  const value = row?.[column]
  if (typeof value === 'string') return value
  throw new RowDamaged(`column ${column} is no text`)
}

export function blob(row: Row | undefined, column: string): Uint8Array<ArrayBuffer> {
  const value = row?.[column]
  if (value instanceof Uint8Array) return value
  throw new RowDamaged(`column ${column} is no blob`)
}

/** The columns of a stored block. */
export const blockColumns = 'first_offset, count, arrived_at_ms, age_ms, source_id, codec, check_sum, data'

export function storedBlock(row: Row): StoredBlock {
  return {
    firstOffset: integer(row, 'first_offset'),
    count: integer(row, 'count'),
    sourceId: integer(row, 'source_id'),
    codec: integer(row, 'codec'),
    check: integer(row, 'check_sum'),
    data: blob(row, 'data'),
  }
}

export function sourceStateFrom(json: string): SourceState {
  const value = parsed(json)
  const cursor = member(value, 'cursor')
  const serverIdentity = member(value, 'serverIdentity')
  if (typeof cursor !== 'string' || typeof serverIdentity !== 'string') {
    throw new RowDamaged('a source has no cursor')
  }
  const relist = member(value, 'relist')
  if (relist === undefined) return { cursor, serverIdentity }
  const cause = member(relist, 'cause')
  const fromOffset = member(relist, 'fromOffset')
  const cursorAtStart = member(relist, 'cursorAtStart')
  if (
    (cause !== 'expired' && cause !== 'restored' && cause !== 'look-back') ||
    typeof fromOffset !== 'number' ||
    typeof cursorAtStart !== 'string'
  ) {
    throw new RowDamaged('a relist is not what was written')
  }
  return { cursor, serverIdentity, relist: { cause, fromOffset, cursorAtStart } }
}

export function settledFrom(mark: number, rangesJson: string): SettledOffsets {
  const value = parsed(rangesJson)
  if (!Array.isArray(value)) throw new RowDamaged('settled ranges are no list')
  const ranges = value.map((range: unknown): readonly [number, number] => {
    if (Array.isArray(range)) {
      const [from, to]: readonly unknown[] = range
      if (typeof from === 'number' && typeof to === 'number') return [from, to]
    }
    throw new RowDamaged('a settled range is no pair')
  })
  return { mark, ranges }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new RowDamaged('a text is no JSON', { cause: error })
  }
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.getOwnPropertyDescriptor(value, name)?.value
}
