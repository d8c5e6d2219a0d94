/**
 * Proves that events can be put, without putting one: asks for the event bus, and then puts a batch without events, for
 * which the key needs the right to put.
 */
import { describeRefusal } from './answers.ts'
import type { Refusal } from './answers.ts'
import type { Bus, BusReply } from './bus.ts'
import { putRequest } from './put-events.ts'

/** Throws an `Error` that says what is wrong and what to do. */
export async function checkBus(
  bus: Pick<Bus, 'request' | 'host' | 'redact'>,
  eventBusName: string,
  signal: AbortSignal,
): Promise<void> {
  const looked = await bus.request(
    {
      path: '/openapi/getEventBus',
      contentType: 'application/json; charset=utf-8',
      body: () => Buffer.from(JSON.stringify({ EventBusName: eventBusName })),
    },
    signal,
  )
  // Many keys may put events, and not look.
  const mayNotLook = looked.kind === 'refused' && looked.refusal.code.startsWith('AccessDenied')
  if (!mayNotLook) throwUnlessDone(bus, looked)
  const put = await putRequest({ bus }, () => [], signal)
  // That a batch has no events is seen when everything else was.
  if (put.kind === 'refused' && isAboutTheBatch(put.refusal)) return
  throwUnlessDone(bus, put)
}

function isAboutTheBatch({ answer, code }: Refusal): boolean {
  return (answer.status === 400 || answer.status === 409) && !/NotExist|Denied|Signature/i.test(code)
}

function throwUnlessDone(bus: Pick<Bus, 'host' | 'redact'>, reply: BusReply): void {
  switch (reply.kind) {
    case 'answered':
      return
    case 'refused':
      throw new Error(describeRefusal(reply.refusal, bus.host, (text) => bus.redact(text)))
    case 'failed':
      throw new Error(reply.outcome.kind === 'retry' ? (reply.outcome.detail ?? bus.host) : bus.host)
  }
}
