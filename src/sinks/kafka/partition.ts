/** Which partition a key goes to: the one that Kafka's own client takes, so that other producers agree. */

const multiplier = 0x5bd1e995
const seed = 0x9747b28c

/** The partition of `key` among `count`. */
export function partitionOf(key: Uint8Array, count: number): number {
  return (murmur2(key) & 0x7fff_ffff) % count
}

/** Austin Appleby's MurmurHash2 of 32 bits with Kafka's seed; signed, as Java prints it. */
export function murmur2(data: Uint8Array): number {
  const { length } = data
  const view = new DataView(data.buffer, data.byteOffset, length)
  const rest = length & 3
  let hash = seed ^ length
  for (let at = 0; at < length - rest; at += 4) {
    let word = Math.imul(view.getInt32(at, true), multiplier)
    word = Math.imul(word ^ (word >>> 24), multiplier)
    hash = Math.imul(hash, multiplier) ^ word
  }
  if (rest > 0) {
    for (let at = rest - 1; at >= 0; at--) hash ^= view.getUint8(length - rest + at) << (8 * at)
    hash = Math.imul(hash, multiplier)
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}
