// What the tests of this room share: a clock moved by hand, and a client that keeps every byte.
import { request, type IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../domain/clock.ts'
import type { KubernetesEvent } from '../domain/event.ts'

/** Time passes only when told to. */
export class ManualClock implements Clock {
  #nowMs = 0
  readonly #startMs: number
  readonly #due = new Set<{ readonly fire: () => void; readonly atMs: number }>()
  readonly #waiting = new Set<() => void>()

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs
  }

  wallMs(): number {
    return this.#startMs + this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  schedule(fire: () => void, afterMs: number): { cancel: () => void } {
    const timer = { fire, atMs: this.#nowMs + afterMs }
    this.#due.add(timer)
    for (const told of this.#waiting) told()
    return { cancel: () => this.#due.delete(timer) }
  }

  get pending(): number {
    return this.#due.size
  }

  /** Resolves once a timer waits. */
  async untilScheduled(): Promise<void> {
    if (this.#due.size > 0) return
    await new Promise<void>((resolve) => {
      const told = (): void => {
        this.#waiting.delete(told)
        resolve()
      }
      this.#waiting.add(told)
    })
  }

  /** Fires what falls due on the way, in order. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms
    for (;;) {
      const [next] = [...this.#due].toSorted((a, b) => a.atMs - b.atMs)
      if (!next || next.atMs > endMs) break
      this.#due.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.fire()
    }
    this.#nowMs = endMs
  }
}

export interface Exchanged {
  readonly status: number
  readonly reason: string
  readonly headers: IncomingHttpHeaders
  /** Resolves with the body once it is complete; rejects if the connection ends before. */
  readonly whole: Promise<Buffer>
  /** What has arrived. */
  received(): Buffer
  /** How many pieces it arrived in. */
  pieces(): number
  /** Resolves once what has arrived satisfies `enough`; rejects if the body ends before. */
  until(enough: (received: Buffer) => boolean): Promise<Buffer>
  untilLines(count: number): Promise<Buffer>
  /** Resolves when the connection is gone or the body complete. */
  readonly closed: Promise<void>
  pause(): void
  resume(): void
  abort(): void
}

/** Resolves at the answer's head; rejects if there is no answer. */
export function exchange(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const received = new Accumulator()
      const watchers = new Set<() => void>()
      let pieces = 0
      const whole = new Promise<Buffer>((done, failed) => {
        response.on('data', (chunk: Buffer) => {
          received.add(chunk)
          pieces += 1
          for (const watcher of watchers) watcher()
        })
        response.on('end', () => done(received.bytes))
        response.on('error', failed)
      })
      whole.catch(() => {})
      const closed = new Promise<void>((done) => response.once('close', done))
      const untilTrue = (enough: () => boolean): Promise<Buffer> =>
        new Promise((done, failed) => {
          const look = (): void => {
            if (!enough()) return
            watchers.delete(look)
            done(received.bytes)
          }
          watchers.add(look)
          look()
          const early = (): void =>
            failed(new Error(`the body ended too early: ${received.bytes.toString()}`))
          whole.then(early, early)
        })
      resolve({
        status: response.statusCode ?? 0,
        reason: response.statusMessage ?? '',
        headers: response.headers,
        whole,
        received: () => received.bytes,
        pieces: () => pieces,
        until: (enough) => untilTrue(() => enough(received.bytes)),
        untilLines: (count) => untilTrue(() => received.lines >= count),
        closed,
        pause: () => void response.pause(),
        resume: () => void response.resume(),
        abort: () => void sent.destroy(),
      })
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** Bytes as they come, counted in lines, without copying all of them at each chunk. */
class Accumulator {
  lines = 0
  #buffer = Buffer.alloc(64 * 1024)
  #length = 0

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  add(chunk: Buffer): void {
    const needed = this.#length + chunk.length
    if (needed > this.#buffer.length) {
      const larger = Buffer.alloc(needed * 2)
      this.bytes.copy(larger)
      this.#buffer = larger
    }
    chunk.copy(this.#buffer, this.#length)
    this.#length = needed
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) this.lines += 1
  }
}

/** The complete lines. */
export function linesOf(bytes: Buffer): string[] {
  return bytes.toString().split('\n').slice(0, -1)
}

/** An event about a pod, of which only the number matters. */
export function exampleEvent(number: number, changes: Partial<KubernetesEvent> = {}): KubernetesEvent {
  const name = `web-${String(number).padStart(5, '0')}`
  return {
    metadata: { name: `${name}.17f0`, namespace: 'web' },
    involvedObject: { kind: 'Pod', namespace: 'web', name, uid: `u-${number}` },
    reason: 'BackOff',
    message: `Back-off ${number}`,
    source: { component: 'kubelet', host: 'node-1' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
    count: 1,
    type: 'Warning',
    ...changes,
  }
}
