/** The contract of sinks, and what a double of a Riemann server makes of our messages. */
import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { after, before, describe, it } from 'node:test'
import * as z from 'zod/mini'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Behaviour, ContractReceiver } from '../../sink-kit/contract.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import type { Certificates } from '../../sink-kit/testing/certificates.ts'
import { makeCertificates } from '../../sink-kit/testing/certificates.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../sink-kit/testing/sink-world.ts'
import type { Sink } from '../../sink-kit/sink.ts'
import riemann from './index.ts'
import type { Fault, RiemannServer, ServerSettings } from './testing/server.ts'
import { startRiemann } from './testing/server.ts'

const { signal } = new AbortController()
const secrets = ['password-canary-1111', 'path-canary-2222']
const [password, path] = secrets

const faults: Readonly<Partial<Record<Behaviour, Fault>>> = {
  fails: { error: 'tcp://user:password-canary-1111@h/path-canary-2222 no protocol method' },
  hangs: 'hang',
}

async function contractReceiver(): Promise<ContractReceiver> {
  const server = await startRiemann()
  return {
    endpoint: server.host,
    behave: (how) => server.fail(() => faults[how]),
    messages: () => server.events.map((event) => JSON.stringify(event)),
    reached: () => server.gotten(1),
    close: () => server.close(),
  }
}

describe('riemann', () => {
  runSinkContract({
    declaration: riemann,
    argument: `riemann:tcp://user:${password}@<endpoint>/${path}?ttl=60`,
    secrets,
    behaviours: ['takes', 'fails', 'hangs'],
    holds: (message, { event }) => message.includes(`"description":"${event.message ?? ''}"`),
    startReceiver: contractReceiver,
  })
})

interface Setting {
  readonly server: RiemannServer
  readonly sink: Sink
  readonly logged: readonly string[]
}

async function withServer(
  query: string,
  use: (setting: Setting) => Promise<void>,
  settings: ServerSettings = {},
  concurrency = 1,
): Promise<void> {
  const server = await startRiemann(settings)
  const { kit, own, problems } = splitArgument(sinkArgument(`riemann:tcp://${server.host}?x=1${query}`))
  assert.deepEqual(problems, [])
  const read = riemann.readArgument(own, kit)
  assert.deepEqual(read.errors, [])
  const { context, logged } = sinkWorld(concurrency)
  const sink = await riemann.open(z.parse(riemann.schema, read.options), context)
  try {
    await use({ server, sink, logged })
  } finally {
    await sink.close()
    await server.close()
  }
}

const many = (count: number): Occurrence[] =>
  Array.from({ length: count }, (_, at) => occurrenceOf(podEvent(at, `Back-off ${at}`), at + 1))
