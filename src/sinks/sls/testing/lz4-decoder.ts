/** For tests: reads an LZ4 block as the format's description has it, and takes nothing that breaks it. */

/** Throws where `block` does not give `rawSize` bytes exactly. */
export function decompressBlock(block: Uint8Array, rawSize: number): Buffer {
  const out = Buffer.alloc(rawSize)
  let at = 0
  let from = 0
  const next = (): number => {
    const byte = block[from++]
    if (byte === undefined) throw new Error('the block ends too early')
    return byte
  }
  const lengthOf = (first: number): number => {
    let length = first
    if (first === 15) {
      let more
      do {
        more = next()
        length += more
      } while (more === 255)
    }
    return length
  }
  for (;;) {
    const token = next()
    const literals = lengthOf(token >>> 4)
    if (from + literals > block.length || at + literals > rawSize) throw new Error('too many literals')
    out.set(block.subarray(from, from + literals), at)
    at += literals
    from += literals
    if (from === block.length) break
    const offset = next() | (next() << 8)
    const length = lengthOf(token & 15) + 4
    if (offset === 0 || offset > at) throw new Error('a match begins before the block')
    if (at + length > rawSize - 5) throw new Error('the last five bytes are no literals')
    for (let count = 0; count < length; count++, at++) out[at] = out[at - offset] ?? 0
  }
  if (at !== rawSize) throw new Error(`the block holds ${at} bytes, not ${rawSize}`)
  return out
}
