/** What `explain` looks for: occurrences by names, and when they were settled. For a process of its own: it reads all. */
import type { DatabaseSync } from 'node:sqlite'
import type { KubernetesEvent } from '../../domain/event.ts'
import { BlockDamaged, splitLines, unpack } from '../block.ts'
import { parseEvent } from '../late-reads.ts'
import type { SettledAt } from '../settled-log.ts'
import { clustersIn } from './scanning.ts'
import { blockColumns, integer, RowDamaged, settledFrom, storedBlock, text } from './rows.ts'

export interface FoundOccurrence {
  readonly offset: number
  readonly cluster: string
  readonly arrivedAtMs: number
  readonly event: KubernetesEvent
}

/** Rows fetched at once: a long read transaction would keep the write-ahead log from being reused. */
const pageRows = 16

export interface OccurrenceSearch {
  /** A text that an occurrence's JSON must hold as it stands there, so that only few are parsed; '': all are. */
  readonly mustHold: string
  /** Arrived from this moment on, and before that one, ms since 1970. */
  readonly fromMs: number
  readonly toMs: number
  readonly matches: (event: KubernetesEvent) => boolean
  readonly limit: number
}

/** Newest first, at most `limit`. */
export function searchOccurrences(
  db: DatabaseSync,
  { mustHold, fromMs, toMs, matches, limit }: OccurrenceSearch,
): FoundOccurrence[] {
  const clusters = clustersIn(db)
  const rows = db.prepare(
    `SELECT ${blockColumns} FROM block WHERE first_offset < ? ORDER BY first_offset DESC LIMIT ?`,
  )
  const wanted = Buffer.from(mustHold)
  const found: FoundOccurrence[] = []
  let below = Number.MAX_SAFE_INTEGER
  for (;;) {
    const page = rows.all(below, pageRows)
    for (const row of page) {
      below = integer(row, 'first_offset')
      const arrivedAtMs = integer(row, 'arrived_at_ms')
      if (arrivedAtMs < fromMs || arrivedAtMs >= toMs) continue
      const block = storedBlock(row)
      let lines: Uint8Array[]
      try {
        const unpacked = unpack(block)
        if (!asBuffer(unpacked).includes(wanted)) continue
        lines = splitLines(unpacked)
      } catch (error) {
        // The program tells of damage; what can be read is told.
        if (error instanceof BlockDamaged || error instanceof RowDamaged) continue
        throw error
      }
      for (let index = lines.length - 1; index >= 0; index--) {
        const raw = lines[index]
        if (raw === undefined || !asBuffer(raw).includes(wanted)) continue
        const event = parseEvent(raw)
        if (event === undefined || !matches(event)) continue
        found.push({
          offset: block.firstOffset + index,
          cluster: clusters.get(block.sourceId) ?? '',
          arrivedAtMs,
          event,
        })
        if (found.length >= limit) return found
      }
    }
    if (page.length < pageRows) return found
  }
}

/** A sink's log, ascending. */
export function readSettledLog(db: DatabaseSync, sink: string): SettledAt[] {
  return db
    .prepare('SELECT at_ms, mark, ranges FROM settled_log WHERE sink = ? ORDER BY id')
    .all(sink)
    .map((row) => ({
      atMs: integer(row, 'at_ms'),
      ...settledFrom(integer(row, 'mark'), text(row, 'ranges')),
    }))
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
