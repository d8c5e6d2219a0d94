/**
 * One connection to Riemann: a frame goes out, the frame that answers it comes in. A frame is four bytes of length,
 * most significant first, and so many bytes.
 */
import type { Socket } from 'node:net'

/** Of an answer: it says `ok`, or what went wrong. */
const longestAnswerBytes = 1_048_576
const headBytes = 4

export class Connection {
  readonly #socket: Socket
  #waiting: { readonly answer: (bytes: Buffer) => void; readonly fail: (error: Error) => void } | undefined
  #chunks: Buffer[] = []
  #bytes = 0
  #ended = false

  /** `ended` is called once, when the connection is of no more use. */
  constructor(socket: Socket, ended: () => void) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', (error) => this.#end(error, ended))
    socket.on('close', () => this.#end(closed(), ended))
    socket.on('end', () => socket.destroy())
  }

  get isUsable(): boolean {
    return !this.#ended
  }

  /** The answer to `message`. Rejects where none comes; the connection is of no more use then. */
  ask(message: Uint8Array): Promise<Buffer> {
    if (this.#ended) return Promise.reject(closed())
    return new Promise((answer, fail) => {
      this.#waiting = { answer, fail }
      const head = Buffer.alloc(headBytes)
      head.writeUInt32BE(message.length)
      this.#socket.cork()
      this.#socket.write(head)
      this.#socket.write(message)
      this.#socket.uncork()
    })
  }

  destroy(reason?: Error): void {
    this.#socket.destroy(reason)
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes < headBytes) return
    const all = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    this.#chunks = [all]
    const length = all.readUInt32BE()
    const isNonsense = !this.#waiting || length > longestAnswerBytes || all.length > headBytes + length
    if (isNonsense) return this.destroy(new NonsenseError())
    if (all.length < headBytes + length) return
    const waiting = this.#waiting
    this.#waiting = undefined
    this.#chunks = []
    this.#bytes = 0
    waiting?.answer(all.subarray(headBytes))
  }

  #end(error: Error, ended: () => void): void {
    if (this.#ended) return
    this.#ended = true
    this.#waiting?.fail(error)
    this.#waiting = undefined
    ended()
  }
}

/** What came is no answer of Riemann. */
export class NonsenseError extends Error {
  constructor() {
    super('the answer makes no sense')
  }
}

function closed(): Error {
  return Object.assign(new Error('the server closed the connection'), { code: 'ECONNRESET' })
}
