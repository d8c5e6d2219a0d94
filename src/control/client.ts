/** The command's side: asks a running program over the socket in its data directory. */
import { type IncomingMessage, request } from 'node:http'
import { ControlError, socketPathIn } from './socket-path.ts'

export type Answer =
  | { readonly kind: 'answered'; readonly body: unknown }
  /** The program says why it does not do it. */
  | { readonly kind: 'refused'; readonly status: number; readonly problem: string }
  /** Nobody listens there. */
  | { readonly kind: 'not-running' }

export type StreamAnswer =
  { readonly kind: 'answered'; readonly lines: AsyncIterable<string> } | Exclude<Answer, { kind: 'answered' }>

export interface Ask {
  readonly method: 'GET' | 'POST'
  /** With the query: `/v1/tail?level=Warning`. */
  readonly path: string
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** A program that is busy answers late; one that hangs is said to. */
const answerWithinMs = 30_000
/** No answer but a stream is larger. */
const maxAnswerBytes = 64 * 1024 * 1024

/** Rejects with `ControlError` if the socket is there and cannot be used. */
export async function ask(dataDir: string, asked: Ask): Promise<Answer> {
  const opened = await open(dataDir, asked)
  if (opened === undefined) return { kind: 'not-running' }
  const body = await bodyOf(opened)
  return opened.statusCode === 200
    ? { kind: 'answered', body }
    : { kind: 'refused', status: opened.statusCode ?? 0, problem: problemIn(body) }
}

/** As `ask`, for answers that come line by line until the program ends or `signal` aborts. */
export async function askForStream(dataDir: string, asked: Ask): Promise<StreamAnswer> {
  const opened = await open(dataDir, asked)
  if (opened === undefined) return { kind: 'not-running' }
  if (opened.statusCode !== 200) {
    return { kind: 'refused', status: opened.statusCode ?? 0, problem: problemIn(await bodyOf(opened)) }
  }
  return { kind: 'answered', lines: linesOf(opened) }
}

function open(dataDir: string, asked: Ask): Promise<IncomingMessage | undefined> {
  const socketPath = socketPathIn(dataDir)
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body)
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath,
        method: asked.method,
        path: asked.path,
        agent: false,
        ...(asked.signal && { signal: asked.signal }),
        ...(body !== undefined && {
          headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
        }),
      },
      (answer) => {
        sent.setTimeout(0)
        resolve(answer)
      },
    )
    sent.setTimeout(answerWithinMs, () =>
      sent.destroy(new ControlError(`the program at ${socketPath} does not answer; its log may say why`)),
    )
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined)
      else reject(error instanceof ControlError ? error : unreachable(socketPath, error))
    })
    sent.end(body)
  })
}

function unreachable(socketPath: string, error: NodeJS.ErrnoException): ControlError {
  const why =
    error.code === 'EACCES'
      ? 'it belongs to another user; run the command as the user that runs the program'
      : `${error.message}; is the program stopping?`
  return new ControlError(`the program at ${socketPath} cannot be asked: ${why}`, { cause: error })
}

async function bodyOf(answer: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.byteLength
    if (bytes > maxAnswerBytes)
      throw new ControlError('the running program answers more than any command needs')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    throw new ControlError('what listens on the socket for commands does not answer in JSON', {
      cause: error,
    })
  }
}

function problemIn(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'problem' in body && typeof body.problem === 'string') {
    return body.problem
  }
  return 'the running program refused it without a word'
}

async function* linesOf(answer: IncomingMessage): AsyncGenerator<string> {
  answer.setEncoding('utf8')
  let rest = ''
  try {
    for await (const chunk of answer) {
      const parts = (rest + String(chunk)).split('\n')
      rest = parts.pop() ?? ''
      yield* parts
    }
  } catch (error) {
    // The program ended, or the reader has had enough: either way there is nothing more to come.
    if (!isEndOfStream(error)) throw error
  }
}

function isEndOfStream(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ECONNRESET' || code === 'ABORT_ERR' || code === 'ERR_STREAM_PREMATURE_CLOSE'
}
