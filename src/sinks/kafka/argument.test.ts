/** How the command line of the sink kafka is read: what it means, and what is said about it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { sinkArgument } from '../../sink-kit/testing/sink-world.ts'
import kafka from './index.ts'

const broker = 'kafka-0.example.test:9092'

function read(query: string) {
  const { kit, own } = splitArgument(sinkArgument(`kafka:?${query}`))
  const argument = kafka.readArgument(own, kit)
  const parsed = kafka.schema.safeParse(argument.options)
  return {
    ...argument,
    options: parsed.data,
    problems: parsed.error?.issues.map(({ message }) => message).join() ?? '',
  }
}

const optionsOf = (more: string) => read(`brokers=${broker}${more}`).options

describe('brokers', () => {
  it('may be given one by one, or with commas', () => {
    const { options } = read('brokers=a.example.test:9092&brokers=b.example.test:9093,[::1]:9094')
    assert.deepEqual(options?.brokers, ['a.example.test:9092', 'b.example.test:9093', '[::1]:9094'])
  })

  it('must be there, with a port; without any the original has no sink either', () => {
    assert.ok(read('eventstopic=x').problems !== '')
    assert.equal(read('eventstopic=x').originalRefuses, true)
    assert.equal(read(`brokers=${broker}`).originalRefuses, false)
    for (const wrong of ['kafka.example.test', 'kafka.example.test:0', 'ssl://kafka.example.test:9092']) {
      assert.match(read(`brokers=${wrong}`).problems, /is no broker: write host:port/, wrong)
    }
  })
})

describe('the topic', () => {
  it("is the original's, another one, or a template", () => {
    assert.equal(optionsOf('')?.topic, 'heapster-events')
    assert.equal(optionsOf('&eventstopic=k8s')?.topic, 'k8s')
    assert.equal(optionsOf('&ke.topic=k8s-{{.Reason}}')?.topic, 'k8s-{{.Reason}}')
  })

  it('is one: `ke.topic` counts, with a warning', () => {
    const { options, warnings } = read(`brokers=${broker}&eventstopic=a&ke.topic=b`)
    assert.equal(options?.topic, 'b')
    assert.match(warnings.join(), /`ke.topic` counts/)
  })

  it('must be a name', () => {
    for (const wrong of ['', 'a b', '..', 'x'.repeat(250)]) {
      assert.match(read(`brokers=${broker}&eventstopic=${wrong}`).problems, /is no name for a topic/, wrong)
    }
  })
})

describe('compression', () => {
  it('is none unless told; what the original refuses it refuses too', () => {
    assert.equal(optionsOf('')?.compression, 'none')
    for (const name of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
      assert.equal(optionsOf(`&compression=${name}`)?.compression, name)
    }
    const { problems, originalRefuses } = read(`brokers=${broker}&compression=brotli`)
    assert.match(problems, /is none of none, gzip, snappy, lz4, zstd/)
    assert.equal(originalRefuses, true)
  })
})

describe('a login', () => {
  it('has a user and a password, by PLAIN unless told', () => {
    const { user, password, saslMechanism } = optionsOf('&user=alice&password=') ?? {}
    assert.deepEqual([user, password, saslMechanism], ['alice', '', 'PLAIN'])
    assert.equal(
      optionsOf('&user=a&password=b&ke.saslMechanism=SCRAM-SHA-512')?.saslMechanism,
      'SCRAM-SHA-512',
    )
  })

  it('with one of the two is none, as in the original, with a warning', () => {
    for (const [query, warning] of [
      ['&user=alice', /`user` without `password` does nothing/],
      ['&password=canary', /`password` without `user` does nothing/],
    ] as const) {
      const { options, warnings, mistakes } = read(`brokers=${broker}${query}`)
      assert.equal(options?.user, undefined)
      assert.equal(options?.password, undefined)
      assert.match(warnings.join(), warning)
      assert.deepEqual(mistakes, warnings)
      assert.doesNotMatch(warnings.join(), /canary/)
    }
  })
})

describe('TLS', () => {
  it('is spoken with an authority or a certificate and its key', () => {
    assert.deepEqual(
      [optionsOf('&cacert=/ca.pem')?.ca, optionsOf('&cert=/c.pem&key=/k.pem')?.cert],
      ['/ca.pem', '/c.pem'],
    )
    assert.equal(optionsOf('&cacert=/ca.pem&insecuressl=true')?.insecure, true)
    assert.equal(optionsOf('&ke.insecure=true')?.insecure, true)
    assert.equal(optionsOf('&cacert=/old.pem&ke.ca=/new.pem')?.ca, '/new.pem')
  })

  it('is not spoken where the original does not either, with a warning', () => {
    for (const [query, warning] of [
      ['&insecuressl=true', /`insecuressl` does nothing without `cacert`/],
      ['&cert=/c.pem', /`cert` without `key` does nothing/],
      ['&key=/k.pem', /`key` without `cert` does nothing/],
    ] as const) {
      const { options, warnings } = read(`brokers=${broker}${query}`)
      const { ca, cert, key, insecure } = options ?? {}
      assert.deepEqual([ca, cert, key, insecure], [undefined, undefined, undefined, undefined])
      assert.match(warnings.join(), warning)
    }
  })
})

describe('options that mean nothing', () => {
  it('are told, with the one that was meant', () => {
    assert.match(read(`brokers=${broker}&eventtopic=x`).warnings.join(), /meant: `eventstopic`\?/)
    assert.match(read(`brokers=${broker}&user=a&user=b&password=c`).warnings.join(), /the first one counts/)
    assert.deepEqual(read(`brokers=${broker}&timeseriestopic=x`).warnings, [])
    assert.match(
      (read(`brokers=${broker}&ke.platform=none`).errors ?? []).join(),
      /`ke\.platform` has no meaning/,
    )
  })
})

describe('what is sent', () => {
  it('is everything: the original has no filter here', () => {
    assert.deepEqual(read(`brokers=${broker}`).filter, { level: 'all' })
  })
})
