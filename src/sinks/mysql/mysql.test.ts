/** The contract of sinks, against a double on the server's protocol, and what is said over it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Outcome } from '../../domain/outcome.ts'
import type { Behaviour, ContractReceiver } from '../../sink-kit/contract.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import { paceWith } from '../../sink-kit/kit-options.ts'
import type { Sink } from '../../sink-kit/sink.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../sink-kit/testing/sink-world.ts'
import mysql from './index.ts'
import type { ServerBehaviour, ServerDouble } from './testing/server.ts'
import { startServerDouble } from './testing/server.ts'

const { signal } = new AbortController()

const behaviours: Readonly<Record<Behaviour, ServerBehaviour>> = {
  takes: 'takes',
  fails: 'fails',
  'refuses-message': 'refuses-rows',
  hangs: 'hangs',
  // No server of this kind says how long to wait.
  'is-throttled': 'fails',
}

async function contractReceiver(): Promise<ContractReceiver> {
  const server = await startServerDouble('writer')
  return {
    endpoint: server.host,
    behave: (how) => server.behave(behaviours[how]),
    messages: () => server.rows.map((row) => row.get('message') ?? ''),
    reached: () => server.reached(),
    close: () => server.close(),
  }
}

describe('mysql', () => {
  runSinkContract({
    declaration: mysql,
    argument: 'mysql:?writer:password-canary@tcp(<endpoint>)/events-canary?charset=utf8mb4',
    secrets: ['writer', 'password-canary', 'events-canary'],
    behaviours: ['takes', 'fails', 'refuses-message', 'hangs'],
    holds: (message, { event }) => message === event.message,
    startReceiver: contractReceiver,
  })
})

async function withSink(
  argument: string,
  use: (parts: {
    readonly sink: Sink
    readonly server: ServerDouble
    readonly logged: readonly string[]
  }) => Promise<void>,
): Promise<void> {
  const server = await startServerDouble('writer')
  const { kit, own } = splitArgument(sinkArgument(argument.replaceAll('<endpoint>', server.host)))
  const options = mysql.schema.parse(mysql.readArgument(own, kit).options)
  const world = sinkWorld(paceWith(mysql.pace, kit).concurrency)
  const sink = await mysql.open(options, world.context)
  try {
    await use({ sink, server, logged: world.logged })
  } finally {
    await sink.close()
    await server.close()
  }
}

function many(count: number, message = 'Back-off'): ReturnType<typeof occurrenceOf>[] {
  return Array.from({ length: count }, (_, at) => occurrenceOf(podEvent(at, `${message} ${at}`), at + 1))
}

function kindsOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.map((outcome) =>
    outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`,
  )
}

describe('what is said to the server', () => {
  const argument = 'mysql:?writer:pw@tcp(<endpoint>)/events?charset=latin1&time_zone=%27%2B08:00%27'

  it('is the character set, the variables, and one statement for many rows', async () => {
    await withSink(argument, async ({ sink, server }) => {
      assert.deepEqual(kindsOf(await sink.send(many(500), signal)), Array(500).fill('delivered'))
      const [names, zone, commit, insert, ...more] = server.statements
      assert.deepEqual(
        [names, zone, commit],
        ['SET NAMES latin1', "SET time_zone='+08:00'", 'SET autocommit=1'],
      )
      assert.match(insert ?? '', /^INSERT INTO `kube_event` /)
      assert.deepEqual(more, [])
      assert.equal(server.rows.length, 500)
    })
  })

  it('keeps within the longest statement that the server takes', async () => {
    await withSink(argument, async ({ sink, server }) => {
      const batch = many(5, '长'.repeat(100_000))
      assert.deepEqual(kindsOf(await sink.send(batch, signal)), Array(5).fill('delivered'))
      const inserts = server.statements.filter((text) => text.startsWith('INSERT'))
      assert.equal(inserts.length, 2)
      for (const insert of inserts) assert.ok(Buffer.byteLength(insert) < 1_048_576)
      assert.deepEqual(
        server.rows.map((row) => row.get('message')),
        batch.map(({ event }) => event.message),
      )
    })
  })

  it('is nothing of a row that is too long by itself: it is a dead letter, the others are stored', async () => {
    await withSink(argument, async ({ sink, server }) => {
      const batch = [...many(1), occurrenceOf(podEvent(7, 'x'.repeat(1_100_000))), ...many(1, 'last')]
      const outcomes = await sink.send(batch, signal)
      assert.deepEqual(kindsOf(outcomes), ['delivered', 'rejected bad-message', 'delivered'])
      assert.match(JSON.stringify(outcomes[1]), /raise max_allowed_packet/)
      assert.equal(server.rows.length, 2)
    })
  })

  it('gives every value back as it was', async () => {
    await withSink(argument, async ({ sink, server }) => {
      const hard = `it's "a" \\ back\\'slash \u0000 %s ? ; -- /* \n\t 探针 🚀 ')`
      await sink.send([occurrenceOf(podEvent(1, hard))], signal)
      assert.equal(server.rows[0]?.get('message'), hard)
    })
  })
})

describe('a user whom the server does not let in', () => {
  it('is refused, and named nowhere', async () => {
    await withSink('mysql:?intruder:pw@tcp(<endpoint>)/events', async ({ sink }) => {
      const [outcome] = await sink.send(many(1), signal)
      assert.ok(outcome?.kind === 'retry' && outcome.reason === 'refused')
      assert.match(outcome.detail ?? '', /user or password is wrong \(error 1045\)$/)
      await assert.rejects(sink.check(signal), /user or password is wrong/)
    })
  })
})
