/** Asks one Riemann server: connections are opened when they are needed, kept while they last, and opened anew. */
import type { Socket } from 'node:net'
import type { Outcome } from '../../domain/outcome.ts'
import { dial } from '../../sink-kit/dial.ts'
import type { Route, TlsSettings } from '../../sink-kit/dial.ts'
import { describeError, isClosedConnection, outcomeOfError } from '../../sink-kit/send-error.ts'
import { untilAborted } from '../../sink-kit/until-aborted.ts'
import { Connection, NonsenseError } from './connection.ts'

/** The bytes of an answer, or why there is none. */
export type Reply =
  | { readonly kind: 'answer'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly outcome: Outcome }

export class RiemannClient {
  /** `host:port` */
  readonly host: string
  readonly #route: Route
  readonly #tls: TlsSettings
  readonly #stop: AbortSignal
  readonly #all = new Set<Connection>()
  readonly #free: Connection[] = []

  /** `stop` ends everything at once. */
  constructor(host: string, route: Route, tls: TlsSettings, stop: AbortSignal) {
    this.host = host
    this.#route = route
    this.#tls = tls
    this.#stop = stop
  }

  /** Never rejects; ends soon after `signal` aborts. */
  async ask(message: Uint8Array, signal: AbortSignal): Promise<Reply> {
    const either = AbortSignal.any([signal, this.#stop])
    const kept = this.#free.pop()
    if (kept?.isUsable) {
      const reply = await this.#exchange(kept, message, either)
      // The server closed a connection it had kept open while we wrote to it: a new one tells whether it is well.
      if (reply.kind === 'answer' || either.aborted || !isClosedConnection(reply.error))
        return this.#told(reply, either)
    }
    try {
      const connection = await this.#open(either)
      return this.#told(await this.#exchange(connection, message, either), either)
    } catch (error) {
      return this.#told({ kind: 'error', error }, either)
    }
  }

  close(): void {
    for (const connection of this.#all) connection.destroy()
    this.#free.length = 0
  }

  async #exchange(
    connection: Connection,
    message: Uint8Array,
    signal: AbortSignal,
  ): Promise<Extract<Reply, { kind: 'answer' }> | { readonly kind: 'error'; readonly error: unknown }> {
    try {
      const bytes = await untilAborted(connection.ask(message), signal, () => connection.destroy())
      this.#free.push(connection)
      return { kind: 'answer', bytes }
    } catch (error) {
      return { kind: 'error', error }
    }
  }

  #told(
    reply: Extract<Reply, { kind: 'answer' }> | { readonly kind: 'error'; readonly error: unknown },
    signal: AbortSignal,
  ): Reply {
    return reply.kind === 'answer' ? reply : { kind: 'failed', outcome: this.#outcomeOf(reply.error, signal) }
  }

  #outcomeOf(error: unknown, signal: AbortSignal): Outcome {
    if (this.#stop.aborted) return { kind: 'retry', reason: 'stopped' }
    if (signal.aborted) return { kind: 'retry', reason: 'timeout', detail: `${this.host}: no answer in time` }
    if (error instanceof NonsenseError) {
      return { kind: 'retry', reason: 'server-error', detail: describeError(error, this.host) }
    }
    return outcomeOfError(error, this.host)
  }

  #open(signal: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const cancel = (): void => cancelDial(new Error('cancelled'))
      const done = (error: Error | undefined, socket: Socket | undefined): void => {
        signal.removeEventListener('abort', cancel)
        if (!socket) return reject(error ?? new Error('connection failed'))
        const connection: Connection = new Connection(socket, () => {
          this.#all.delete(connection)
          const at = this.#free.indexOf(connection)
          if (at !== -1) this.#free.splice(at, 1)
        })
        this.#all.add(connection)
        resolve(connection)
      }
      const cancelDial = dial(this.#route, this.#tls, done)
      if (signal.aborted) cancel()
      else signal.addEventListener('abort', cancel)
    })
  }
}
