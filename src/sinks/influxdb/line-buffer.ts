/**
 * The bytes of a batch, line after line in one buffer that is used again and again: buffers of their own, made and left
 * for each batch, would lie in memory outside the heap until somebody collects them.
 */

const firstBytes = 65_536

export class LineBuffer {
  #buffer: Buffer = Buffer.allocUnsafe(firstBytes)
  /** Where each line ends. */
  readonly #ends: number[] = []
  #length = 0

  /** Adds to the line that has not ended yet. */
  text(text: string): void {
    // A UTF-16 unit becomes three bytes at most.
    this.#makeRoom(text.length * 3)
    this.#length += this.#buffer.write(text, this.#length, 'utf8')
  }

  bytes(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  endLine(): void {
    this.text('\n')
    this.#ends.push(this.#length)
  }

  /** The bytes of the lines from one up to another, until `clear`. */
  lines(from: number, to: number): Buffer {
    return this.#buffer.subarray(from === 0 ? 0 : this.#ends[from - 1], this.#ends[to - 1])
  }

  clear(): void {
    this.#length = 0
    this.#ends.length = 0
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}
