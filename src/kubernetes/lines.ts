/** Bytes into lines: a watch's body is one JSON text a line, cut anywhere by the network. */

/**
 * An object in etcd has at most 1.5 MiB by default; the rest is room for JSON's escapes and for servers with a
 * raised limit. Longer is no event, and must not fill the memory.
 */
const LONGEST_LINE_BYTES = 4 * 1024 * 1024

const LINE_FEED = 0x0a
const FIRST_SCRATCH_BYTES = 16 * 1024
/** Larger scratch space than this is given back once its line is told. */
const KEPT_SCRATCH_BYTES = 256 * 1024

export interface LineListener {
  /** One line without its line feed, never empty. A view of the chunk where the line lies within one. */
  onLine(line: Buffer): void
  /** A line was dropped; what follows it is told as ever. */
  onTooLong(bytes: number): void
}

export interface LineSplitter {
  push(chunk: Buffer): void
}

/**
 * Splits at 0x0A only, on bytes: characters cut in two, and U+2028 within a text, pass unharmed. What stands after
 * the last line feed is never told: a line that was cut off is sent again by the next watch.
 */
export function splitLines(listener: LineListener, longestBytes: number = LONGEST_LINE_BYTES): LineSplitter {
  /** The beginning of a line whose end has not come: collected here, doubled as needed, so joins stay linear. */
  let scratch: Buffer | undefined
  let scratchBytes = 0
  /** Length so far of a line that is being dropped. */
  let droppedBytes = 0

  function keep(part: Buffer): void {
    if (part.length === 0) return
    const bytes = scratchBytes + part.length
    if (droppedBytes > 0 || bytes > longestBytes) {
      droppedBytes = Math.max(droppedBytes, scratchBytes) + part.length
      scratchBytes = 0
      scratch = undefined
      return
    }
    if (scratch === undefined || scratch.length < bytes) {
      const larger = Buffer.allocUnsafeSlow(
        Math.max(FIRST_SCRATCH_BYTES, Math.min(bytes * 2, longestBytes), bytes),
      )
      scratch?.copy(larger, 0, 0, scratchBytes)
      scratch = larger
    }
    part.copy(scratch, scratchBytes)
    scratchBytes = bytes
  }

  function tellKept(): void {
    if (droppedBytes > 0) {
      const bytes = droppedBytes
      droppedBytes = 0
      listener.onTooLong(bytes)
      return
    }
    if (scratch === undefined || scratchBytes === 0) return
    const line = Buffer.from(scratch.subarray(0, scratchBytes))
    scratchBytes = 0
    if (scratch.length > KEPT_SCRATCH_BYTES) scratch = undefined
    listener.onLine(line)
  }

  return {
    push: (chunk) => {
      let start = 0
      for (;;) {
        const end = chunk.indexOf(LINE_FEED, start)
        if (end === -1) break
        if (scratchBytes > 0 || droppedBytes > 0) {
          keep(chunk.subarray(start, end))
          tellKept()
        } else if (end - start > longestBytes) {
          listener.onTooLong(end - start)
        } else if (end > start) {
          listener.onLine(chunk.subarray(start, end))
        }
        start = end + 1
      }
      keep(chunk.subarray(start))
    },
  }
}
