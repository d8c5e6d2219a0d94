/** What Kafka's error codes and the client's errors mean for a batch, told without texts that may hold secrets. */
import type { RetryReason } from '../../domain/outcome.ts'
import { describeError } from '../../sink-kit/send-error.ts'

/** What the leader's answer to a batch means. https://kafka.apache.org/protocol#protocol_error_codes */
export type Answer =
  | { readonly kind: 'stored' }
  /** None of the batch is stored: it has to be smaller. */
  | { readonly kind: 'too-large' }
  /** None of the batch is stored: it holds a message that the broker never takes. */
  | { readonly kind: 'bad-message'; readonly text: string }
  /** Another broker leads the partition now. */
  | { readonly kind: 'moved' }
  /** The brokers do not know the producer any more. */
  | { readonly kind: 'identity-lost' }
  | Failure

/** Why a batch, or what it needs, cannot be had now. */
export interface Failure {
  readonly kind: 'failed'
  readonly reason: RetryReason
  readonly text: string
  /** Whether the batch may be stored all the same. */
  readonly mayBeStored: boolean
}

/** What the leader of a partition said to a batch. */
export interface ProduceAnswer {
  /** Kafka's error code; 0: stored. */
  readonly code: number
  /** The places in the batch of those messages that it does not take; empty where it names none. */
  readonly refused: readonly number[]
}

/** The topic is not as it should be; an answer of the cluster, not of a broker to a batch. */
export class TopicError extends Error {
  readonly what: 'unknown' | 'no-leader'

  constructor(what: 'unknown' | 'no-leader', topic: string) {
    super(
      what === 'unknown'
        ? `the topic ${topic} is not there, and the brokers do not make it: create it, or name another one with \`eventstopic=\``
        : `no broker leads the topic ${topic} now`,
    )
    this.name = 'TopicError'
    this.what = what
  }
}

const code = {
  corruptMessage: 2,
  unknownTopic: 3,
  timedOut: 7,
  messageTooLarge: 10,
  networkException: 13,
  coordinatorLoads: 14,
  coordinatorAway: 15,
  notCoordinator: 16,
  invalidTopic: 17,
  recordListTooLarge: 18,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  topicForbidden: 29,
  clusterForbidden: 31,
  invalidTimestamp: 32,
  unsupportedMechanism: 33,
  illegalSaslState: 34,
  unsupportedVersion: 35,
  policyViolation: 44,
  outOfOrder: 45,
  duplicate: 46,
  invalidEpoch: 47,
  invalidIdMapping: 49,
  loginFailed: 58,
  unknownProducer: 59,
  unsupportedCompression: 76,
  invalidRecord: 87,
  throttled: 89,
  fenced: 90,
} as const

const movedCodes: ReadonlySet<number> = new Set([code.unknownTopic, 5, 6, 8, 9, 56, 72, 74, 75, 100])

const lostCodes: ReadonlySet<number> = new Set([
  code.outOfOrder,
  code.unknownProducer,
  code.invalidEpoch,
  code.invalidIdMapping,
  code.fenced,
])

/** The meaning of an error code for a batch to `topic`. */
export function meaningOf(errorCode: number, topic: string): Answer {
  if (errorCode === 0) return { kind: 'stored' }
  if (movedCodes.has(errorCode)) return { kind: 'moved' }
  if (lostCodes.has(errorCode)) return { kind: 'identity-lost' }
  switch (errorCode) {
    // A batch that it has already: the first answer was lost.
    case code.duplicate:
      return { kind: 'stored' }
    case code.messageTooLarge:
    case code.recordListTooLarge:
      return { kind: 'too-large' }
    case code.invalidRecord:
      return { kind: 'bad-message', text: `the broker takes no such message in the topic ${topic}` }
    case code.invalidTimestamp:
      return { kind: 'bad-message', text: `the broker does not take its time for the topic ${topic}` }
    case code.policyViolation:
      return { kind: 'bad-message', text: `a policy of the brokers forbids it in the topic ${topic}` }
    case code.topicForbidden:
      return refused(`the user may not write to the topic ${topic}: grant it Write there`)
    case code.clusterForbidden:
      return refused('the user may not do this on the cluster: grant it IdempotentWrite')
    case code.invalidTopic:
      return refused(`${topic} is no name for a topic`)
    case code.unsupportedCompression:
      return refused('the broker does not know this compression: use another `compression=`')
    case code.unsupportedVersion:
      return refused(tooOld)
    case code.throttled:
      return failed('throttled', 'the broker asks to write less', false)
    case code.coordinatorLoads:
    case code.coordinatorAway:
    case code.notCoordinator:
      return failed('unreachable', 'the brokers are not ready yet', false)
    case code.notEnoughReplicas:
      return failed('unreachable', `too few replicas of the topic ${topic} are there`, false)
    case code.notEnoughReplicasAfterAppend:
      return failed('unreachable', `too few replicas of the topic ${topic} are there`, true)
    case code.timedOut:
    case code.networkException:
      return failed('unreachable', `the replicas of the topic ${topic} do not answer in time`, true)
    default:
      return failed('server-error', `the broker answered with Kafka's error code ${errorCode}`, true)
  }
}

const tooOld = 'the brokers are older than Kafka 0.11: they take no message of this form'

function refused(text: string): Failure {
  return { kind: 'failed', reason: 'refused', text, mayBeStored: false }
}

function failed(reason: RetryReason, text: string, mayBeStored: boolean): Failure {
  return { kind: 'failed', reason, text, mayBeStored }
}

/** What was asked for when an error came. */
export interface Asked {
  /** What errors call the cluster. */
  readonly brokers: string
  readonly topic: string
  /** A batch was under way. */
  readonly mayBeStored: boolean
}

