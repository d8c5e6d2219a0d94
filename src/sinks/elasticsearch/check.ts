/**
 * Proves that documents can be written, without writing one: today's index is asked to take a document on a condition
 * that no document fulfils, which it looks at last; where there is none yet, one is asked for that cannot be made.
 */
import type { Outcome } from '../../domain/outcome.ts'
import type { HttpReply, HttpRequest } from '../../sink-kit/http-client.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'
import { describeAnswer } from '../../sink-kit/http-outcome.ts'
import { errorIn, readBulkAnswer } from './answers.ts'
import type { ServerError } from './answers.ts'
import type { Nodes } from './nodes.ts'
import { isTyped, mappingLanguage, nameOf } from './server.ts'
import type { Detected, Server } from './server.ts'

export interface CheckOptions {
  readonly nodes: Pick<Nodes, 'request' | 'host'>
  /** Today's index, or the data stream. */
  readonly target: string
  readonly isDataStream: boolean
  readonly pipeline: string | undefined
  readonly detect: (signal: AbortSignal) => Promise<Detected>
  readonly redact: Redactor
}

const json = [
  ['Accept', 'application/json'],
  ['Content-Type', 'application/json'],
] as const
const ndjson = [
  ['Accept', 'application/json'],
  ['Content-Type', 'application/x-ndjson'],
] as const

/** Throws an `Error` that says what is wrong and what to do. */
export async function checkWrite(options: CheckOptions, signal: AbortSignal): Promise<void> {
  const { nodes, target } = options
  const detected = await options.detect(signal)
  if (detected.kind === 'failed') {
    throw new Error(withRemedy(whereAndWhy(detected.outcome, nodes.host)))
  }
  const { server } = detected
  const path = `/${encodeURIComponent(target)}`
  await checkPipeline(options, signal)
  const there = await ask(options, { method: 'GET', path: `${path}/_alias`, headers: json }, signal)
  if (isSuccess(there)) return checkDocument(options, server, signal)
  // The oldest servers take any setting: the index would be made.
  if (options.isDataStream || mappingLanguage(server) === 'strings') return
  return checkCreation(options, server, path, signal)
}

/** A pipeline that nobody may look at may be there all the same: documents tell. */
async function checkPipeline(options: CheckOptions, signal: AbortSignal): Promise<void> {
  const { pipeline, nodes } = options
  if (pipeline === undefined) return
  const path = `/_ingest/pipeline/${encodeURIComponent(pipeline)}`
  const reply = await ask(options, { method: 'GET', path, headers: json }, signal)
  if (reply.status === 404) {
    throw new Error(`${nodes.host}: there is no pipeline ${pipeline}: make it, or remove \`pipeline\``)
  }
}

/**
 * In an index, a document whose version must be one that none has; in a data stream, a new one without its time.
 * Both are refused after everything else was looked at: the right to write, a closed or full index.
 */
async function checkDocument(options: CheckOptions, server: Server, signal: AbortSignal): Promise<void> {
  const { target, isDataStream } = options
  // Servers before 7 have no such condition: that the index is there and may be seen has to do.
  if (isTyped(server)) return
  const at = { _index: target, _id: 'kube-eventer-check' }
  const never = { if_seq_no: Number.MAX_SAFE_INTEGER, if_primary_term: 1 }
  const action = isDataStream ? { create: at } : { index: { ...at, ...never } }
  const body = Buffer.from(
    `${JSON.stringify(action)}\n${JSON.stringify(isDataStream ? { Message: '' } : {})}\n`,
  )
  const reply = await ask(options, { method: 'POST', path: '/_bulk', headers: ndjson, body }, signal)
  const verdict = isSuccess(reply) ? readBulkAnswer(reply.body, 1) : undefined
  const item = verdict?.kind === 'items' ? verdict.items[0] : undefined
  if (item && (item.status === 409 || (isDataStream && item.status === 400))) return
  const error = item ? item.error : errorIn(reply.body)
  throw refusal(options, `${target} takes no documents`, item?.status ?? reply.status, error, reply.body)
}

/** A setting that there is not is refused as such to who may make indices of this name. */
async function checkCreation(
  options: CheckOptions,
  server: Server,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const body = Buffer.from(JSON.stringify({ settings: { 'index.kube_eventer_check': '1' } }))
  const reply = await ask(options, { method: 'PUT', path, headers: json, body }, signal)
  if (reply.status === 400) return
  const what = `${nameOf(server)} does not let ${options.target} be made`
  throw refusal(options, what, reply.status, errorIn(reply.body), reply.body)
}

function refusal(
  { nodes, redact }: CheckOptions,
  what: string,
  status: number,
  error: ServerError | undefined,
  body: string,
): Error {
  const said = error ? `${error.type}: ${error.reason}` : body
  return new Error(
    withRemedy(`${nodes.host}: ${what}: ${describeAnswer(`answered ${status}`, said, redact)}`),
  )
}

/** What to do about the answers that people meet. */
function withRemedy(text: string): string {
  if (/answered 401/.test(text)) {
    return `${text}; check \`esUserName\` and \`esUserSecret\`, or the API key`
  }
  if (/security_exception|answered 403/.test(text) && !/cluster_block/.test(text)) {
    return `${text}; give the user the rights to make indices of this name and to write to them`
  }
  if (/index_closed/.test(text)) return `${text}; open the index`
  if (/cluster_block/.test(text)) return `${text}; make room, or take the block off the index`
  return text
}

async function ask(
  { nodes }: CheckOptions,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<Extract<HttpReply, { kind: 'answer' }>> {
  const reply = await nodes.request(request, signal)
  if (reply.kind === 'answer') return reply
  throw new Error(whereAndWhy(reply.outcome, nodes.host))
}

/** What is told of a connection names its host already. */
function whereAndWhy(outcome: Outcome, host: string): string {
  const detail = outcome.kind === 'retry' ? outcome.detail : undefined
  if (detail === undefined) return host
  return detail.startsWith('answered') ? `${host}: ${detail}` : detail
}

function isSuccess({ status }: { readonly status: number }): boolean {
  return status >= 200 && status < 300
}
