/**
 * The other side of a benchmark, in a process of its own: feeds a watch stream and receives what the sink sends, so
 * that one clock sees both ends. Talks plain HTTP/1.1 over node:net where node:http would be the bottleneck.
 * Started by `run.ts`, told what to do over IPC.
 */
import { createServer as createHttpServer, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { madeEvent, recordedLines } from './made-events.ts'

export type Command =
  | { readonly kind: 'feed'; readonly count: number; readonly perSecond: number | 'max' }
  | { readonly kind: 'play'; readonly recording: string }
  | { readonly kind: 'store'; readonly count: number }
  /** The endpoint answers 503 from now on, or no longer. */
  | { readonly kind: 'away'; readonly away: boolean }
  | { readonly kind: 'cut'; readonly forMs: number }
  | { readonly kind: 'report' }

export interface Report {
  readonly fed: number
  /** Distinct events received. */
  readonly received: number
  /** Received again. */
  readonly repeated: number
  /** From the first line written to the last event received, ms. */
  readonly tookMs: number
  /** From the endpoint's return to the last event received, ms. */
  readonly sinceBackMs: number
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number }
  /** When the first watch request came, ms since 1970; 0 if none came. */
  readonly firstWatchAtMs: number
}

const firstVersion = 1_000
let version = firstVersion
let watchers: ServerResponse[] = []
let refuseUntilMs = 0
/** All that was ever fed, so that a watch can resume. Index 0 has version `firstVersion + 1`. */
const lines: Buffer[] = []
let fedFrom = 0
const sentAtMs: number[] = []
const receivedAtMs: number[] = []
let received = 0
let repeated = 0
let firstWatchAtMs = 0
let lastReceivedAtMs = 0

const api = createHttpServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://api')
  if (Date.now() < refuseUntilMs) {
    request.socket.destroy()
    return
  }
  if (!url.searchParams.has('watch')) {
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        kind: 'EventList',
        apiVersion: 'v1',
        metadata: { resourceVersion: String(version), remainingItemCount: Math.max(0, lines.length - 1) },
        items: [],
      }),
    )
    return
  }
  if (firstWatchAtMs === 0) firstWatchAtMs = performance.timeOrigin + performance.now()
  const from = Number(url.searchParams.get('resourceVersion') ?? version)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  response.on('close', () => (watchers = watchers.filter((watcher) => watcher !== response)))
  void resume(response, from)
})

/** Writes what the watcher has missed at its own pace, then lets it join the others. */
async function resume(response: ServerResponse, fromVersion: number): Promise<void> {
  for (let at = Math.max(0, fromVersion - firstVersion); !response.destroyed;) {
    if (at >= lines.length) {
      watchers.push(response)
      return
    }
    const chunk = lines.slice(at, at + 200)
    at += chunk.length
    if (!response.write(Buffer.concat(chunk))) await drained(response)
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}

async function feed(count: number, perSecond: number | 'max'): Promise<void> {
  const made = Array.from({ length: count }, (_, at) => madeEvent(lines.length + at, firstVersion))
  fedFrom = lines.length
  const startMs = performance.now()
  for (let at = 0; at < count;) {
    const due =
      perSecond === 'max' ? 200 : Math.floor(((performance.now() - startMs) / 1_000) * perSecond) - at
    const chunk = made.slice(at, at + Math.min(200, due))
    if (chunk.length > 0) {
      const nowMs = performance.now()
      for (const line of chunk) {
        sentAtMs[lines.length] = nowMs
        lines.push(line)
      }
      version += chunk.length
      at += chunk.length
      const bytes = Buffer.concat(chunk)
      await Promise.all(watchers.map((watcher) => (watcher.write(bytes) ? undefined : drained(watcher))))
    }
    if (perSecond !== 'max') await new Promise((resolve) => setTimeout(resolve, 1))
    else if (watchers.length === 0) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Plays a recording at its own pace; its versions are replaced, and each message gets its number. */
async function play(recording: string): Promise<void> {
  fedFrom = lines.length
  const startMs = performance.now()
  for (const { atMs, line } of recordedLines(recording, lines.length, firstVersion)) {
    const waitMs = atMs - (performance.now() - startMs)
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs))
    sentAtMs[lines.length] = performance.now()
    lines.push(line)
    version++
    for (const watcher of watchers) watcher.write(line)
  }
}

function store(count: number): void {
  for (let at = 0; at < count; at++) lines.push(madeEvent(lines.length, firstVersion))
  version = firstVersion + lines.length
  fedFrom = lines.length
}

// The receiver, a webhook and the `_bulk` of Elasticsearch: enough of HTTP/1.1 for requests with a Content-Length, as
// fast as a socket goes.

let away = false
let backAtMs = 0
const unavailable = Buffer.from('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n')
const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')

const receiver = createTcpServer((socket: Socket) => {
  socket.setNoDelay(true)
  let waiting: Buffer[] = []
  let waitingBytes = 0
  /** What has to be there before it is worth looking: the end of the request that has begun. */
  let neededBytes = 0
  socket.on('error', () => socket.destroy())
  socket.on('data', (data: Buffer) => {
    waiting.push(data)
    waitingBytes += data.length
    if (waitingBytes < neededBytes) return
    let buffer = waiting.length > 1 ? Buffer.concat(waiting) : data
    neededBytes = 0
    for (;;) {
      const headEnd = buffer.indexOf('\r\n\r\n')
      if (headEnd < 0) break
      const head = buffer.toString('latin1', 0, headEnd)
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      const end = headEnd + 4 + length
      if (buffer.length < end) {
        neededBytes = end
        break
      }
      const body = buffer.toString('latin1', headEnd + 4, end)
      buffer = buffer.subarray(end)
      socket.write(away ? unavailable : answerTo(head, body))
    }
    waiting = [buffer]
    waitingBytes = buffer.length
  })
})

function answerTo(head: string, body: string): Buffer {
  const [requestLine = ''] = head.split('\r\n', 1)
  if (requestLine.includes('/hook')) {
    const sequence = /seq=(\d+)/.exec(body)?.[1]
    if (sequence !== undefined) take(Number(sequence))
    return answer
  }
  if (!requestLine.includes('/_bulk')) return asEngine(requestLine)
  let count = 0
  for (const [, sequence] of body.matchAll(/"Message":"[^"]*seq=(\d+)/g)) {
    take(Number(sequence))
    count++
  }
  return bulkAnswer(count)
}

