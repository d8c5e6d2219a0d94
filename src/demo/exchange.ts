// One request and its answer, with the faults that befall them.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { openBody, type Body } from './body.ts'
import { isBodyFault, type Fault } from './faults.ts'
import { bodyTooLarge } from './status.ts'
import { jsonBody } from './write.ts'
import type { Clock } from '../domain/clock.ts'

const maxBodyBytes = 3 * 1024 * 1024
/** The API server compresses answers from here on, for who accepts it. */
const gzipFromBytes = 128 * 1024

export class Exchange {
  readonly request: IncomingMessage
  readonly #response: ServerResponse
  readonly #faults: readonly Fault[]
  readonly #clock: Clock

  constructor(request: IncomingMessage, response: ServerResponse, faults: readonly Fault[], clock: Clock) {
    this.request = request
    this.#response = response
    this.#faults = faults
    this.#clock = clock
  }

  has(kind: Fault['kind']): boolean {
    return this.#faults.some((fault) => fault.kind === kind)
  }

  /** Lets the faults come first that replace or delay the answer. */
  begin(answer: () => Promise<void>): void {
    let delayMs = 0
    let instead: Extract<Fault, { kind: 'answer' }> | undefined
    for (const fault of this.#faults) {
      if (fault.kind === 'hang') return
      if (fault.kind === 'reset') return void this.request.socket.resetAndDestroy()
      if (fault.kind === 'delay') delayMs += fault.delayMs
      if (fault.kind === 'answer') instead = fault
    }
    const go = (): void => {
      if (instead) return this.#sendInstead(instead)
      answer().catch((error: unknown) => this.#response.destroy(error instanceof Error ? error : undefined))
    }
    if (delayMs === 0) return go()
    const timer = this.#clock.schedule(go, delayMs)
    this.#response.once('close', () => timer.cancel())
  }

  send(
    status: number,
    body: Buffer,
    contentType = 'application/json',
    headers: Readonly<Record<string, string>> = {},
  ): void {
    const accepted = String(this.request.headers['accept-encoding'] ?? '')
    const compress = body.length > gzipFromBytes && /\bgzip\b/.test(accepted)
    const bytes = compress ? gzipSync(body, { level: 1 }) : body
    const plain: Record<string, string> = contentType.startsWith('text/plain')
      ? { 'X-Content-Type-Options': 'nosniff' }
      : {}
    const encoding: Record<string, string> = compress
      ? { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' }
      : {}
    const out = this.#open(status, { 'Content-Type': contentType, ...plain, ...encoding, ...headers }, bytes)
    out.write(bytes)
    out.end()
  }

  /** Opens a body without end. Its head goes out at once. */
  stream(): Body {
    const body = this.#open(200, { 'Content-Type': 'application/json' }, undefined)
    this.#response.flushHeaders()
    return body
  }

  /** Rejects with a 413 refusal beyond 3 MiB, as the API server does. */
  async readBody(): Promise<Buffer> {
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of this.request) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > maxBodyBytes) throw bodyTooLarge(maxBodyBytes)
    }
    return Buffer.concat(chunks)
  }

  #open(status: number, headers: Readonly<Record<string, string>>, whole: Buffer | undefined): Body {
    const faults = this.#faults.filter(isBodyFault)
    // Foreign bytes would not fit a length that was told before.
    const length: Record<string, string> =
      whole && faults.length === 0 ? { 'Content-Length': String(whole.length) } : {}
    this.#response.writeHead(status, {
      'Audit-Id': randomUUID(),
      'Cache-Control': 'no-cache, private',
      ...headers,
      ...length,
    })
    return openBody(this.#response, faults, this.#clock)
  }

  #sendInstead({ status, body, headers = {} }: Extract<Fault, { kind: 'answer' }>): void {
    const isText = typeof body === 'string' || body === undefined
    const bytes = isText ? Buffer.from(body ?? '') : jsonBody(body)
    this.send(status, bytes, isText ? 'text/plain; charset=utf-8' : 'application/json', headers)
  }
}
