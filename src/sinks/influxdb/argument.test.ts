/** `--sink=influxdb:…` as the original reads it, and what is said of it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ReadArgument } from '../../sink-kit/sink.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { sinkArgument } from '../../sink-kit/testing/sink-world.ts'
import { readInfluxdbArgument } from './argument.ts'
import { influxdbSchema } from './options.ts'
import type { InfluxdbOptions } from './options.ts'
import { readRetention, toldSeconds } from './retention.ts'

function read(text: string): ReadArgument {
  const { kit, own, problems } = splitArgument(sinkArgument(`influxdb:${text}`))
  assert.deepEqual(problems, [])
  return readInfluxdbArgument(own, kit)
}

function optionsOf(text: string): InfluxdbOptions {
  return influxdbSchema.parse(read(text).options)
}

/** What the schema refuses of a command line. */
function refusalsOf(text: string): string[] {
  const { success, error } = influxdbSchema.safeParse(read(text).options)
  return success ? [] : error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
}

describe('the options of a command line', () => {
  it('have the original’s defaults', () => {
    assert.deepEqual(optionsOf(''), {
      url: 'http://localhost:8086',
      db: 'k8s',
      user: 'root',
      pw: 'root',
      withfields: false,
      tags: 'original',
    })
  })

  it('are the original’s', () => {
    const { cluster_name, withfields, insecure, retention, ...options } = optionsOf(
      'https://influx.example.test:8086?user=a&pw=p%40s&db=events+db&withfields=1&insecuressl=t&cluster_name=prod&retention=7d',
    )
    assert.deepEqual(
      { cluster_name, withfields, insecure, retention },
      { cluster_name: 'prod', withfields: true, insecure: true, retention: '7d' },
    )
    assert.deepEqual(options, {
      url: 'https://influx.example.test:8086',
      user: 'a',
      pw: 'p@s',
      db: 'events db',
      tags: 'original',
    })
  })

  it('are those of a bucket, without the original’s user', () => {
    const { bucket, org, token, tags, user, db } = optionsOf(
      'https://influx.example.test?ke.bucket=b&ke.org=o&ke.token=example-token&ke.tags=bounded',
    )
    assert.deepEqual(
      [bucket, org, token, tags, user, db],
      ['b', 'o', 'example-token', 'bounded', undefined, undefined],
    )
  })

  it('warn of a series an event, unless the tags were chosen', () => {
    assert.match(read('http://h').warnings.join(), /each event is a series of its own/)
    assert.deepEqual(read('http://h?ke.tags=original').warnings, [])
    assert.deepEqual(read('http://h?ke.tags=bounded').warnings, [])
  })

  it('leave out a retention that is none, as the original did with any', () => {
    for (const text of ['forever', '7', '30m', '7 days', '']) {
      const { options, mistakes, errors } = read(`http://h?retention=${text}&ke.tags=original`)
      assert.equal(options['retention'], undefined)
      assert.deepEqual(errors, [])
      assert.match(mistakes?.join() ?? '', /`retention` is no duration of an hour or more/)
    }
  })

  for (const option of [
    'withfields=maybe',
    'insecuressl=2',
    'disable_counter_metrics=x',
    'concurrency=0',
    'concurrency=many',
  ]) {
    it(`are refused as the original does: ${option}`, () => {
      const argument = read(`http://h?${option}`)
      assert.equal(argument.originalRefuses, true)
      assert.equal((argument.errors?.length ?? 0) + refusalsOf(`http://h?${option}`).length, 1)
    })
  }

  it('of InfluxDB 1 do not stand beside a bucket', () => {
    assert.deepEqual(refusalsOf('http://h?ke.bucket=b&db=k8s&retention=7d'), [
      'db is for InfluxDB 1, and `bucket` for InfluxDB 2 and 3: keep one of them',
      'retention is for InfluxDB 1: how long a bucket keeps what it holds is set where it is made',
    ])
    assert.deepEqual(refusalsOf('http://h?ke.token=t'), [
      'token is for InfluxDB 2 and 3: name the `bucket` too',
    ])
  })

  it('say what of the URL is not used', () => {
    const { warnings, options } = read('http://u:p@influx.example.test/path?ke.tags=original')
    assert.equal(warnings.length, 2)
    assert.equal(options['url'], 'http://influx.example.test')
  })

  it('have no meaning that nobody gave them', () => {
    assert.deepEqual(read('http://h?ke.topic=x&ke.tags=bounded').errors, [
      'option `ke.topic` has no meaning for this sink: remove it',
    ])
  })
})

describe('a retention', () => {
  it('is read as InfluxQL has it', () => {
    assert.deepEqual(
      ['7d', '52w', '1h30m', '0', '0s', 'INF', 'inf'].map((text) => readRetention(text)),
      [
        { text: '7d', seconds: 604_800 },
        { text: '52w', seconds: 31_449_600 },
        { text: '1h30m', seconds: 5_400 },
        ...Array.from({ length: 4 }, () => ({ text: 'INF', seconds: Infinity })),
      ],
    )
  })

  it('is compared with what a server tells', () => {
    assert.deepEqual(['168h0m0s', '0s', '1h30m0s'].map(toldSeconds), [604_800, Infinity, 5_400])
  })
})
