/** Data source names, read as Go's driver reads them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Dsn } from './dsn.ts'
import { readDsn, shownAddress } from './dsn.ts'

function dsnOf(text: string): Dsn {
  const read = readDsn(text)
  assert.ok(read.ok, read.ok ? '' : read.problem)
  return read.dsn
}

const localhost = { kind: 'tcp', host: '127.0.0.1', port: 3306, family: 0 }

describe('a data source name', () => {
  // What the driver's own documentation shows, with what its parser makes of it.
  const forms: readonly (readonly [text: string, dsn: Partial<Dsn>])[] = [
    [
      'alice:s3cret@tcp(db.example.test:3307)/events?charset=utf8mb4&parseTime=True',
      {
        user: 'alice',
        password: 's3cret',
        address: { kind: 'tcp', host: 'db.example.test', port: 3307, family: 0 },
        database: 'events',
        parameters: [
          ['charset', 'utf8mb4'],
          ['parseTime', 'True'],
        ],
      },
    ],
    [
      'alice@unix(/run/mysqld/mysqld.sock)/events?tls=skip-verify',
      {
        user: 'alice',
        password: '',
        address: { kind: 'unix', path: '/run/mysqld/mysqld.sock' },
        database: 'events',
      },
    ],
    ['alice:p@ss/w:rd(@tcp([2001:db8::1]:80)/events', { password: 'p@ss/w:rd(', database: 'events' }],
    ['tcp([2001:db8::1]:80)/', { address: { kind: 'tcp', host: '2001:db8::1', port: 80, family: 0 } }],
    ['tcp([2001:db8::1])/', { address: { kind: 'tcp', host: '2001:db8::1', port: 3306, family: 0 } }],
    ['tcp6([::1]:3306)/', { address: { kind: 'tcp', host: '::1', port: 3306, family: 6 } }],
    ['tcp(db)/', { address: { kind: 'tcp', host: 'db', port: 3306, family: 0 } }],
    [
      '/events',
      { user: '', password: '', address: { ...localhost, kind: 'tcp', family: 0 }, database: 'events' },
    ],
    ['@/', { user: '', database: '' }],
    ['alice@/events%2Fa', { user: 'alice', database: 'events/a' }],
    ['unix/events', { address: { kind: 'unix', path: '/tmp/mysql.sock' } }],
    [
      'alice:p@/d?a=1&b&c=2=3',
      {
        parameters: [
          ['a', '1'],
          ['c', '2=3'],
        ],
      },
    ],
  ]
  for (const [text, expected] of forms) {
    it(`is read: ${text}`, () => {
      const dsn = dsnOf(text)
      for (const [field, value] of Object.entries(expected)) {
        assert.deepEqual(Reflect.get(dsn, field), value, field)
      }
    })
  }

  for (const [text, told] of [
    ['alice:canary@tcp(h)', /no slash/],
    ['', /no slash/],
    ['alice:canary@tcp(h/events', /no closing bracket/],
    ['alice:canary@tcp(h)/events?loc=Asia/Shanghai', /%2F/],
    ['alice:canary@tcp(h:port)/events', /address that is none/],
    ['alice:canary@tcp(2001:db8::1:canary)/events', /address that is none/],
    ['alice:canary@cloudsql(a:b:c)/events', /none of tcp/],
    ['alice:canary@tcp6/events', /names no host/],
    ['alice:canary@tcp(h)/%zz', /%25/],
  ] as const) {
    it(`that is none is told with a remedy and without a secret: ${text}`, () => {
      const read = readDsn(text)
      assert.ok(!read.ok)
      assert.match(read.problem, told)
      assert.ok(!read.problem.includes('canary'))
    })
  }

  it('shows where it leads and nothing else', () => {
    assert.equal(shownAddress(dsnOf('a:b@tcp([2001:db8::1])/d').address), '[2001:db8::1]:3306')
    assert.equal(shownAddress(dsnOf('a:b@unix(/run/s)/d').address), '/run/s')
  })
})
