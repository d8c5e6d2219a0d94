/**
 * Compresses to one LZ4 block, without a frame: what SLS takes as `x-log-compresstype: lz4`. The libraries that write
 * blocks are native modules, or have found no maintainer; those that are kept write frames.
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */

const shortestMatch = 4
/** The last bytes of a block are literals. */
const lastLiterals = 5
/** No match begins this close to the end. */
const lastMatch = 12
const farthest = 65_535

const slotBits = 14
/** Where a word was seen last, plus 1; 0: nowhere. Used by one call at a time. */
const seen = new Int32Array(1 << slotBits)

/** Where a block is made before it is copied: what it may take at most is many times what it takes. */
let scratch: Buffer = Buffer.alloc(0)
/** One that is longer is not kept, bytes. */
const mostKept = 4 * 1_048_576

/** After so many failed tries (a power of two) the search goes in larger steps: what does not compress is passed over. */
const stepBits = 6

/** Compresses all of `input`. What does not compress becomes longer by 1 in 255, at most, and 16 bytes. */
export function compressBlock(input: Uint8Array): Buffer {
  const { length } = input
  const most = length + Math.ceil(length / 255) + 16
  const out = scratch.length < most ? Buffer.allocUnsafe(most * 2) : scratch
  scratch = out.length > mostKept ? Buffer.alloc(0) : out
  seen.fill(0)
  let at = 0
  /** Where the literals begin that are not written yet. */
  let literals = 0
  let from = 0
  let tries = 1 << stepBits
  while (from <= length - lastMatch) {
    const word = wordAt(input, from)
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - slotBits)
    let match = (seen[slot] ?? 0) - 1
    seen[slot] = from + 1
    if (match < 0 || from - match > farthest || wordAt(input, match) !== word) {
      from += tries++ >> stepBits
      continue
    }
    tries = 1 << stepBits
    while (from > literals && match > 0 && input[from - 1] === input[match - 1]) {
      from--
      match--
    }
    let end = from + shortestMatch
    const offset = from - match
    while (end < length - lastLiterals && input[end] === input[end - offset]) end++

    const count = from - literals
    const more = end - from - shortestMatch
    out[at++] = (Math.min(count, 15) << 4) | Math.min(more, 15)
    at = writeLength(out, at, count)
    out.set(input.subarray(literals, from), at)
    at += count
    out[at++] = offset & 0xff
    out[at++] = offset >>> 8
    at = writeLength(out, at, more)
    from = end
    literals = end
  }
  const count = length - literals
  out[at++] = Math.min(count, 15) << 4
  at = writeLength(out, at, count)
  out.set(input.subarray(literals), at)
  return Buffer.from(out.subarray(0, at + count))
}

/** What of a length has no room in its half of the token. */
function writeLength(out: Buffer, start: number, length: number): number {
  if (length < 15) return start
  let at = start
  let rest = length - 15
  for (; rest >= 255; rest -= 255) out[at++] = 255
  out[at++] = rest
  return at
}

function wordAt(input: Uint8Array, at: number): number {
  return (
    (input[at] ?? 0) |
    ((input[at + 1] ?? 0) << 8) |
    ((input[at + 2] ?? 0) << 16) |
    ((input[at + 3] ?? 0) << 24)
  )
}
