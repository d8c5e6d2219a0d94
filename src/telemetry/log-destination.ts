/**
 * Where log lines go: written at once, so that the last words before a crash are there, and never a reason to crash.
 * What standard error does not take is dropped and counted: a program that waits for its log delivers nothing.
 */
import { writeSync } from 'node:fs'

export interface LogDestination {
  /** `line` ends in a line break. */
  write(line: string): void
  /** Lines that were not written, or not wholly; absent where that cannot happen. */
  readonly dropped?: number
}

/** Writes bytes from `offset`; answers how many were taken; throws an error with a `code`. */
export type WriteBytes = (bytes: Uint8Array, offset: number) => number

export function stderrDestination(): LogDestination {
  return new ByteDestination((bytes, offset) => writeSync(2, bytes, offset))
}

export class ByteDestination implements LogDestination {
  dropped = 0
  readonly #writeBytes: WriteBytes
  /** The last line was cut in its middle: the next one must not continue it. */
  #cut = false

  constructor(writeBytes: WriteBytes) {
    this.#writeBytes = writeBytes
  }

  write(line: string): void {
    const bytes = Buffer.from(this.#cut ? `\n${line}` : line)
    let written = 0
    try {
      while (written < bytes.length) {
        const taken = this.#take(bytes, written)
        if (taken === 0) break
        written += taken
      }
    } catch {
      // EPIPE: nobody reads any more. EIO, ENOSPC, EBADF: the same to us. There is no other place to say it.
    }
    if (written === bytes.length) {
      this.#cut = false
    } else {
      this.dropped++
      if (written > 0) this.#cut = true
    }
  }

  /** A pipe that is full and not blocking gets 3 short chances: its reader may only be slow. */
  #take(bytes: Uint8Array, offset: number): number {
    for (let chance = 0; ; chance++) {
      try {
        return this.#writeBytes(bytes, offset)
      } catch (error) {
        if (!hasCode(error, 'EAGAIN') || chance === 3) throw error
        Atomics.wait(nothing, 0, 0, 1)
      }
    }
  }
}

const nothing = new Int32Array(new SharedArrayBuffer(4))

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
