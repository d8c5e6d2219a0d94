/** The driver's parameters: those that matter, those that do not, and the session's variables. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ReadParameters } from './parameters.ts'
import { readParameters } from './parameters.ts'
import { tlsUseOf } from './tls-use.ts'

function read(query: string): ReadParameters {
  return readParameters(
    query.split('&').map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [name, value.join('=')] as const
    }),
  )
}

describe('parameters', () => {
  it('that only say how rows are read are accepted and do nothing', () => {
    const { settings, problems, notes } = read(
      'parseTime=True&loc=Asia%2FShanghai&interpolateParams=true&clientFoundRows=true&collation=utf8mb4_bin' +
        '&multiStatements=1&columnsWithAlias=false&checkConnLiveness=false&rejectReadOnly=true&timeTruncate=1s',
    )
    assert.deepEqual({ problems, notes }, { problems: [], notes: [] })
    assert.deepEqual(settings, read('parseTime=0').settings)
  })

  it('that the driver refuses are refused, each with a remedy', () => {
    const { problems } = read(
      'parseTime=yes&compress=2&timeout=30&readTimeout=x&maxAllowedPacket=1M&serverPubKey=k&strict=true&tls=true&charset=a-b',
    )
    assert.deepEqual(
      problems.map((problem) => /^`(\w+)`/.exec(problem)?.[1]),
      [
        'parseTime',
        'compress',
        'timeout',
        'readTimeout',
        'maxAllowedPacket',
        'serverPubKey',
        'strict',
        'charset',
      ],
    )
    for (const problem of problems) assert.match(problem, /write |remove it/)
  })

  it('that the driver does not know are session variables, values unescaped', () => {
    const { settings, problems } = read("time_zone=%27%2B08%3A00%27&sql_mode='ANSI'&tx_isolation=%27a%27")
    assert.deepEqual(problems, [])
    assert.deepEqual(settings.variables, [
      ['time_zone', "'+08:00'"],
      ['sql_mode', "'ANSI'"],
      ['tx_isolation', "'a'"],
    ])
    assert.equal(read('a b=1').problems.length, 1)
    assert.equal(read('a=%zz').problems.length, 1)
  })

  it('never turn commits off', () => {
    const { settings, notes } = read('autocommit=0')
    assert.deepEqual(settings.variables, [])
    assert.match(notes.join(), /always on/)
  })

  it('count once: of a repeated one the last', () => {
    assert.equal(read('timeout=1s&timeout=2s').settings.connectTimeoutMs, 2_000)
  })

  for (const [charset, spoken] of [
    ['utf8', ['utf8mb4']],
    ['utf8mb4,utf8', ['utf8mb4', 'utf8mb4']],
    ['latin1', ['latin1']],
    // A byte of a character may be a quote there.
    ['gbk', ['utf8mb4']],
    ['utf16', ['utf8mb4']],
  ] as const) {
    it(`charset=${charset}: texts are sent as ${spoken[0]}`, () => {
      assert.deepEqual(read(`charset=${charset}`).settings.charsets, spoken)
    })
  }

  for (const [tls, use] of [
    ['true', 'verify'],
    ['1', 'verify'],
    ['false', 'off'],
    ['Skip-Verify', 'unverified'],
    ['preferred', 'preferred'],
    ['custom', 'named'],
  ] as const) {
    it(`tls=${tls} is ${use}`, () => assert.equal(read(`tls=${tls}`).settings.tls, use))
  }

  it('and the options of the kit say together how TLS is used', () => {
    assert.equal(tlsUseOf('off', {}), 'off')
    assert.equal(tlsUseOf('off', { ca: '/ca.pem' }), 'verify')
    assert.equal(tlsUseOf('off', { insecure: true }), 'unverified')
    assert.equal(tlsUseOf('named', { ca: '/ca.pem' }), 'verify')
    assert.equal(tlsUseOf('verify', { insecure: true }), 'unverified')
    assert.equal(tlsUseOf('preferred', { ca: '/ca.pem' }), 'preferred')
  })
})
