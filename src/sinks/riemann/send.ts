/**
 * Sends a batch as one message and reads what Riemann answers to it. A message that fails is told in halves, since
 * one event at which the streams fail keeps those behind it from being told.
 */
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { delivered } from '../../domain/outcome.ts'
import { describeAnswer } from '../../sink-kit/http-outcome.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'
import type { RiemannClient } from './client.ts'
import type { Codec, EventSettings } from './message.ts'
import { decodeAnswer, encodeEvents } from './message.ts'

export interface SendSettings {
  readonly client: Pick<RiemannClient, 'ask' | 'host'>
  readonly codec: Codec
  readonly event: EventSettings
  readonly redact: Redactor
}

/** Single events that fail before any was taken: then it is the server, and the rest is not tried. */
const mostFailures = 2

/** One outcome an occurrence, in their order. */
export async function sendBatch(
  settings: SendSettings,
  batch: readonly Occurrence[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  let isAnyTaken = false
  let failures = 0
  // The next part is the last one here.
  const waiting: (readonly Occurrence[])[] = [batch]
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    const outcome = await sendMessage(settings, part, signal)
    const isFailure = outcome.kind === 'retry' && outcome.reason === 'server-error'
    if (isFailure && part.length > 1) {
      const middle = part.length >> 1
      waiting.push(part.slice(middle), part.slice(0, middle))
      continue
    }
    outcomes.push(...part.map(() => outcome))
    if (outcome.kind === 'delivered') isAnyTaken = true
    if (isFailure) failures += 1
    const isServer = isFailure ? !isAnyTaken && failures >= mostFailures : outcome.kind === 'retry'
    if (isServer) outcomes.push(...waiting.splice(0).flatMap((rest) => rest.map(() => outcome)))
  }
  return outcomes
}

/** What became of `part`, which went as one message; without events it is answered as any other, and leaves nothing. */
export async function sendMessage(
  { client, codec, event, redact }: SendSettings,
  part: readonly Occurrence[],
  signal: AbortSignal,
): Promise<Outcome> {
  const reply = await client.ask(encodeEvents(part, event, codec), signal)
  if (reply.kind === 'failed') return reply.outcome
  const answer = decodeAnswer(reply.bytes, codec)
  switch (answer.kind) {
    case 'taken':
      return delivered
    case 'failed':
      return {
        kind: 'retry',
        reason: 'server-error',
        detail: describeAnswer(`${client.host}: Riemann answered with an error`, answer.error, redact),
      }
    case 'unclear':
      return { kind: 'retry', reason: 'server-error', detail: `${client.host}: the answer makes no sense` }
  }
}
