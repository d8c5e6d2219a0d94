/** The deliberate differences where events go to Riemann: a server that is away loses nothing. */
import type { Rule } from './rule.ts'
import type { WireExpectation } from './wire/expectation.ts'
import { originalRiemannEvent, riemannListener } from './wire/riemann.ts'
import { createdWhileRunning } from './wire/timeline.ts'

export const riemannRules: readonly Rule<WireExpectation>[] = [
  {
    id: 'riemann-that-is-away-is-tried-again',
    source: {
      page: 'golden/wire/README.md, Plain defects',
      row: 'one try an event: 500, 429 with Retry-After, refused connection: lost',
    },
    applies: (run) => run.recorderIsClosed && riemannListener(run.argv) !== undefined,
    rewrite: (run) => ({ ...run, recorderOpens: true, requests: [...run.requests, ...lostEvents(run)] }),
  },
]

function lostEvents(run: WireExpectation): WireExpectation['requests'] {
  const listener = riemannListener(run.argv)
  const sink = run.sinks.find(({ name }) => name === 'riemann')
  if (listener === undefined || sink === undefined) return []
  return createdWhileRunning(run.steps).flatMap((id) => {
    const event = run.events.get(id)
    return event ? [originalRiemannEvent(listener, sink, id, event)] : []
  })
}
