/** The deliberate differences where an application of WeCom tells events: tokens, errors in answers, several members. */
import type { Rule } from './rule.ts'
import { answerTo } from './wire/answers.ts'
import type { WireExpectation } from './wire/expectation.ts'
import type { ExpectedRequest } from './wire/requests.ts'

const defect = (row: string) => ({ page: 'golden/wire/README.md, Plain defects', row }) as const

const tokenPath = '/cgi-bin/gettoken'

export const wechatRules: readonly Rule<WireExpectation>[] = [
  {
    id: 'token-is-kept',
    source: defect('wechat asks for a new token for every event'),
    applies: (run) => run.requests.some(isTokenRequest),
    // No delivery, whatever it is answered; the first one is the only one.
    rewrite: (run) => {
      const first = run.requests.findIndex(isTokenRequest)
      const requests = run.requests.filter((request, at) => at === first || !isTokenRequest(request))
      return {
        ...run,
        requests: requests.map((request) =>
          isTokenRequest(request) ? { ...request, delivered: false } : request,
        ),
      }
    },
  },
  {
    id: 'without-a-token-nothing-is-sent',
    source: defect(
      "an application error in a 200 answer goes unnoticed: the robot's limit of 20 a minute silently loses events",
    ),
    applies: (run) => run.requests.some((request) => isTokenRequest(request) && !givesToken(run, request)),
    // It is asked for again; the events wait.
    rewrite: (run) => ({
      ...run,
      requests: run.requests
        .filter(isTokenRequest)
        .map((request) => ({ ...request, fate: 'unsettled', delivered: false })),
    }),
  },
  {
    id: 'several-members-are-one-delivery',
    source: defect('wechat asks for a new token for every event'),
    applies: (run) => membersOf(run).length > 1,
    rewrite: (run) => {
      const [first = ''] = membersOf(run)
      return {
        ...run,
        requests: run.requests.map((request) => ({
          ...request,
          delivered: request.delivered && memberOf(request) === first,
        })),
      }
    },
  },
]

function isTokenRequest({ path }: ExpectedRequest): boolean {
  return path === tokenPath
}

function givesToken(run: WireExpectation, { method, path, query, body }: ExpectedRequest): boolean {
  const answer = answerTo(run.answers)({ method, target: `${path}?${query}`, body })?.body
  return typeof answer === 'object' && answer !== null && 'access_token' in answer
}

/** Whom messages are for, in the order in which they were first told something. */
function membersOf({ requests }: WireExpectation): string[] {
  return [...new Set(requests.map(memberOf).filter((member) => member !== undefined))]
}

function memberOf({ body }: ExpectedRequest): string | undefined {
  return /"touser":"([^"]*)"/.exec(body)?.[1]
}
