/** Puts batches of events and settles each by its own entry in the answer. */
import type { Clock } from '../../domain/clock.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { outcomeOfRefusal, readEntries } from './answers.ts'
import type { Bus, BusReply } from './bus.ts'
import type { CloudEventSettings } from './cloud-event.ts'
import { cloudEventOf, idOf } from './cloud-event.ts'

/** Of a request. https://www.alibabacloud.com/help/en/eventbridge/latest/putevents-3 */
const mostEvents = 16
const mostBytes = 262_144

export interface PutOptions {
  readonly bus: Pick<Bus, 'request' | 'host' | 'redact'>
  readonly settings: Omit<CloudEventSettings, 'accountId'>
  readonly clock: Clock
}

/** One outcome an occurrence, in their order. */
export async function putEvents(
  options: PutOptions,
  batch: readonly Occurrence[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const portion of portionsOf(batch)) outcomes.push(...(await putPortion(options, portion, signal)))
  return outcomes
}

/** `events`: CloudEvents as JSON texts. */
export function putRequest(
  { bus }: Pick<PutOptions, 'bus'>,
  events: (accountId: string) => readonly string[],
  signal: AbortSignal,
): Promise<BusReply> {
  return bus.request(
    {
      path: '/openapi/putEvents',
      contentType: 'application/cloudevents-batch+json; charset=utf-8',
      body: (accountId) => Buffer.from(`[${events(accountId).join(',')}]`, 'utf8'),
    },
    signal,
  )
}

async function putPortion(
  options: PutOptions,
  portion: readonly Occurrence[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const { bus, clock, settings } = options
  const events = (accountId: string): string[] =>
    portion.map((occurrence) => cloudEventOf(occurrence, { ...settings, accountId }))
  const redact = (text: string): string => bus.redact(text)
  const reply = await putRequest(options, events, signal)
  switch (reply.kind) {
    case 'failed':
      return portion.map(() => reply.outcome)
    case 'answered': {
      const ids = portion.map(idOf)
      const entries = readEntries(reply.answer.body, ids, bus.host, redact)
      if (entries !== undefined) return entries
      const detail = `${bus.host}: the answer makes no sense`
      return portion.map(() => ({ kind: 'retry', reason: 'server-error', detail }))
    }
    case 'refused': {
      const outcome = outcomeOfRefusal(reply.refusal, bus.host, clock.wallMs(), redact)
      if (outcome.kind !== 'rejected' || portion.length === 1) return portion.map(() => outcome)
      // One event may be bad for all: each alone.
      const alone: Outcome[] = []
      for (const one of portion) alone.push(...(await putPortion(options, [one], signal)))
      return alone
    }
  }
}

/** Runs of occurrences, each of which is within the limits as far as can be told before. */
function portionsOf(batch: readonly Occurrence[]): readonly (readonly Occurrence[])[] {
  const portions: Occurrence[][] = []
  let bytes = 0
  for (const occurrence of batch) {
    // What the event is wrapped in is less than this.
    const size = occurrence.raw.length + 1_024
    const last = portions.at(-1)
    if (last && last.length < mostEvents && bytes + size <= mostBytes) {
      last.push(occurrence)
      bytes += size
    } else {
      portions.push([occurrence])
      bytes = size
    }
  }
  return portions
}
