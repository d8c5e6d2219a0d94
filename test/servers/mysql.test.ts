/** The MySQL sink against a real MariaDB: the shared suite, and what this server refuses. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import type { Outcome } from '../../src/domain/outcome.ts'
import { paceWith } from '../../src/sink-kit/kit-options.ts'
import type { Sink } from '../../src/sink-kit/sink.ts'
import { splitArgument } from '../../src/sink-kit/split-argument.ts'
import { makeCertificates } from '../../src/sink-kit/testing/certificates.ts'
import type { Certificates } from '../../src/sink-kit/testing/certificates.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../src/sink-kit/testing/sink-world.ts'
import mysql from '../../src/sinks/mysql/index.ts'
import { originalTable, startMariadb } from './mysql-server.ts'
import type { MariadbServer } from './mysql-server.ts'
import { needs } from './needs.ts'
import { runDestinationSuite } from './sink-suite.ts'

const { signal } = new AbortController()

runDestinationSuite({
  name: 'MariaDB',
  idempotent: true,
  start: async () => {
    const server = await startMariadb()
    await server.run(
      'CREATE DATABASE events',
      "CREATE USER writer IDENTIFIED BY 'writer-secret'",
      'GRANT ALL ON events.* TO writer',
    )
    return {
      argument: `mysql:?writer:writer-secret@tcp(127.0.0.1:${server.port})/events?charset=utf8mb4&ke.timeout=2s`,
      readBack: async () => {
        const rows = await server.run('SELECT message FROM events.kube_event').catch((error: unknown) => {
          // Before the first event there is no table, and while it is away no server.
          if (error instanceof Error && 'code' in error) return []
          throw error
        })
        return rows.map(({ message }) => String(message))
      },
      // mysql2, measured.
      clientMiB: 16,
      stop: server.stop,
      start: server.start,
      freeze: server.freeze,
      thaw: server.thaw,
      close: server.close,
    }
  },
})

interface Opened {
  readonly sink: Sink
  readonly logged: readonly string[]
}

async function open(
  test: TestContext,
  argument: string,
  env?: Readonly<Record<string, string>>,
): Promise<Opened> {
  const { kit, own, problems } = splitArgument(sinkArgument(`mysql:?${argument}`))
  const read = mysql.readArgument(own, kit)
  assert.deepEqual([problems, read.errors], [[], []])
  const world = sinkWorld(paceWith(mysql.pace, kit).concurrency, { TZ: 'UTC', ...env })
  const sink = await mysql.open(mysql.schema.parse(read.options), world.context)
  test.after(() => sink.close())
  return { sink, logged: world.logged }
}

function many(count: number, message = 'Back-off'): ReturnType<typeof occurrenceOf>[] {
  return Array.from({ length: count }, (_, at) => occurrenceOf(podEvent(at, `${message} ${at}`), at + 1))
}

function kindsOf(outcomes: readonly Outcome[]): string[] {
  const kinds = outcomes.map((outcome) =>
    outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`,
  )
  return [...new Set(kinds)]
}

function detailOf([outcome]: readonly Outcome[]): string {
  return outcome && 'detail' in outcome ? (outcome.detail ?? '') : ''
}

describe('a MariaDB server', { skip: needs('MariaDB') }, () => {
  let server: MariadbServer
  let dsn: string
  before(async () => {
    server = await startMariadb()
    dsn = `writer:writer-secret@tcp(127.0.0.1:${server.port})/events`
    await server.run(
      "CREATE USER writer IDENTIFIED BY 'writer-secret'",
      'GRANT ALL ON events.* TO writer',
      "CREATE USER guest IDENTIFIED BY 'guest-secret'",
    )
  })
  after(() => server?.close())
  beforeEach(() => server.run('CREATE OR REPLACE DATABASE events CHARACTER SET utf8mb4'))

  const rowsOf = async (column: string, table = 'kube_event'): Promise<unknown[]> =>
    (await server.run(`SELECT ${column} FROM events.${table} ORDER BY id`)).map((row) => row[column])

  it('gets a table that a resend does not change', async (test) => {
    const { sink, logged } = await open(test, dsn)
    assert.deepEqual(kindsOf(await sink.send(many(1_000), signal)), ['delivered'])
    assert.deepEqual(kindsOf(await sink.send(many(1_000), signal)), ['delivered'])
    assert.equal((await rowsOf('id')).length, 1_000)
    assert.deepEqual(logged, ['info made the table kube_event, which was not there {}'])
  })

  it('stores another state of an event as another row', async (test) => {
    const { sink } = await open(test, dsn)
    const event = podEvent(1)
    const later = { ...event, count: 2, metadata: { ...event.metadata, resourceVersion: '99' } }
    await sink.send([occurrenceOf(event, 1), occurrenceOf(later, 2)], signal)
    assert.deepEqual(await rowsOf('count'), [1, 2])
  })

  for (const session of ['', '?sql_mode=%27NO_BACKSLASH_ESCAPES%27', '?sql_mode=%27ANSI%27&compress=true']) {
    it(`gives every value back as it was: ${session}`, async (test) => {
      const { sink } = await open(test, dsn + session)
      const hard = `it's "a" \\ back\\'slash \u0000 %s ? ; -- /* \n\t 探针 🚀 ')`
      assert.deepEqual(kindsOf(await sink.send([occurrenceOf(podEvent(1, hard))], signal)), ['delivered'])
      assert.deepEqual(await rowsOf('message'), [hard])
    })
  }

  it('is reached over its socket', async (test) => {
    const { sink } = await open(test, `writer:writer-secret@unix(${server.socket})/events`)
    assert.deepEqual(kindsOf(await sink.send(many(1), signal)), ['delivered'])
  })

  it("goes on with a table of the original's: a resend doubles until it has the key that the log names", async (test) => {
    await server.run(`USE events`, originalTable('events.kube_event'))
    const first = await open(test, dsn)
    await first.sink.send(many(2), signal)
    await first.sink.send(many(2), signal)
    assert.equal((await rowsOf('id')).length, 4)
    const alter = /to change that: (ALTER TABLE .*?) \{\}$/.exec(first.logged[0] ?? '')?.[1]
    assert.ok(alter)
    await server.run('USE events', alter.replace('`kube_event`', 'events.kube_event'))
    const second = await open(test, dsn)
    await second.sink.send(many(2, 'Again'), signal)
    await second.sink.send(many(2, 'Again'), signal)
    assert.equal((await rowsOf('id')).length, 6)
    assert.deepEqual(second.logged, [])
  })

  it('takes no row that is too long, and all others', async (test) => {
    await server.run(originalTable('events.kube_event'))
    const { sink } = await open(test, dsn)
    const batch = many(9).map((occurrence, at) => {
      if (at % 4 !== 2) return occurrence
      const { event } = occurrence
      return {
        ...occurrence,
        event: { ...event, involvedObject: { ...event.involvedObject, name: 'n'.repeat(65) } },
      }
    })
    const outcomes = await sink.send(batch, signal)
    assert.deepEqual(
      outcomes.map(({ kind }) => kind === 'rejected'),
      batch.map((_, at) => at % 4 === 2),
    )
    assert.match(detailOf(outcomes.slice(2)), /Data too long for column 'name'/)
    assert.equal((await rowsOf('id')).length, 7)
  })

  it('in utf8mb3 takes no emoji, until its table is changed as the log says', async (test) => {
    await server.run(originalTable('events.kube_event', 'utf8mb3'))
    const first = await open(test, dsn)
    const batch = [...many(1), occurrenceOf(podEvent(7, '🚀'))]
    const outcomes = await first.sink.send(batch, signal)
    assert.deepEqual(kindsOf(outcomes), ['delivered', 'rejected bad-message'])
    const alter = /(ALTER TABLE `kube_event` CONVERT TO CHARACTER SET utf8mb4)/.exec(first.logged.join())?.[1]
    assert.ok(alter)
    await server.run('USE events', alter.replace('`kube_event`', 'events.kube_event'))
    assert.deepEqual(kindsOf(await first.sink.send(batch.slice(1), signal)), ['delivered'])
  })

  it('with a table that lacks a column gets nothing until it is added as told', async (test) => {
    await server.run(originalTable('events.kube_event'), 'ALTER TABLE events.kube_event DROP COLUMN kind')
    const { sink } = await open(test, dsn)
    const outcomes = await sink.send(many(2), signal)
    assert.deepEqual(kindsOf(outcomes), ['retry refused'])
    const alter = /(ALTER TABLE `kube_event` ADD COLUMN kind .*)$/.exec(detailOf(outcomes))?.[1]
    assert.ok(alter)
    await server.run(alter.replace('`kube_event`', 'events.kube_event'))
    assert.deepEqual(kindsOf(await sink.send(many(2), signal)), ['delivered'])
  })

  it('whose table is dropped in mid-stream gets a new one', async (test) => {
    const { sink } = await open(test, dsn)
    await sink.send(many(1), signal)
    await server.run('DROP TABLE events.kube_event')
    assert.deepEqual(kindsOf(await sink.send(many(3), signal)), ['delivered'])
    assert.equal((await rowsOf('id')).length, 3)
  })

  it('with an engine that takes nothing back keeps each row once', async (test) => {
    await server.run(originalTable('events.kube_event'), 'ALTER TABLE events.kube_event ENGINE=MyISAM')
    // Else such an engine cuts what is too long, and says nothing.
    const { sink } = await open(test, `${dsn}?sql_mode=%27STRICT_ALL_TABLES%27`)
    await sink.check(signal)
    const long = occurrenceOf({ ...podEvent(7), reason: 'r'.repeat(65) })
    const outcomes = await sink.send([...many(3), long, ...many(3, 'more')], signal)
    assert.equal(outcomes.filter(({ kind }) => kind === 'delivered').length, 6)
    assert.equal((await rowsOf('id')).length, 6)
  })

  it('that is read-only holds the sink, and takes all afterwards on a new connection', async (test) => {
    const { sink } = await open(test, dsn)
    await sink.send(many(1), signal)
    await server.run('SET GLOBAL read_only = 1')
    try {
      const outcomes = await sink.send(many(3), signal)
      assert.deepEqual(kindsOf(outcomes), ['retry unreachable'])
      assert.match(detailOf(outcomes), /read-only/)
      await assert.rejects(sink.check(signal), /read-only/)
    } finally {
      await server.run('SET GLOBAL read_only = 0')
    }
    assert.deepEqual(kindsOf(await sink.send(many(3), signal)), ['delivered'])
  })

  it('refuses a wrong password, an unknown database and a user without rights, and the check says which', async (test) => {
    for (const [account, told] of [
      [dsn.replace('writer-secret', 'wrong-secret'), /user or password is wrong/],
      [`guest:guest-secret@tcp(127.0.0.1:${server.port})/events`, /no right to this database/],
      [dsn.replace('/events', '/nowhere'), /no right to this database/],
      [`${dsn}?no_such_variable=1`, /no variable of this server/],
    ] as const) {
      const { sink } = await open(test, account)
      const outcomes = await sink.send(many(1), signal)
      assert.deepEqual(kindsOf(outcomes), ['retry refused'], account)
      assert.match(detailOf(outcomes), told)
      assert.doesNotMatch(detailOf(outcomes), /secret|writer|guest/)
      await assert.rejects(sink.check(signal), told)
    }
  })

  it('tells a user who may not make the table what to do', async (test) => {
    await server.run('GRANT SELECT, INSERT ON events.kube_event TO guest').catch(() => {})
    await server.run("CREATE OR REPLACE USER clerk IDENTIFIED BY 'c'", 'GRANT SELECT ON events.* TO clerk')
    const { sink } = await open(test, `clerk:c@tcp(127.0.0.1:${server.port})/events`)
    const outcomes = await sink.send(many(1), signal)
    assert.deepEqual(kindsOf(outcomes), ['retry refused'])
    const create = /or make it: (CREATE TABLE .*)$/.exec(detailOf(outcomes))?.[1]
    assert.ok(create)
    await server.run('USE events', create.replace('`kube_event`', 'events.kube_event'))
    assert.match(detailOf(await sink.send(many(1), signal)), /GRANT INSERT, SELECT, UPDATE/)
    await server.run('GRANT INSERT, SELECT, UPDATE ON events.kube_event TO clerk')
    assert.deepEqual(kindsOf(await sink.send(many(1), signal)), ['delivered'])
  })

  it('takes the statements of the page, and its table is the one that is made', async (test) => {
    const page = readFileSync(
      join(import.meta.dirname, '..', '..', 'docs', 'en', 'sinks', 'mysql.md'),
      'utf8',
    )
    const [create = '', ...queries] = [...page.matchAll(/^```sql\n(.*?);\n```$/gms)].map(
      ([, sql = '']) => sql,
    )
    assert.equal(queries.length, 1)
    const { sink } = await open(test, dsn)
    await sink.send(many(3), signal)
    const made = async (table: string): Promise<unknown> =>
      (await server.run('USE events', `SHOW CREATE TABLE ${table}`))[0]?.['Create Table']
    const byProgram = await made('kube_event')
    assert.equal((await server.run('USE events', ...queries)).length, 0)
    await server.run('USE events', 'DROP TABLE kube_event', create)
    assert.equal(await made('kube_event'), String(byProgram).replace(/AUTO_INCREMENT=\d+ /, ''))
  })

  it('is checked by a row that is not there afterwards', async (test) => {
    const { sink } = await open(test, dsn)
    await sink.check(signal)
    await sink.check(signal)
    assert.deepEqual(await rowsOf('id'), [])
  })

  it('with short packets gets short statements', async (test) => {
    const [usual] = await server.run('SELECT @@global.max_allowed_packet AS bytes')
    await server.run('SET GLOBAL max_allowed_packet = 16384')
    try {
      const { sink } = await open(test, dsn)
      const huge = occurrenceOf(podEvent(7_000, 'x'.repeat(20_000)))
      const outcomes = await sink.send([...many(200, 'y'.repeat(900)), huge], signal)
      assert.deepEqual(kindsOf(outcomes), ['delivered', 'rejected bad-message'])
      assert.match(detailOf(outcomes.slice(-1)), /max_allowed_packet/)
      assert.equal((await rowsOf('id')).length, 200)
    } finally {
      await server.run(`SET GLOBAL max_allowed_packet = ${Number(usual?.['bytes'])}`)
    }
  })

  it('that cuts idle connections is connected anew, without a retry', async (test) => {
    const { sink } = await open(test, `${dsn}?wait_timeout=1`)
    await sink.send(many(1), signal)
    const [row] = await server.run("SELECT id FROM information_schema.PROCESSLIST WHERE user = 'writer'")
    await server.run(`KILL ${Number(row?.['id'])}`)
    assert.deepEqual(kindsOf(await sink.send(many(2), signal)), ['delivered'])
  })
})

describe('a MariaDB server whose disk is full', { skip: needs('MariaDB') }, () => {
  it('holds the sink, and takes all once there is room', async (test) => {
    const server = await startMariadb({
      args: ['--innodb-file-per-table=0', '--innodb-data-file-path=ibdata1:12M:autoextend:max:16M'],
    })
    test.after(() => server.close())
    await server.run(
      'CREATE DATABASE events',
      "CREATE USER writer IDENTIFIED BY 'writer-secret'",
      'GRANT ALL ON events.* TO writer',
    )
    const { sink } = await open(test, `writer:writer-secret@tcp(127.0.0.1:${server.port})/events`)
    let outcomes: readonly Outcome[] = []
    for (let round = 0; round < 100 && !kindsOf(outcomes).includes('retry unreachable'); round++) {
      outcomes = await sink.send(
        many(500, `${round} ${'x'.repeat(1_000)}`).map((occurrence) => versioned(occurrence, round)),
        signal,
      )
    }
    assert.deepEqual(kindsOf(outcomes), ['retry unreachable'])
    assert.match(detailOf(outcomes), /the table is full/)
    await server.run('DELETE FROM events.kube_event')
    assert.deepEqual(kindsOf(await sink.send(many(10), signal)), ['delivered'])
  })
})

function versioned(
  occurrence: ReturnType<typeof occurrenceOf>,
  version: number,
): ReturnType<typeof occurrenceOf> {
  const { event } = occurrence
  return {
    ...occurrence,
    event: { ...event, metadata: { ...event.metadata, resourceVersion: `v${version}` } },
  }
}

describe('a MariaDB server with TLS', { skip: needs('MariaDB') }, () => {
  let server: MariadbServer
  let certificates: Certificates
  let dsn: string
  before(async () => {
    certificates = makeCertificates()
    const { ca, cert, key } = certificates.files
    server = await startMariadb({ tls: { ca, cert, key } })
    await server.run(
      'CREATE DATABASE events',
      "CREATE USER writer IDENTIFIED BY 'writer-secret' REQUIRE SSL",
      'GRANT ALL ON events.* TO writer',
      "CREATE USER holder IDENTIFIED BY 'holder-secret' REQUIRE X509",
      'GRANT ALL ON events.* TO holder',
    )
    dsn = `writer:writer-secret@tcp(127.0.0.1:${server.port})/events`
  })
  after(async () => {
    await server?.close()
    certificates?.remove()
  })

  const sent = async (
    test: TestContext,
    argument: string,
    env?: Record<string, string>,
  ): Promise<readonly Outcome[]> => {
    const { sink } = await open(test, argument, env)
    return sink.send(many(1), signal)
  }

  it('is trusted by its authority: the option or the environment names it', async (test) => {
    const { ca } = certificates.files
    assert.deepEqual(kindsOf(await sent(test, `${dsn}?tls=true&ke.ca=${ca}`)), ['delivered'])
    assert.deepEqual(kindsOf(await sent(test, `${dsn}&ke.ca=${ca}`)), ['delivered'])
    assert.deepEqual(kindsOf(await sent(test, `${dsn}?tls=true`, { SSL_CERT_FILE: ca })), ['delivered'])
  })

  it('is not trusted without', async (test) => {
    const outcomes = await sent(test, `${dsn}?tls=true`)
    assert.deepEqual(kindsOf(outcomes), ['retry unreachable'])
    assert.match(detailOf(outcomes), /certificate is not trusted .*`ke\.ca=\/path`/)
  })

  it('must have the name that it is asked for', async (test) => {
    const { ca } = certificates.files
    const named = `${dsn}?tls=true&ke.ca=${ca}&ke.serverName=`
    assert.deepEqual(kindsOf(await sent(test, `${named}receiver.example.test`)), ['delivered'])
    const outcomes = await sent(test, `${named}other.example.test`)
    assert.deepEqual(kindsOf(outcomes), ['retry unreachable'])
    assert.match(detailOf(outcomes), /for another name; .*`ke\.serverName=`/)
  })

  it('is taken as it is where that is asked for', async (test) => {
    for (const how of ['?tls=skip-verify', '?tls=preferred', '&ke.insecure=true']) {
      assert.deepEqual(kindsOf(await sent(test, dsn + how)), ['delivered'], how)
    }
  })

  it('refuses who comes without TLS', async (test) => {
    assert.deepEqual(kindsOf(await sent(test, dsn)), ['retry refused'])
  })

  it("asks for a client's certificate, and gets it", async (test) => {
    const { ca, clientCert, clientKey } = certificates.files
    const holder = dsn.replace('writer:writer', 'holder:holder')
    const withCertificate = `${holder}?tls=custom&ke.ca=${ca}&ke.cert=${clientCert}&ke.key=${clientKey}`
    assert.deepEqual(kindsOf(await sent(test, withCertificate)), ['delivered'])
    assert.deepEqual(kindsOf(await sent(test, `${holder}?tls=true&ke.ca=${ca}`)), ['retry refused'])
  })

  it('that has none is not written to where it is asked for, and is where it is preferred', async (test) => {
    const plain = await startMariadb({ args: ['--skip-ssl'] })
    test.after(() => plain.close())
    await plain.run(
      'CREATE DATABASE events',
      "CREATE USER writer IDENTIFIED BY 'w'",
      'GRANT ALL ON events.* TO writer',
    )
    const there = `writer:w@tcp(127.0.0.1:${plain.port})/events`
    const outcomes = await sent(test, `${there}?tls=true`)
    assert.deepEqual(kindsOf(outcomes), ['retry unreachable'])
    assert.match(detailOf(outcomes), /it has no TLS/)
    assert.deepEqual(kindsOf(await sent(test, `${there}?tls=preferred`)), ['delivered'])
  })
})
