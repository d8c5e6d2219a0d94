/** The deliberate differences where events go to SLS: what is refused waits. */
import type { Rule } from './rule.ts'
import { answerTo } from './wire/answers.ts'
import type { WireExpectation } from './wire/expectation.ts'
import type { ExpectedRequest } from './wire/requests.ts'

const defect = (row: string) => ({ page: 'golden/wire/README.md, Plain defects', row }) as const

export const slsRules: readonly Rule<WireExpectation>[] = [
  {
    id: 'refused-key-loses-no-event',
    source: defect('one try an event: 500, 429 with Retry-After, refused connection: lost'),
    applies: (run) => run.sinks.some(({ name }) => name === 'sls') && run.requests.some(isRefused(run)),
    // The first one comes until it is taken, which is never here; whether others come before the sink is held is open.
    rewrite: (run) => ({
      ...run,
      requests: run.requests.map((request, at) => ({
        ...request,
        fate: at === 0 ? 'unsettled' : 'behind',
        delivered: false,
      })),
    }),
  },
]

function isRefused({ answers }: WireExpectation): (request: ExpectedRequest) => boolean {
  return ({ method, path, body }) => answerTo(answers)({ method, target: path, body })?.status === 401
}