const kinds = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) =>
    outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`,
  )

describe('an event', () => {
  it('has the original’s fields', async () => {
    await withServer('&ttl=12.5&tags=a&tags=b', async ({ server, sink }) => {
      await sink.send(many(3), signal)
      assert.deepEqual(server.events[2], {
        time: '1714996800',
        state: 'warning',
        service: 'Pod.BackOff',
        host: hostname(),
        description: 'Back-off 2',
        tags: ['a', 'b'],
        ttl: 12.5,
        attributes: [
          { key: 'api-version', value: '' },
          { key: 'component', value: '' },
          { key: 'field-path', value: '' },
          { key: 'first-timestamp', value: '' },
          { key: 'last-timestamp', value: '1714987815' },
          { key: 'name', value: 'web-2' },
          { key: 'namespace', value: 'shop' },
          { key: 'resource-version', value: '' },
          { key: 'uid', value: 'pod-2' },
        ],
        time_micros: '1714996800250000',
        metric_sint64: '2',
      })
      assert.deepEqual(server.messages, [3])
    })
  })

  it('is ok if it is normal, has its node for a host, and no lifetime where that is 0', async () => {
    await withServer('&ttl=0', async ({ server, sink }) => {
      const { message: _, ...event } = podEvent(1)
      const firstTimestamp = '2024-05-06T09:30:14Z'
      await sink.send(
        [occurrenceOf({ ...event, type: 'Normal', source: { host: 'node-1' }, firstTimestamp })],
        signal,
      )
      const [told] = server.events
      assert.deepEqual(
        [told?.state, told?.host, told?.description, told?.ttl],
        ['ok', 'node-1', undefined, undefined],
      )
      assert.deepEqual(told?.tags, ['heapster'])
      assert.deepEqual(told.attributes[3], { key: 'first-timestamp', value: '1714987814' })
    })
  })
})

describe('a message', () => {
  it('goes over the connection that is there', async () => {
    await withServer('', async ({ server, sink }) => {
      for (const occurrence of many(3)) await sink.send([occurrence], signal)
      assert.equal(server.connections, 1)
    })
  })

  it('goes over a new connection when the server was started anew, and is told once', async () => {
    await withServer('', async ({ server, sink }) => {
      await sink.send(many(1), signal)
      server.cutConnections()
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['delivered', 'delivered'])
      assert.equal(server.connections, 2)
      assert.equal(server.events.length, 3)
    })
  })

  it('goes over as many connections as are in flight', async () => {
    const use = async ({ server, sink }: Setting): Promise<void> => {
      await Promise.all([sink.send(many(1), signal), sink.send(many(1), signal)])
      await sink.send(many(1), signal)
      assert.equal(server.connections, 2)
    }
    await withServer('', use, {}, 2)
  })

  it('that fails at one event is told in halves: that one is tried again, the others are taken', async () => {
    await withServer('', async ({ server, sink }) => {
      server.fail((events) =>
        events[0]?.description === 'Back-off 5' ? { error: 'no such metric' } : undefined,
      )
      const outcomes = await sink.send(many(16), signal)
      const expected = many(16).map((_, at) => (at === 5 ? 'retry server-error' : 'delivered'))
      assert.deepEqual(kinds(outcomes), expected)
      const [, , , , , failed] = outcomes
      assert.ok(failed?.kind === 'retry')
      assert.equal(failed.detail, `${server.host}: Riemann answered with an error: no such metric`)
      assert.deepEqual(new Set(server.events.map(({ description }) => description)).size, 15)
    })
  })

  it('at a server that takes nothing is not tried event by event', async () => {
    await withServer('', async ({ server, sink }) => {
      server.fail(() => ({ error: 'overloaded' }))
      const outcomes = await sink.send(many(64), signal)
      assert.deepEqual(new Set(kinds(outcomes)), new Set(['retry server-error']))
      assert.equal(outcomes.length, 64)
      assert.equal(server.messages.length, 8)
    })
  })

  it('whose answer makes no sense is tried again', async () => {
    await withServer('', async ({ server, sink }) => {
      server.fail(() => 'nonsense')
      assert.deepEqual(kinds(await sink.send(many(1), signal)), ['retry server-error'])
      server.fail(() => undefined)
      assert.deepEqual(kinds(await sink.send(many(1), signal)), ['delivered'])
    })
  })

  it('without an answer finds the server unreachable', async () => {
    await withServer('', async ({ server, sink }) => {
      server.fail(() => 'close')
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['retry unreachable', 'retry unreachable'])
    })
  })
})

describe('with TLS', () => {
  let certificates: Certificates
  before(() => (certificates = makeCertificates()))
  after(() => certificates.remove())

  it('events reach a server that asks for certificates, and none without', async () => {
    const { files, server: pair, ca } = certificates
    const trust = `&ke.ca=${files.ca}`
    const client = `&ke.cert=${files.clientCert}&ke.key=${files.clientKey}`
    const use = async ({ sink }: Setting): Promise<void> => {
      await sink.check(signal)
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['delivered', 'delivered'])
    }
    await withServer(trust + client, use, { tls: { ...pair, ca } })
    await withServer(
      trust,
      async ({ sink }) => {
        assert.deepEqual(kinds(await sink.send(many(1), signal)), ['retry unreachable'])
        await assert.rejects(sink.check(signal), /port 5554, and asks for `ke.cert` and `ke.key`/)
      },
      { tls: { ...pair, ca } },
    )
  })

  it('a certificate that nobody verifies is taken, and warned of', async () => {
    await withServer(
      '&ke.insecure=true',
      async ({ sink, logged }) => {
        assert.deepEqual(kinds(await sink.send(many(1), signal)), ['delivered'])
        assert.match(logged.join(), /warn .*certificate is not verified/)
      },
      { tls: certificates.server },
    )
  })

  it('a certificate that is not trusted is refused', async () => {
    await withServer(
      `&ke.serverName=receiver.example.test`,
      async ({ sink }) => {
        const [outcome] = await sink.send(many(1), signal)
        assert.ok(outcome?.kind === 'retry' && outcome.reason === 'unreachable')
        assert.match(outcome.detail ?? '', /certificate is not trusted/)
      },
      { tls: certificates.server },
    )
  })
})

describe('an argument', () => {
  const read = (text: string) => {
    const { kit, own } = splitArgument(sinkArgument(`riemann:${text}`))
    return riemann.readArgument(own, kit)
  }

  it('without a host means the original’s, and says so where one was meant', () => {
    assert.equal(z.parse(riemann.schema, read('?ttl=60').options).host, 'riemann-heapster:5555')
    assert.deepEqual(read('?ttl=60').mistakes, [])
    assert.match(read('riemann.example.test:5555?ttl=60').mistakes?.join() ?? '', /riemann:tcp:\/\//)
    assert.equal(
      z.parse(riemann.schema, read('http://r.example.test:5555').options).host,
      'r.example.test:5555',
    )
  })

  it('tells the size of batches', () => {
    assert.deepEqual(read('tcp://h?batchsize=5').pace, { batchCount: 5 })
    assert.deepEqual(read('tcp://h?batchsize=-1').pace, { batchCount: 1 })
    assert.equal(read('tcp://h').pace, undefined)
  })

  it('whose numbers are none is refused, as in the original', () => {
    for (const [text, told] of [
      ['ttl=soon', /./],
      ['batchsize=many', /batchsize=1000/],
    ] as const) {
      const { options, errors = [], originalRefuses } = read(`tcp://h?${text}`)
      assert.equal(originalRefuses, true)
      const issues = z.safeParse(riemann.schema, options).error?.issues.map(({ message }) => message) ?? []
      assert.match([...errors, ...issues].join(), told)
    }
    assert.ok(!z.safeParse(riemann.schema, read('tcp://h?ttl=NaN').options).success)
    assert.equal(read('tcp://h?ttl=NaN').originalRefuses, false)
  })

  it('warns that the state does nothing', () => {
    assert.match(read('tcp://h?state=ok').mistakes?.join() ?? '', /`state` does nothing/)
  })
})
