/** How a MySQL sink's command line is read: what it means, and what is said about it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { sinkArgument } from '../../sink-kit/testing/sink-world.ts'
import mysql from './index.ts'

function read(text: string, file = 'from-file-canary\n') {
  const { kit, own, problems } = splitArgument(sinkArgument(`mysql:${text}`), () => file)
  assert.deepEqual(problems, [])
  const argument = mysql.readArgument(own, kit)
  const parsed = mysql.schema.safeParse(argument.options)
  return {
    ...argument,
    options: parsed.data,
    issues: parsed.error?.issues.map(({ message }) => message) ?? [],
  }
}

const base = '?alice:s3cret@tcp(db.example.test:3306)/events'

describe('the data source name', () => {
  it('is all of the query, as written', () => {
    const { options, warnings, errors, filter } = read(`${base}?charset=utf8mb4&parseTime=True`)
    assert.equal(options?.dsn, 'alice:s3cret@tcp(db.example.test:3306)/events?charset=utf8mb4&parseTime=True')
    assert.equal(options?.table, 'kube_event')
    assert.deepEqual([warnings, errors, filter], [[], [], { level: 'all' }])
  })

  it('is without `table`, and without the options of the kit', () => {
    const { options, issues } = read(`${base}?charset=utf8mb4&table=my_events&ke.name=archive&ke.timeout=5s`)
    assert.deepEqual(issues, [])
    assert.equal(options?.dsn, 'alice:s3cret@tcp(db.example.test:3306)/events?charset=utf8mb4')
    assert.equal(options?.table, 'my_events')
  })

  it('keeps its parameters beside `table`, but for those that would stop what worked', () => {
    const { options, warnings } = read(
      `${base}?charset=utf8&useSSL=false&parseTime=yes&timeout=5s&table=my_events`,
    )
    assert.equal(options?.dsn, 'alice:s3cret@tcp(db.example.test:3306)/events?charset=utf8&timeout=5s')
    assert.deepEqual(
      warnings.map((warning) => /`(\w+)`/.exec(warning)?.[1]),
      ['useSSL', 'parseTime'],
    )
  })

  it('may stand in a file, as may the password', () => {
    const { options } = read('?table=t&ke.file.dsn=/run/secrets/dsn', 'a:b@tcp(h)/d\n')
    assert.equal(options?.dsn, 'a:b@tcp(h)/d')
    assert.equal(options?.table, 't')
    assert.equal(read(`${base}&ke.file.password=/run/secrets/password`).options?.password, 'from-file-canary')
    assert.match((read(`${base}&ke.file.dsn=/run/secrets/dsn`).errors ?? []).join(), /given twice/)
  })

  it('that is none is an error without a secret', () => {
    const { issues } = read('alice:canary@tcp(h)/events?charset=utf8')
    assert.equal(issues.length, 1)
    assert.match(issues[0] ?? '', /write user:password@tcp/)
    assert.ok(!issues.join().includes('canary'))
  })

  it('does not swallow an option that is written as its parameter', () => {
    assert.match(
      (read(`${base}?ke.name=a`).errors ?? []).join(),
      /`ke\.name`.*write `&ke\.name=…` without that `\?`/,
    )
    assert.match((read(`${base}?table=t`).errors ?? []).join(), /write `&table=…`/)
  })
})

describe('TLS', () => {
  it('that is not verified is warned of', () => {
    for (const query of ['?tls=skip-verify', '?tls=preferred', '?tls=true&ke.insecure=true']) {
      assert.match(read(base + query).warnings.join(), /certificate is not verified/)
    }
    assert.deepEqual(read(`${base}?tls=true`).warnings, [])
    assert.deepEqual(read(`${base}?tls=true&ke.ca=/ca.pem`).warnings, [])
  })

  it('of a name needs its parts: no Go program has registered them', () => {
    assert.match(read(`${base}?tls=custom`).issues.join(), /write `tls=true`/)
    assert.deepEqual(read(`${base}?tls=custom&ke.ca=/ca.pem`).issues, [])
  })
})

describe('the table', () => {
  for (const name of ['events', 'other.events', '`a.b`', '`a``b`.`c`', 'kube event']) {
    it(`may be ${name}`, () => assert.deepEqual(read(`${base}&table=${encodeURIComponent(name)}`).issues, []))
  }
  for (const name of ['a.b.c', '.a', 'a.', '`a', 'a`b`']) {
    it(`is not ${name}`, () => {
      assert.match(read(`${base}&table=${encodeURIComponent(name)}`).issues.join(), /no name of a table/)
    })
  }
})

describe('what is shown of a server', () => {
  it('is its address', () => {
    const { options } = read(base)
    assert.ok(options)
    assert.equal(mysql.display(options), 'db.example.test:3306')
  })
})
