/** The contract of sinks, and what strict servers of each version make of our writes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Behaviour, ContractReceiver } from '../../sink-kit/contract.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import { startReceiver } from '../../sink-kit/testing/http-receiver.ts'
import type { Reply } from '../../sink-kit/testing/http-receiver.ts'
import { occurrenceOf, podEvent } from '../../sink-kit/testing/sink-world.ts'
import influxdb from './index.ts'
import { InfluxDouble } from './testing/influx.ts'
import type { InfluxSettings } from './testing/influx.ts'
import { withServer } from './testing/run.ts'

const { signal } = new AbortController()

async function contractReceiver(): Promise<ContractReceiver> {
  const servers = [new InfluxDouble({ version: 1 }), new InfluxDouble({ version: 2 })]
  const receiver = await startReceiver()
  let how: Behaviour = 'takes'
  let reached = (): void => undefined
  const hasReached = new Promise<void>((resolve) => {
    reached = resolve
  })
  receiver.reply((request): Reply => {
    // Answers repeat all that came, as some gateways do.
    const echo = JSON.stringify(request)
    const isWrite = request.target.includes('/write')
    if (how === 'fails') return { status: 500, body: echo }
    if (how === 'is-throttled') return { status: 429, headers: { 'retry-after': '7' }, body: echo }
    if (how === 'hangs' && isWrite) {
      reached()
      return 'hang'
    }
    for (const server of servers) {
      server.refuse = () => (how === 'refuses-message' ? `points beyond retention policy ${echo}` : undefined)
    }
    const [one, two] = servers
    return (request.target.startsWith('/api/v2/') ? two : one)?.answer(request) ?? 'reset'
  })
  return {
    endpoint: receiver.host,
    behave: (next) => {
      how = next
    },
    messages: () =>
      servers.flatMap(({ points }) =>
        points.map(({ fields }) => String(fields['message'] ?? fields['value'])),
      ),
    reached: () => hasReached,
    close: () => receiver.close(),
  }
}

const behaviours = ['takes', 'fails', 'refuses-message', 'is-throttled', 'hangs'] as const

describe('influxdb', () => {
  runSinkContract({
    declaration: influxdb,
    argument: 'influxdb:http://<endpoint>?user=user-canary&pw=password-canary&db=events',
    secrets: ['password-canary', Buffer.from('user-canary:password-canary').toString('base64')],
    behaviours,
    holds: (message, { event }) => message.includes(`"message": "${event.message ?? ''}"`),
    startReceiver: contractReceiver,
  })
})

describe('influxdb with a bucket', () => {
  runSinkContract({
    declaration: influxdb,
    argument: 'influxdb:http://<endpoint>?withfields=true&ke.bucket=events&ke.org=o&ke.token=token-canary',
    secrets: ['token-canary'],
    behaviours,
    holds: (message, { event }) => message === event.message,
    startReceiver: contractReceiver,
  })
})

const many = (count: number): Occurrence[] =>
  Array.from({ length: count }, (_, at) => occurrenceOf(podEvent(at + 1), at + 1))

const kinds = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) =>
    outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`,
  )

const detailOf = ([outcome]: readonly Outcome[]): string =>
  outcome && 'detail' in outcome ? (outcome.detail ?? '') : ''

const bucket = '?ke.bucket=events&ke.token=example-token'
const versions: readonly (readonly [name: string, settings: InfluxSettings & { query?: string }])[] = [
  ['InfluxDB 1', { version: 1 }],
  ['InfluxDB 2', { version: 2, bucket: 'events', authorization: 'Token example-token', query: bucket }],
  ['InfluxDB 3', { version: 3, bucket: 'events', authorization: 'Token example-token', query: bucket }],
]

for (const [name, settings] of versions) {
  describe(`a batch for ${name}`, () => {
    it('is one request, compressed where that is asked for', async () => {
      const query = `${settings.query ?? '?x=y'}&ke.gzip=true`
      await withServer({ ...settings, query }, async ({ sink, server, receiver }) => {
        assert.deepEqual(new Set(kinds(await sink.send(many(100), signal))), new Set(['delivered']))
        assert.equal(server.writes.length, 1)
        assert.equal(server.points.length, 100)
        assert.equal(receiver.requests.at(-1)?.headers['content-encoding'], 'gzip')
      })
    })

    it('is settled point by point where some are too old for the server', async () => {
      await withServer(settings, async ({ sink, server }) => {
        const old = new Set(['uid-3', 'uid-4', 'uid-7'])
        server.refuse = ({ tags }) =>
          old.has(tags['uid'] ?? '') ? 'points beyond retention policy' : undefined
        const outcomes = await sink.send(many(8), signal)
        assert.deepEqual(
          kinds(outcomes).flatMap((kind, at) => (kind === 'delivered' ? [] : [`${at + 1} ${kind}`])),
          ['3 rejected bad-message', '4 rejected bad-message', '7 rejected bad-message'],
        )
        assert.deepEqual(server.points.map(({ tags }) => tags['uid']).toSorted(), [
          'uid-1',
          'uid-2',
          'uid-5',
          'uid-6',
          'uid-8',
        ])
      })
    })

    it('waits where a field has another type there', async () => {
      await withServer(settings, async ({ sink, server }) => {
        server.refuse = () =>
          'field type conflict: input field "value" on measurement "log/events" is type string, already exists as type float'
        const outcomes = await sink.send(many(4), signal)
        assert.deepEqual(new Set(kinds(outcomes)), new Set(['retry refused']))
        assert.match(detailOf(outcomes), /another program has written this field with another type/)
      })
    })

    it('stays one where it is sent again', async () => {
      await withServer(settings, async ({ sink, server }) => {
        const batch = many(5)
        await sink.send(batch, signal)
        const before = server.points
        await sink.send(batch, signal)
        assert.deepEqual(server.points, before)
      })
    })
  })
}

describe('a server that has enough series', () => {
  it('is refused for as long, and the text names the way out', async () => {
    await withServer({ version: 1 }, async ({ sink, server }) => {
      server.refuse = () =>
        'max-values-per-tag limit exceeded (100000/100000): measurement="log/events" tag="uid"'
      const outcomes = await sink.send(many(3), signal)
      assert.deepEqual(new Set(kinds(outcomes)), new Set(['retry refused']))
      assert.match(detailOf(outcomes), /write `ke\.tags=bounded`, or raise the limit$/)
      assert.equal(server.writes.length, 1)
    })
  })
})

describe('an answer that nobody understands', () => {
  it('is no fault of the others: the point that no request may hold becomes a dead letter', async () => {
    const before = ({
      target,
      body,
    }: {
      readonly target: string
      readonly body: string
    }): Reply | undefined =>
      target.startsWith('/write') && body.includes('uid=uid-2') ? { status: 400, body: 'no' } : undefined
    await withServer({ version: 1, before }, async ({ sink }) => {
      assert.deepEqual(kinds(await sink.send(many(3), signal)), [
        'delivered',
        'rejected bad-message',
        'delivered',
      ])
    })
  })

  it('is nobody’s fault where nothing is taken', async () => {
    const before = ({ target }: { readonly target: string }): Reply | undefined =>
      target.startsWith('/write') ? { status: 400, body: 'no' } : undefined
    await withServer({ version: 1, before }, async ({ sink }) => {
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['retry refused', 'retry refused'])
    })
  })

  it('of a request that is too large makes it smaller', async () => {
    const before = ({
      target,
      body,
    }: {
      readonly target: string
      readonly body: string
    }): Reply | undefined =>
      target.startsWith('/write') && body.split('log/events').length > 4
        ? { status: 413, body: '{"error":"Request Entity Too Large"}' }
        : undefined
    await withServer({ version: 1, before }, async ({ sink, server }) => {
      assert.deepEqual(new Set(kinds(await sink.send(many(10), signal))), new Set(['delivered']))
      assert.equal(server.points.length, 10)
    })
  })
})

describe('a check', () => {
  const cases: readonly (readonly [string, InfluxSettings & { query?: string }, RegExp])[] = [
    [
      'a wrong password',
      { version: 1, authorization: 'Basic other' },
      /answered 401: authorization failed; check `user` and `pw`$/,
    ],
    [
      'a wrong token',
      { version: 2, authorization: 'Token other', query: bucket },
      /answered 401: .*; check the token$/,
    ],
    [
      'a bucket that is not there',
      { version: 2, bucket: 'other', query: bucket },
      /bucket "…?\w*…?" not found; check `bucket` and `org`/,
    ],
    [
      'an organization that is not there',
      { version: 2, org: 'other', query: `${bucket}&ke.org=mine` },
      /organization name .* not found; check `bucket` and `org`/,
    ],
    [
      'a database that the user may not make',
      { version: 1, mayOnlyWrite: true },
      /database not found: "k8s"; make it \(CREATE DATABASE\)/,
    ],
  ]
  for (const [what, settings, expected] of cases) {
    it(`tells ${what}`, async () => {
      await withServer(settings, async ({ sink }) => {
        await assert.rejects(sink.check(signal), expected)
      })
    })
  }

  it('makes nothing, where what is missing can be made', async () => {
    await withServer({ version: 1 }, async ({ sink, server }) => {
      await sink.check(signal)
      assert.equal(server.databases.size, 0)
    })
  })
})