/** What is wrong where no answer to a batch came. */
export function failureOf(error: unknown, { brokers, topic, mayBeStored }: Asked): Failure {
  const chain = [...errorsIn(error)]
  const find = (is: (one: object) => boolean): object | undefined => chain.find(is)
  const hasCode = (wanted: number): boolean => find((one) => field(one, 'apiCode') === wanted) !== undefined
  const topicError = chain.find((one) => one instanceof TopicError)
  if (topicError) {
    return failed(topicError.what === 'unknown' ? 'refused' : 'unreachable', topicError.message, false)
  }
  if (hasCode(code.unsupportedMechanism)) {
    const offered = mechanismsIn(chain)
    return refused(
      `${brokers}: the broker does not offer this SASL mechanism${offered}; choose another \`ke.saslMechanism=\``,
    )
  }
  if (hasCode(code.loginFailed) || find((one) => field(one, 'code') === 'PLT_KFK_AUTHENTICATION')) {
    return refused(
      `${brokers}: the broker does not let the user in: correct \`user\` and \`password\`, ` +
        'or choose the mechanism that the user has with `ke.saslMechanism=`',
    )
  }
  if (hasCode(code.illegalSaslState)) return refused(`${brokers}: the broker wants \`user\` and \`password\``)
  for (const one of chain) {
    const answer = field(one, 'apiCode')
    if (typeof answer === 'number' && answer > 0) {
      const meaning = meaningOf(answer, topic)
      if (meaning.kind === 'failed') return { ...meaning, mayBeStored: mayBeStored && meaning.mayBeStored }
    }
  }
  if (find((one) => field(one, 'message') === 'Broker requires TLS.')) {
    return refused(
      `${brokers}: the broker wants TLS: name the authority that signed it with \`cacert=/path\``,
    )
  }
  if (find((one) => String(field(one, 'message')).startsWith('TLS handshake failed'))) {
    return failed('unreachable', `${brokers}: the TLS handshake failed: does this port speak TLS?`, false)
  }
  if (find((one) => field(one, 'code') === 'PLT_KFK_UNSUPPORTED_API')) return refused(`${brokers}: ${tooOld}`)
  const system = chain.find((one) => isSystemCode(field(one, 'code')))
  if (system) return failed('unreachable', describeError(system, addressIn(chain) ?? brokers), mayBeStored)
  if (find((one) => /timed out/i.test(String(field(one, 'message'))))) {
    return failed(mayBeStored ? 'timeout' : 'unreachable', `${brokers}: no answer in time`, mayBeStored)
  }
  return failed(
    'unreachable',
    `${brokers}: the broker closed the connection (one that wants TLS, a client certificate or a user does that too)`,
    mayBeStored,
  )
}

/** The broker's answer to a batch, where the client threw it. */
export function answerIn(error: unknown): ProduceAnswer | undefined {
  for (const one of errorsIn(error)) {
    const response = field(one, 'response')
    const [topic] = listOf(response, 'responses')
    const [partition] = listOf(topic, 'partitionResponses')
    const errorCode = field(partition, 'errorCode')
    if (typeof errorCode !== 'number') continue
    const refusedPlaces = listOf(partition, 'recordErrors').flatMap((record) => {
      const place = field(record, 'batchIndex')
      return typeof place === 'number' ? [place] : []
    })
    return { code: errorCode, refused: refusedPlaces }
  }
  return undefined
}

/** The cluster says that there is no such topic; of this the client keeps the text alone. */
export function isUnknownTopic(error: unknown): boolean {
  return [...errorsIn(error)].some(
    (one) =>
      field(one, 'apiCode') === code.unknownTopic ||
      String(field(one, 'message')).startsWith('Unknown topic '),
  )
}

/** The brokers are starting, and have nothing to give out yet. */
export function isNotReady(error: unknown): boolean {
  const codes: readonly unknown[] = [code.coordinatorLoads, code.coordinatorAway, code.notCoordinator]
  return [...errorsIn(error)].some((one) => codes.includes(field(one, 'apiCode')))
}

/** The user or the broker has no idempotent producers: what the original needed is less. */
export function isWithoutIdempotence(error: unknown): boolean {
  return [...errorsIn(error)].some(
    (one) =>
      field(one, 'apiCode') === code.clusterForbidden || field(one, 'code') === 'PLT_KFK_UNSUPPORTED_API',
  )
}

/** The error, those that it gathers and those that caused it, the outermost first. */
function* errorsIn(error: unknown): Generator<object> {
  if (typeof error !== 'object' || error === null) return
  yield error
  for (const inner of listOf(error, 'errors')) yield* errorsIn(inner)
  yield* errorsIn(field(error, 'cause'))
}

function mechanismsIn(chain: readonly object[]): string {
  for (const one of chain) {
    const names = listOf(field(one, 'response'), 'mechanisms').filter((name) => typeof name === 'string')
    if (names.length > 0) return `; it offers ${names.join(', ')}`
  }
  return ''
}

/** Which broker it was: what brokers call each other (`advertised.listeners`) may be unknown here. */
function addressIn(chain: readonly object[]): string | undefined {
  for (const one of chain) {
    const [, address] = /^Connection to (\S+:\d+) /.exec(String(field(one, 'message'))) ?? []
    if (address !== undefined) return address
  }
  return undefined
}

/** `ECONNREFUSED`, `DEPTH_ZERO_SELF_SIGNED_CERT`, …: not the client's own. */
function isSystemCode(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Z][A-Z_]+$/.test(value) && !value.startsWith('PLT_')
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = field(value, name)
  return Array.isArray(list) ? list : []
}
