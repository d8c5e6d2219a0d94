/** Occurrences as rows of blocks: what a commit writes, and what a new file that takes over begins with. */
import type { StatementSync } from 'node:sqlite'
import type { Occurrence } from '../../domain/occurrence.ts'
import { checkSum, cutIntoBlocks, joinLines, pack } from '../block.ts'

export const pageBytes = 4096

/** To be prepared for `insertBlocks`. */
export const insertBlockSql = `INSERT INTO block
  (first_offset, count, arrived_at_ms, age_ms, source_id, codec, check_sum, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`

/** Answers how many bytes of pages that takes, about. */
export function insertBlocks(
  insertBlock: StatementSync,
  occurrences: readonly Occurrence[],
  ageMs: number,
  sourceIdOf: (cluster: string) => number,
): number {
  let written = 0
  for (const cut of cutIntoBlocks(occurrences)) {
    const first = occurrences[cut.from]
    if (first === undefined) continue
    const count = cut.to - cut.from
    const { codec, data } = pack(joinLines(occurrences, cut), count)
    const sourceId = sourceIdOf(first.cluster)
    const check = checkSum({ firstOffset: first.offset, count, sourceId, data })
    insertBlock.run(first.offset, count, first.arrivedAtMs, ageMs, sourceId, codec, check, data)
    written += Math.ceil(data.byteLength / pageBytes) * pageBytes
  }
  return written
}
