/** The contract of sinks, and what a double of Honeycomb's API makes of our batches. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Behaviour, ContractReceiver } from '../../sink-kit/contract.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { startReceiver } from '../../sink-kit/testing/http-receiver.ts'
import type { HttpReceiver, Received, Reply } from '../../sink-kit/testing/http-receiver.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../sink-kit/testing/sink-world.ts'
import type { Sink } from '../../sink-kit/sink.ts'
import honeycomb from './index.ts'
import { honeycombApi } from './testing/api.ts'
import type { Api, ApiSettings } from './testing/api.ts'

const { signal } = new AbortController()
const secrets = ['key-canary-1111', 'password-canary-2222', 'path-canary-3333', 'query-canary-4444']
const [key, password, path, query] = secrets

/** Answers repeat all that came, as some gateways do. */
function replyTo(how: Behaviour, request: Received): Reply {
  const echo = JSON.stringify(request)
  switch (how) {
    case 'takes':
      return { body: '[{"status":202}]' }
    case 'fails':
      return { status: 500, body: echo }
    case 'refuses-message':
      return { body: JSON.stringify([{ status: 400, error: echo }]) }
    case 'is-throttled':
      return { status: 429, headers: { 'retry-after': '7' }, body: JSON.stringify({ error: echo }) }
    case 'hangs':
      return 'hang'
  }
}

async function contractReceiver(): Promise<ContractReceiver> {
  const receiver = await startReceiver()
  let how: Behaviour = 'takes'
  receiver.reply((request) => {
    const { length } = request.method === 'POST' ? JSON.parse(request.body) : []
    // The contract's batches of several are all taken.
    if (how === 'takes' && length > 1)
      return { body: JSON.stringify(Array.from({ length }, () => ({ status: 202 }))) }
    return replyTo(how, request)
  })
  return {
    endpoint: receiver.host,
    behave: (next) => {
      how = next
    },
    messages: () => receiver.requests.filter(({ method }) => method === 'POST').map(({ body }) => body),
    reached: () => receiver.gotten(1),
    close: () => receiver.close(),
  }
}

describe('honeycomb', () => {
  runSinkContract({
    declaration: honeycomb,
    argument:
      `honeycomb:?writekey=${key}&dataset=d` +
      `&apihost=${encodeURIComponent(`http://user:${password}@`)}<endpoint>/${path}?token=${query}`,
    secrets,
    behaviours: ['takes', 'fails', 'refuses-message', 'is-throttled', 'hangs'],
    holds: (message, { event }) => message.includes(`"message":"${event.message ?? ''}"`),
    startReceiver: contractReceiver,
  })
})

interface Setting {
  readonly api: Api
  readonly receiver: HttpReceiver
  readonly sink: Sink
}

async function withApi(
  options: string,
  settings: Partial<ApiSettings>,
  use: (setting: Setting) => Promise<void>,
): Promise<void> {
  const api = honeycombApi({ key: 'k+1', ...settings })
  const receiver = await startReceiver()
  receiver.reply((request) => api.receive(request))
  const sink = await openSink(`writekey=k%2B1&apihost=http://${receiver.host}${options}`)
  try {
    await use({ api, receiver, sink })
  } finally {
    await sink.close()
    await receiver.close()
  }
}

async function openSink(options: string): Promise<Sink> {
  const { kit, own, problems } = splitArgument(sinkArgument(`honeycomb:?${options}`))
  assert.deepEqual(problems, [])
  const read = honeycomb.readArgument(own, kit)
  assert.deepEqual(read.errors, [])
  return honeycomb.open(z.parse(honeycomb.schema, read.options), sinkWorld(2).context)
}

const many = (count: number, message = 'Back-off'): Occurrence[] =>
  Array.from({ length: count }, (_, at) => occurrenceOf(podEvent(at, `${message} ${at}`), at + 1))