/** As Elasticsearch answers whoever asks which one it is, or makes a template, an index, an alias. */
function asEngine(requestLine: string): Buffer {
  return jsonAnswer(
    requestLine.startsWith('GET / ')
      ? '{"version":{"number":"8.19.0"},"tagline":"You Know, for Search"}'
      : '{"acknowledged":true}',
  )
}

const bulkAnswers = new Map<number, Buffer>()

/** As long as Elasticsearch's is: an item for each of `count` documents. */
function bulkAnswer(count: number): Buffer {
  let made = bulkAnswers.get(count)
  if (!made) {
    const item =
      '{"index":{"_index":"heapster-2026.11.22","_id":"00000000-0b7e-4a57-8c33-6f2d9e1c4b5a.1000","_version":1,' +
      '"result":"created","_shards":{"total":2,"successful":1,"failed":0},"_seq_no":1,"_primary_term":1,"status":201}}'
    made = jsonAnswer(
      `{"errors":false,"took":1,"items":[${Array.from({ length: count }, () => item).join()}]}`,
    )
    bulkAnswers.set(count, made)
  }
  return made
}

function jsonAnswer(text: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\nX-Elastic-Product: Elasticsearch\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  )
}

function take(sequence: number): void {
  lastReceivedAtMs = performance.now()
  if (receivedAtMs[sequence] !== undefined) {
    repeated++
    return
  }
  receivedAtMs[sequence] = lastReceivedAtMs
  received++
}

function report(): Report {
  const latencies: number[] = []
  for (let at = fedFrom; at < lines.length; at++) {
    const got = receivedAtMs[at]
    const sent = sentAtMs[at]
    if (got !== undefined && sent !== undefined) latencies.push(got - sent)
  }
  latencies.sort((a, b) => a - b)
  const quantile = (q: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))] ?? 0
  return {
    fed: lines.length - fedFrom,
    received,
    repeated,
    tookMs: lastReceivedAtMs - (sentAtMs[fedFrom] ?? lastReceivedAtMs),
    sinceBackMs: lastReceivedAtMs - backAtMs,
    latencyMs: { p50: quantile(0.5), p99: quantile(0.99), max: latencies.at(-1) ?? 0 },
    firstWatchAtMs,
  }
}

process.on('message', (command: Command) => {
  switch (command.kind) {
    case 'feed':
      void feed(command.count, command.perSecond).then(() => process.send?.({ kind: 'fed' }))
      return
    case 'play':
      void play(command.recording).then(() => process.send?.({ kind: 'fed' }))
      return
    case 'store':
      store(command.count)
      process.send?.({ kind: 'stored' })
      return
    case 'away':
      away = command.away
      backAtMs = performance.now()
      process.send?.({ kind: 'away' })
      return
    case 'cut':
      refuseUntilMs = Date.now() + command.forMs
      for (const watcher of watchers) watcher.destroy()
      process.send?.({ kind: 'cut' })
      return
    case 'report':
      process.send?.({ kind: 'report', report: report() })
  }
})
process.on('disconnect', () => process.exit(0))

api.requestTimeout = 0
api.listen(0, '127.0.0.1', () => {
  receiver.listen(0, '127.0.0.1', () => {
    const port = (server: { address(): string | AddressInfo | null }): number => {
      const address = server.address()
      return typeof address === 'object' && address ? address.port : 0
    }
    process.send?.({ kind: 'ready', apiPort: port(api), receiverPort: port(receiver) })
  })
})
