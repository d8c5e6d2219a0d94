/** The InfluxDB sink against a real InfluxDB 1: the shared suite, and what this server refuses. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import type { KubernetesEvent } from '../../src/domain/event.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import { paceWith } from '../../src/sink-kit/kit-options.ts'
import type { Sink } from '../../src/sink-kit/sink.ts'
import { splitArgument } from '../../src/sink-kit/split-argument.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../src/sink-kit/testing/sink-world.ts'
import influxdb from '../../src/sinks/influxdb/index.ts'
import { startInfluxdb } from './influxdb-server.ts'
import type { InfluxdbServer } from './influxdb-server.ts'
import { needs } from './needs.ts'
import { runDestinationSuite } from './sink-suite.ts'

const { signal } = new AbortController()

for (const tags of ['original', 'bounded']) {
  runDestinationSuite({
    name: `InfluxDB 1, ${tags} tags`,
    idempotent: true,
    start: async () => {
      const server = await startInfluxdb({ hasUsers: true })
      return {
        isKeyedByTime: true,
        // The sink makes little garbage: what the journal has read waits longer for the collector.
        clientMiB: 20,
        argument:
          `influxdb:http://127.0.0.1:${server.port}?db=events&user=admin&pw=admin-secret&withfields=true` +
          `&ke.tags=${tags}&ke.timeout=2s`,
        readBack: async () => {
          // Before the first event there is no database, and while it is away no server.
          const tables = await server.ask('SELECT message FROM "default".events', 'events').catch(() => [])
          return tables.flatMap(({ columns, values }) => {
            const at = columns.indexOf('message')
            return values.map((row) => String(row[at]))
          })
        },
        stop: server.stop,
        start: server.start,
        freeze: server.freeze,
        thaw: server.thaw,
        close: server.close,
      }
    },
  })
}

async function open(
  test: TestContext,
  argument: string,
): Promise<{ readonly sink: Sink; readonly logged: readonly string[] }> {
  const { kit, own, problems } = splitArgument(sinkArgument(`influxdb:${argument}`))
  const read = influxdb.readArgument(own, kit)
  assert.deepEqual([problems, read.errors], [[], []])
  const world = sinkWorld(paceWith(influxdb.pace, kit).concurrency)
  const sink = await influxdb.open(influxdb.schema.parse(read.options), world.context)
  test.after(() => sink.close())
  return { sink, logged: world.logged }
}

/** Events of this moment: what is older a short retention refuses. */
function many(count: number, change: Partial<KubernetesEvent> = {}): ReturnType<typeof occurrenceOf>[] {
  const lastTimestamp = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  return Array.from({ length: count }, (_, at) =>
    occurrenceOf({ ...podEvent(at + 1), lastTimestamp, ...change }, at + 1),
  )
}

function kindsOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.map((outcome) =>
    outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`,
  )
}

function detailOf([outcome]: readonly Outcome[]): string {
  return outcome && 'detail' in outcome ? (outcome.detail ?? '') : ''
}

describe('an InfluxDB 1 server', { skip: needs('InfluxDB') }, () => {
  let server: InfluxdbServer
  let place: string
  before(async () => {
    server = await startInfluxdb({
      hasUsers: true,
      data: ['max-values-per-tag = 50', 'index-version = "inmem"'],
    })
    place = `http://127.0.0.1:${server.port}?user=admin&pw=admin-secret&ke.tags=original`
    await server.ask("CREATE USER writer WITH PASSWORD 'writer-secret'")
  })
  after(() => server?.close())

  const valuesOf = async (
    database: string,
    column: string,
    measurement = 'log/events',
  ): Promise<unknown[]> => {
    const tables = await server.ask(`SELECT * FROM "default"."${measurement}"`, database)
    return tables.flatMap(({ columns, values }) => values.map((row) => row[columns.indexOf(column)]))
  }
  const databases = async (): Promise<unknown[]> =>
    (await server.ask('SHOW DATABASES')).flatMap(({ values }) => values.map(([name]) => name))

  it('gets its database, and a resend changes nothing', async (test) => {
    const { sink } = await open(test, `${place}&db=first`)
    const batch = many(40)
    assert.deepEqual(new Set(kindsOf(await sink.send(batch, signal))), new Set(['delivered']))
    assert.deepEqual(new Set(kindsOf(await sink.send(batch, signal))), new Set(['delivered']))
    assert.equal((await valuesOf('first', 'uid')).length, 40)
  })

  it('keeps each state of an event, though they have one second', async (test) => {
    const { sink } = await open(test, `${place}&db=states`)
    const [first] = many(1)
    assert.ok(first)
    const { event } = first
    const later = { ...event, count: 2, metadata: { ...event.metadata, resourceVersion: '99' } }
    await sink.send([first, occurrenceOf(later, 2)], signal)
    const counts = (await valuesOf('states', 'value')).map((value) => JSON.parse(String(value)).count)
    assert.deepEqual(counts, [1, 2])
  })

  for (const settings of ['', '&withfields=true', '&ke.tags=bounded', '&withfields=true&ke.gzip=true']) {
    it(`gives every text back as it was: ${settings}`, async (test) => {
      const database = `texts${settings.replaceAll(/\W/g, '')}`
      const hard = `it's "a" \\ back\\'slash %s , = \n\t 探针 🚀 \\`
      const argument = `${place.replace(/&ke\.tags=original/, settings.includes('tags') ? '' : '$&')}&db=${database}${settings}`
      const { sink } = await open(test, argument)
      const reason = 'a, b=c \\ d'
      assert.deepEqual(kindsOf(await sink.send(many(1, { message: hard, reason }), signal)), ['delivered'])
      if (settings.includes('withfields')) {
        assert.deepEqual(await valuesOf(database, 'message', 'events'), [hard])
        assert.deepEqual(await valuesOf(database, 'reason', 'events'), [reason])
      } else {
        const [value] = await valuesOf(database, 'value')
        assert.equal(JSON.parse(String(value)).message, hard)
      }
    })
  }

  it('keeps events as long as `retention` says, and what is older is a dead letter by itself', async (test) => {
    const { sink } = await open(test, `${place}&db=week&retention=7d`)
    const [one, two, three, four] = many(4)
    assert.ok(one && two && three && four)
    const old = occurrenceOf({ ...two.event, lastTimestamp: '2024-05-06T09:30:15Z' }, 2)
    const outcomes = await sink.send([one, old, three, four], signal)
    assert.deepEqual(kindsOf(outcomes), ['delivered', 'rejected bad-message', 'delivered', 'delivered'])
    assert.match(detailOf(outcomes.slice(1)), /points beyond retention policy/)
    assert.deepEqual((await valuesOf('week', 'uid')).toSorted(), ['uid-1', 'uid-3', 'uid-4'])
    const [policies] = await server.ask('SHOW RETENTION POLICIES ON week')
    assert.deepEqual(policies?.values[0]?.slice(0, 2), ['default', '168h0m0s'])
  })

  it('has a policy made longer, and never shorter', async (test) => {
    await server.ask('CREATE DATABASE fit WITH DURATION 14d NAME "default"')
    const durationOf = async (): Promise<unknown> =>
      (await server.ask('SHOW RETENTION POLICIES ON fit'))[0]?.values[0]?.[1]
    const shorter = await open(test, `${place}&db=fit&retention=7d`)
    assert.deepEqual(kindsOf(await shorter.sink.send(many(1), signal)), ['delivered'])
    assert.equal(await durationOf(), '336h0m0s')
    const [, statement = ''] = /run (ALTER .*) \{\}$/.exec(shorter.logged.join('\n')) ?? []
    const longer = await open(test, `${place}&db=fit&retention=30d`)
    assert.deepEqual(kindsOf(await longer.sink.send(many(1), signal)), ['delivered'])
    assert.equal(await durationOf(), '720h0m0s')
    await server.ask(statement)
    assert.equal(await durationOf(), '168h0m0s')
  })

  it('with a database of other programs gets a policy beside theirs', async (test) => {
    await server.ask('CREATE DATABASE shared')
    const { sink } = await open(test, `${place}&db=shared`)
    assert.deepEqual(kindsOf(await sink.send(many(1), signal)), ['delivered'])
    const [policies] = await server.ask('SHOW RETENTION POLICIES ON shared')
    assert.deepEqual(
      policies?.values.map(([name, , , , isDefault]) => [name, isDefault]),
      [
        ['autogen', true],
        ['default', false],
      ],
    )
  })

  it('gets its database again when it was dropped', async (test) => {
    const { sink } = await open(test, `${place}&db=dropped`)
    await sink.send(many(1), signal)
    await server.ask('DROP DATABASE dropped')
    assert.deepEqual(kindsOf(await sink.send(many(2), signal)), ['delivered', 'delivered'])
    await server.ask('DROP RETENTION POLICY "default" ON dropped')
    assert.deepEqual(kindsOf(await sink.send(many(2), signal)), ['delivered', 'delivered'])
  })

  it('is written to by who may only write', async (test) => {
    await server.ask('CREATE DATABASE granted WITH NAME "default"')
    await server.ask('GRANT WRITE ON granted TO writer')
    const argument = `http://127.0.0.1:${server.port}?user=writer&pw=writer-secret&db=granted&ke.tags=original`
    const { sink } = await open(test, argument)
    await sink.check(signal)
    assert.deepEqual(kindsOf(await sink.send(many(3), signal)), ['delivered', 'delivered', 'delivered'])
    assert.equal((await valuesOf('granted', 'uid')).length, 3)
  })

  const refusals: readonly (readonly [string, string, RegExp])[] = [
    ['a wrong password', 'user=writer&pw=wrong&db=first', /answered 401: authorization failed/],
    [
      'a user without the right to write',
      'user=writer&pw=writer-secret&db=first',
      /answered 403: .*not authorized to write/,
    ],
    [
      'a database that the user may not make',
      'user=writer&pw=writer-secret&db=nowhere',
      /answered 404: database not found: "nowhere"; make it/,
    ],
  ]
  for (const [what, query, expected] of refusals) {
    it(`holds the sink for ${what}, and check says so`, async (test) => {
      const { sink } = await open(test, `http://127.0.0.1:${server.port}?${query}&ke.tags=original`)
      const outcomes = await sink.send(many(2), signal)
      assert.deepEqual(kindsOf(outcomes), ['retry refused', 'retry refused'])
      assert.match(detailOf(outcomes), expected)
      await assert.rejects(sink.check(signal), expected)
    })
  }

  it('holds the sink where another program has written the field with another type', async (test) => {
    const { sink } = await open(test, `${place}&db=types`)
    await sink.check(signal)
    await sink.send(many(1), signal)
    await server.ask('DROP MEASUREMENT "log/events"', 'types')
    const query = new URLSearchParams({ db: 'types', rp: 'default', u: 'admin', p: 'admin-secret' })
    const written = await fetch(`http://127.0.0.1:${server.port}/write?${query.toString()}`, {
      method: 'POST',
      headers: { connection: 'close' },
      body: 'log/events value=1',
    })
    assert.equal(written.status, 204)
    const outcomes = await sink.send(many(3), signal)
    assert.deepEqual(new Set(kindsOf(outcomes)), new Set(['retry refused']))
    assert.match(detailOf(outcomes), /another program has written this field with another type/)
  })

  it('takes no more series than its limit, and with bounded tags needs none', async (test) => {
    const { sink } = await open(test, `${place}&db=limit`)
    const outcomes = [
      ...(await sink.send(many(60), signal)),
      ...(await sink.send(many(70).slice(60), signal)),
    ]
    assert.ok(kindsOf(outcomes).includes('retry refused'))
    const [refused] = outcomes.filter(({ kind }) => kind === 'retry')
    assert.match(detailOf(refused ? [refused] : []), /write `ke\.tags=bounded`, or raise the limit$/)
    const bounded = await open(test, `${place.replace('original', 'bounded')}&db=limit2`)
    assert.deepEqual(new Set(kindsOf(await bounded.sink.send(many(200), signal))), new Set(['delivered']))
    assert.equal((await valuesOf('limit2', 'uid')).length, 200)
    const series = await server.ask('SHOW SERIES', 'limit2')
    assert.equal(series.flatMap(({ values }) => values).length, 1)
  })

  it('is left as it was by a check', async (test) => {
    const { sink } = await open(test, `${place}&db=unmade`)
    await sink.check(signal)
    assert.ok(!(await databases()).includes('unmade'))
    const there = await open(test, `${place}&db=first`)
    const stored = (await valuesOf('first', 'uid')).length
    await there.sink.check(signal)
    assert.equal((await valuesOf('first', 'uid')).length, stored)
  })
})
