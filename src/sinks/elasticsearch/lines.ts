/** Bytes of a request's body, written line after line into one buffer. */

const shortBytes = 48

export class Lines {
  #buffer: Buffer
  #length = 0

  /** `expectedBytes`: room to begin with; it grows where that is not enough. */
  constructor(expectedBytes: number) {
    this.#buffer = Buffer.allocUnsafe(Math.max(1_024, expectedBytes))
  }

  get length(): number {
    return this.#length
  }

  text(text: string): void {
    // A UTF-16 unit becomes three bytes at most.
    this.#makeRoom(text.length * 3)
    this.#length += this.#buffer.write(text, this.#length, 'utf8')
  }

  /** The bytes of `from` between two positions. */
  bytes(from: Uint8Array, start: number, end: number): void {
    this.#makeRoom(end - start)
    if (end - start < shortBytes) {
      for (let at = start; at < end; at++) this.#buffer[this.#length++] = from[at] ?? 0
      return
    }
    this.#buffer.set(from.subarray(start, end), this.#length)
    this.#length += end - start
  }

  /** What was written; the buffer is the caller's from now on. */
  end(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}