const kinds = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) =>
    outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`,
  )

describe('a batch', () => {
  it('is one request, and lands event by event', async () => {
    await withApi('&dataset=my set', {}, async ({ sink, api, receiver }) => {
      assert.deepEqual(kinds(await sink.send(many(3), signal)), ['delivered', 'delivered', 'delivered'])
      assert.deepEqual(api.batches, [3])
      assert.equal(receiver.requests[0]?.target, '/1/batch/my%20set')
      assert.deepEqual(api.stored[1], {
        dataset: 'my set',
        time: undefined,
        data: {
          namespace: 'shop',
          kind: 'Pod',
          name: 'web-1',
          subobject: '',
          'source.component': '',
          'source.host': '',
          count: 1,
          type: 'Warning',
          reason: 'BackOff',
          message: 'Back-off 1',
        },
      })
    })
  })

  it('tells the events’ own times in Honeycomb’s form, and compressed', async () => {
    await withApi('&ke.format=honeycomb&ke.gzip=true', {}, async ({ sink, api, receiver }) => {
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['delivered', 'delivered'])
      assert.deepEqual(
        api.stored.map(({ time }) => time),
        ['2024-05-06T09:30:15Z', '2024-05-06T09:30:15Z'],
      )
      assert.equal(receiver.requests[0]?.headers['content-encoding'], 'gzip')
    })
  })

  it('is settled event by event', async () => {
    const answers: Readonly<Record<string, object>> = {
      'Back-off 1': { status: 400, error: 'Event has too many columns' },
      'Back-off 2': { status: 429, error: 'event dropped due to rate limiting' },
      'Back-off 3': { status: 403, error: 'event dropped due to administrative denylist' },
      'Back-off 4': { status: 500 },
      'Back-off 5': { what: 'no status' },
    }
    await withApi('', { itemFor: ({ data }) => answers[String(data['message'])] }, async ({ sink, api }) => {
      const outcomes = await sink.send(many(7), signal)
      assert.deepEqual(kinds(outcomes), [
        'delivered',
        'rejected bad-message',
        'retry throttled',
        'retry refused',
        'retry server-error',
        'retry server-error',
        'delivered',
      ])
      const [, rejected] = outcomes
      assert.ok(rejected?.kind === 'rejected')
      assert.equal(rejected.detail, 'answered 400: Event has too many columns')
      assert.equal(api.stored.length, 2)
    })
  })

  it('that is too large goes in halves; an event too large by itself is the only one given up', async () => {
    await withApi('', { maxBodyBytes: 3_000 }, async ({ sink, api }) => {
      const batch = [...many(8), occurrenceOf(podEvent(9, 'x'.repeat(3_000)), 9), ...many(3)]
      const outcomes = kinds(await sink.send(batch, signal))
      assert.deepEqual(outcomes.map((kind, at) => (kind === 'delivered' ? [] : [at, kind])).flat(), [
        8,
        'rejected bad-message',
      ])
      assert.equal(api.stored.length, 11)
      assert.ok(api.batches.length > 1)
    })
  })

  it('whose answer is about other events is sent again, and one without a list is taken', async () => {
    await withApi('', {}, async ({ sink, receiver }) => {
      receiver.reply({ body: '[{"status":202}]' })
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['retry server-error', 'retry server-error'])
      receiver.reply({ status: 202, body: '' })
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['delivered', 'delivered'])
    })
  })

  it('of which nothing is understood is no fault of its events', async () => {
    await withApi('', {}, async ({ sink, receiver }) => {
      receiver.reply({ status: 400, body: '{"error":"request body is malformed"}' })
      const outcomes = await sink.send(many(2), signal)
      assert.deepEqual(kinds(outcomes), ['retry refused', 'retry refused'])
      assert.ok(outcomes[0]?.kind === 'retry')
      assert.equal(outcomes[0].detail, 'answered 400: request body is malformed')
    })
  })
})

describe('a key', () => {
  it('that is wrong is misconfigured: nothing is lost', async () => {
    await withApi('', { key: 'another' }, async ({ sink }) => {
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['retry refused', 'retry refused'])
      await assert.rejects(sink.check(signal), /answered 401.*unknown API key.*check `writekey`/)
    })
  })

  it('that may not send is told by the check', async () => {
    await withApi('', { maySend: false }, async ({ sink }) => {
      await assert.rejects(sink.check(signal), /may not send events/)
    })
  })

  it('is right: the check says so, and leaves nothing', async () => {
    await withApi('', {}, async ({ sink, api }) => {
      await sink.check(signal)
      assert.deepEqual(api.stored, [])
      assert.deepEqual(api.batches, [])
    })
  })

  it('is tried with an empty batch at a proxy that knows events alone', async () => {
    await withApi('', {}, async ({ sink, api, receiver }) => {
      receiver.reply((request) => (request.target === '/1/auth' ? { status: 404 } : api.receive(request)))
      await sink.check(signal)
      assert.deepEqual([api.batches, api.stored], [[0], []])
      receiver.reply({ status: 404, body: 'nothing here' })
      await assert.rejects(sink.check(signal), /answered 404: nothing here; check `apihost`/)
    })
  })
})

describe('an address', () => {
  it('keeps its path and its query', async () => {
    await withApi('/base/?a=b%26c&dataset=d/e', {}, async ({ sink, receiver }) => {
      receiver.reply({})
      await sink.send(many(1), signal)
      assert.equal(receiver.requests[0]?.target, '/base/1/batch/d/e?a=b&c')
    })
  })
})

describe('an argument', () => {
  const read = (text: string, env: Readonly<Record<string, string>> = {}) => {
    const { kit, own } = splitArgument(sinkArgument(`honeycomb:?${text}`, env))
    return honeycomb.readArgument(own, kit)
  }

  it('takes the key from the environment where it has none', () => {
    const env = { HONEYCOMB_WRITEKEY: 'from-env' }
    assert.deepEqual(read('', env).options, { writekey: 'from-env' })
    assert.deepEqual(read('writekey=own&writekey=other', env).options, { writekey: 'own' })
    assert.deepEqual(read('writekey=own&writekey=other', env).warnings, [
      'option `writekey` is given more than once: the first one counts',
    ])
  })

  it('without a key is refused, as in the original', () => {
    for (const text of ['dataset=d', 'writekey=']) {
      const { options, originalRefuses } = read(text)
      assert.equal(originalRefuses, true)
      assert.ok(!z.safeParse(honeycomb.schema, options).success)
    }
    assert.match(read('dataset=d').errors?.join() ?? '', /HONEYCOMB_WRITEKEY/)
  })

  it('has the original’s dataset and address where it names none', () => {
    const { dataset, apihost, format } = z.parse(honeycomb.schema, read('writekey=k').options)
    assert.deepEqual([dataset, apihost, format], ['heapster', 'https://api.honeycomb.io', 'original'])
    assert.ok(!z.safeParse(honeycomb.schema, read('writekey=k&apihost=api.example.test').options).success)
  })
})
