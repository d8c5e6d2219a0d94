/** The deliberate differences where events go to Honeycomb: its answers are looked at. */
import type { Rule } from './rule.ts'
import { answerTo } from './wire/answers.ts'
import type { WireExpectation } from './wire/expectation.ts'
import { waitsBehind } from './wire/lost-events.ts'
import type { ExpectedRequest } from './wire/requests.ts'

export const honeycombRules: readonly Rule<WireExpectation>[] = [
  {
    id: 'honeycomb-that-refuses-is-asked-again',
    source: {
      page: 'golden/wire/README.md, Plain defects',
      row: 'honeycomb never looks at the answer',
    },
    applies: (run) =>
      run.sinks.some(({ name }) => name === 'honeycomb') &&
      run.requests.some((request) => statusOf(run, request) === 401),
    // Who is refused waits, and asks again with one event.
    rewrite: (run) =>
      waitsBehind({
        ...run,
        requests: run.requests.map((request) => ({ ...request, fate: 'unsettled', delivered: false })),
      }),
  },
]

function statusOf(run: WireExpectation, { method, path, body }: ExpectedRequest): number | undefined {
  return answerTo(run.answers)({ method, target: path, body })?.status
}
