/** The contract of sinks, held by the webhook. */
import { describe } from 'node:test'
import type { Behaviour, ContractReceiver } from '../../sink-kit/contract.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import type { Received, Reply } from '../../sink-kit/testing/http-receiver.ts'
import { startReceiver } from '../../sink-kit/testing/http-receiver.ts'
import webhook from './index.ts'

const secrets = [
  'path-canary-1111',
  'query-canary-2222',
  'user-canary-3333',
  'password-canary-4444',
  'header-canary-5555',
]
const [path, query, user, password, header] = secrets

/** Answers repeat all that came, as some gateways do. */
function replyTo(how: Behaviour, request: Received): Reply {
  const body = JSON.stringify(request)
  switch (how) {
    case 'takes':
      return { status: 204, body: '' }
    case 'fails':
      return { status: 500, body }
    case 'refuses-message':
      return { status: 422, body }
    case 'is-throttled':
      return { status: 429, headers: { 'retry-after': '7' }, body }
    case 'hangs':
      return 'hang'
  }
}

async function contractReceiver(): Promise<ContractReceiver> {
  const receiver = await startReceiver()
  let how: Behaviour = 'takes'
  receiver.reply((request) => replyTo(how, request))
  return {
    endpoint: receiver.host,
    behave: (next) => {
      how = next
    },
    messages: () => receiver.requests.map(({ body }) => body),
    reached: () => receiver.gotten(1),
    close: () => receiver.close(),
  }
}

describe('webhook', () => {
  runSinkContract({
    declaration: webhook,
    argument:
      `webhook:http://${user}:${password}@<endpoint>/robots/${path}/send?key=${query}` +
      `&header=X-Api-Key=${header}&method=POST&level=Normal`,
    secrets,
    behaviours: ['takes', 'fails', 'refuses-message', 'is-throttled', 'hangs'],
    holds: (message, { event }) => message.includes(`"EventMessage": "${event.message ?? ''}"`),
    startReceiver: contractReceiver,
  })
})
