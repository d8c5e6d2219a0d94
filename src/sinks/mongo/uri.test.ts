/** Connection strings: read as Go's driver reads them, put into the words of the client library. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MongoClient } from 'mongodb'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { sinkArgument } from '../../sink-kit/testing/sink-world.ts'
import mongo from './index.ts'
import type { ClientUri } from './uri.ts'
import { clientUri, readMongoUri, shownUri } from './uri.ts'

function client(text: string, kit = {}): ClientUri {
  const read = readMongoUri(text)
  assert.ok(read.ok, read.ok ? '' : read.problem)
  return clientUri(read.uri, kit)
}

const usual = 'serverSelectionTimeoutMS=3000&tls=false'

describe('a connection string', () => {
  for (const [text, given] of [
    ['mongodb://h', `mongodb://h/?${usual}`],
    [
      'mongodb://root:p%40ss@a:1,b:2/admin?replicaSet=rs0&w=majority',
      `mongodb://root:p%40ss@a:1,b:2/admin?replicaSet=rs0&w=majority&${usual}`,
    ],
    ['mongodb://h/?connect=direct', `mongodb://h/?directConnection=true&${usual}`],
    [
      'mongodb://h/?AUTHSOURCE=admin&heartbeatIntervalMS=5000',
      `mongodb://h/?authSource=admin&heartbeatFrequencyMS=5000&${usual}`,
    ],
    // How is read is nobody's concern here.
    [
      'mongodb://h/?readPreference=secondary&readPreferenceTags=dc:a&maxStaleness=90',
      `mongodb://h/?${usual}`,
    ],
    [
      'mongodb://h/?serverSelectionTimeoutMS=100&compressors=snappy,zlib',
      'mongodb://h/?serverSelectionTimeoutMS=100&compressors=zlib&tls=false',
    ],
  ] as const) {
    it(`is given on in a form that the client library takes: ${text}`, async () => {
      assert.equal(client(text).text, given)
      await new MongoClient(given).close()
    })
  }

  it('keeps what worked: what the client library does not know is left out, with a word', () => {
    const { text, notes } = client('mongodb://h/?useUnifiedTopology=true&poolLimit=5&compressors=zstd')
    assert.equal(text, `mongodb://h/?${usual}`)
    assert.deepEqual(
      notes.map((note) => /`(\w+)`/.exec(note)?.[1]),
      ['useUnifiedTopology', 'poolLimit', 'compressors'],
    )
  })

  for (const [query, tls] of [
    ['', undefined],
    ['ssl=false', undefined],
    ['ssl=true', {}],
    ['tls=true&tlsInsecure=true', { insecure: true }],
    ['tls=true&sslCertificateAuthorityFile=/a%20b.pem', { ca: '/a b.pem' }],
    [
      'tls=true&tlsCertificateKeyFile=/k.pem&tlsCertificateKeyFilePassword=p',
      { cert: '/k.pem', key: '/k.pem', keyPassword: 'p' },
    ],
  ] as const) {
    it(`says how TLS is used, in both spellings: ${query}`, () => {
      assert.deepEqual(client(`mongodb://h/?${query}`).tls, tls)
    })
  }

  it("of a DNS record is TLS unless told otherwise; the kit's options count more", () => {
    assert.deepEqual(client('mongodb+srv://h').tls, {})
    assert.equal(client('mongodb+srv://h/?tls=false').tls, undefined)
    assert.deepEqual(client('mongodb://h/?tlsCAFile=/a', { ca: '/b' }).tls, { ca: '/b' })
  })

  for (const [text, told] of [
    ['h:27017', /is no connection string/],
    ['mongodb://', /names no host/],
    ['mongodb://a,,b', /names no host/],
    ['mongodb://user:can@ry@h/', /must be escaped/],
    ['mongodb://user:can%ary@h/', /must be escaped/],
  ] as const) {
    it(`that is none is told with a remedy and without a secret: ${text}`, () => {
      const read = readMongoUri(text)
      assert.ok(!read.ok)
      assert.match(read.problem, told)
      assert.doesNotMatch(read.problem, /can@ry|can%ary/)
    })
  }

  it('gets a password that stands elsewhere', () => {
    const read = readMongoUri('mongodb://u:old@h/')
    assert.ok(read.ok)
    assert.equal(clientUri(read.uri, {}, 'p@:/').text, `mongodb://u:p%40%3A%2F@h/?${usual}`)
  })

  it('is shown by its hosts', () => {
    assert.equal(shownUri('mongodb://user:pw@a:1,b:2/admin?x=1'), 'mongodb://a:1,b:2')
  })
})

describe('the command line', () => {
  function read(text: string, file = '') {
    const { kit, own, problems } = splitArgument(sinkArgument(`mongo:${text}`), () => file)
    assert.deepEqual(problems, [])
    const argument = mongo.readArgument(own, kit)
    const parsed = mongo.schema.safeParse(argument.options)
    return {
      ...argument,
      options: parsed.data,
      issues: parsed.error?.issues.map(({ message }) => message) ?? [],
    }
  }

  it('is the connection string, as written, and every event', () => {
    const { options, warnings, errors, filter } = read('?mongodb://root:123456@a:1,b:2/?authSource=admin')
    assert.equal(options?.uri, 'mongodb://root:123456@a:1,b:2/?authSource=admin')
    assert.deepEqual([options.database, options.collection, options.expireAfter], ['k8s', 'event', undefined])
    assert.deepEqual([warnings, errors, filter], [[], [], { level: 'all' }])
  })

  it('has names and a term beside it', () => {
    const { options, issues } = read(
      '?mongodb://h/?w=1&ke.database=d&ke.collection=c&ke.expireAfter=36h&ke.name=x',
    )
    assert.deepEqual(issues, [])
    assert.equal(options?.uri, 'mongodb://h/?w=1')
    assert.deepEqual([options.database, options.collection, options.expireAfter], ['d', 'c', '36h'])
  })

  it('may have the connection string in a file, once', () => {
    assert.equal(read('?ke.file.uri=/run/secrets/uri', 'mongodb://u:p@h/\n').options?.uri, 'mongodb://u:p@h/')
    assert.equal(read('?mongodb://u@h/&ke.file.password=/f', 'p@:/\n').options?.password, 'p@:/')
    assert.match((read('?mongodb://h/&ke.file.uri=/f', 'mongodb://h/').errors ?? []).join(), /given twice/)
  })

  it('does not swallow an option that is written into the connection string', () => {
    assert.match(
      (read('?mongodb://h/?ke.name=a').errors ?? []).join(),
      /write `&ke\.name=…` without that `\?`/,
    )
  })

  it('warns of a certificate that is not verified', () => {
    assert.match(read('?mongodb://h/?tls=true&tlsInsecure=true').warnings.join(), /not verified/)
    assert.match(read('?mongodb://h/?tls=true&ke.insecure=true').warnings.join(), /not verified/)
  })

  it('refuses a term that is none', () => {
    for (const term of ['30', '0s', '-1h']) {
      assert.match(read(`?mongodb://h/&ke.expireAfter=${term}`).issues.join(), /no duration above zero/)
    }
  })

  it('refuses names that the server would', () => {
    assert.equal(read('?mongodb://h/&ke.database=a.b').issues.length, 1)
    assert.equal(read('?mongodb://h/&ke.collection=system.a').issues.length, 1)
  })
})
