/** How the sink's command line is read: what it means, and what is said about it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { sinkArgument } from '../../sink-kit/testing/sink-world.ts'
import elasticsearch from './index.ts'

function read(text: string) {
  const { kit, own } = splitArgument(sinkArgument(`elasticsearch:${text}`))
  const argument = elasticsearch.readArgument(own, kit)
  const parsed = elasticsearch.schema.safeParse(argument.options)
  return {
    ...argument,
    options: parsed.data,
    problems: parsed.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? [],
  }
}

const base = 'http://es.example.test:9200?sniff=false'

describe('the nodes', () => {
  for (const [text, nodes] of [
    [base, ['http://es.example.test:9200']],
    ['https://es.example.test/', ['https://es.example.test']],
    ['http://el:pw@es.example.test:9200/path?x=y', ['http://el:pw@es.example.test:9200']],
    [
      '?nodes=http://a.example.test:9200&nodes=https://b.example.test/es/?x=1',
      ['http://a.example.test:9200', 'https://b.example.test/es'],
    ],
    ['http://es.example.test?nodes=http://a.example.test', ['http://a.example.test']],
    ['?nodes=a.example.test:9200&nodes=http://b.example.test', ['http://b.example.test']],
  ] as const) {
    it(`of ${text} are ${nodes.join(', ')}`, () => assert.deepEqual(read(text).options?.nodes, nodes))
  }

  it('must be one at least, with a host', () => {
    for (const text of [
      '',
      '?index=x',
      'es.example.test:9200',
      '?nodes=es.example.test',
      'ftp://es.example.test',
    ]) {
      assert.match(read(text).problems.join(), /has no host, or is neither http nor https/, text)
    }
  })

  it('of which one is left out, or whose path is, are warned of', () => {
    assert.match(read('?nodes=x&nodes=http://b.example.test').warnings.join(), /one of `nodes` is no http/)
    assert.match(read('http://b.example.test/es').warnings.join(), /the path of the URL is not used/)
  })
})

describe('options without a value of their own', () => {
  it('are what the original does without them', () => {
    const { options, warnings, filter, pace } = read('http://es.example.test')
    assert.deepEqual(options, {
      nodes: ['http://es.example.test'],
      index: 'heapster',
      use_namespace: false,
      sigv4: 'auto',
      sniff: true,
    })
    assert.deepEqual([warnings, filter, pace], [[], { level: 'all' }, undefined])
  })
})

describe('the original’s options', () => {
  it('are taken over', () => {
    const { options, pace } = read(
      `${base}&index=kube&ver=7&esUserName=elastic&esUserSecret=s3cret&bulkWorkers=3&cluster_name=prod` +
        '&pipeline=tidy&use_namespace=1&sigv4=1&maxRetries=5&healthCheck=false&startupHealthcheckTimeout=2.5',
    )
    assert.deepEqual(options, {
      nodes: ['http://es.example.test:9200'],
      index: 'kube',
      ver: 7,
      esUserName: 'elastic',
      esUserSecret: 's3cret',
      cluster_name: 'prod',
      pipeline: 'tidy',
      use_namespace: true,
      sigv4: 'true',
      sniff: false,
    })
    assert.deepEqual(pace, { concurrency: 3 })
  })

  it('that the original refuses are refused, each with its name', () => {
    const { errors = [], problems } = read(
      `http://es.example.test?ver=seven&bulkWorkers=x&maxRetries=x&healthCheck=x&startupHealthcheckTimeout=x&sniff=x`,
    )
    for (const name of ['bulkWorkers', 'maxRetries', 'healthCheck', 'startupHealthcheckTimeout']) {
      assert.match(errors.join('\n'), new RegExp(`\`${name}\``))
    }
    assert.deepEqual(problems.map((text) => text.split(' ')[0]).toSorted(), ['sniff', 'ver'])
  })

  it('of which the original makes no sink are known for it', () => {
    assert.equal(read(`${base}&ver=8`).originalRefuses, true)
    assert.equal(read(`${base}&ver=8`).options?.ver, 8)
    assert.equal(read(`${base}&ver=6`).originalRefuses, false)
  })

  it('switch namespaces on by any value, with a warning where that is not meant', () => {
    for (const [value, warned] of [
      ['1', false],
      ['true', false],
      ['', true],
      ['false', true],
    ] as const) {
      const { options, warnings, mistakes } = read(`${base}&use_namespace=${value}`)
      assert.equal(options?.use_namespace, true)
      assert.equal(warnings.length, warned ? 1 : 0)
      assert.deepEqual(mistakes, warnings)
    }
  })

  it('name a user and a password, or neither', () => {
    const { options, warnings } = read(`${base}&esUserName=elastic`)
    assert.equal(options?.esUserName, undefined)
    assert.match(warnings.join(), /`esUserName` has no effect without `esUserSecret`/)
  })

  it('that come twice are warned of: the first counts', () => {
    const { options, warnings } = read(
      `${base}&index=a&index=b&nodes=http://a.example.test&nodes=http://b.example.test`,
    )
    assert.equal(options?.index, 'a')
    assert.deepEqual(warnings, ['option `index` is given more than once: the first one counts'])
  })
})

describe('an option of our own', () => {
  it('is for this sink, or refused', () => {
    const { options } = read(
      `${base}&ke.apiKey=id:key&ke.dataStream=events&ke.gzip=true&ke.indexTemplate=false&ke.insecure=true`,
    )
    const { apiKey, dataStream, gzip, indexTemplate, insecure } = options ?? {}
    assert.deepEqual(
      [apiKey, dataStream, gzip, indexTemplate, insecure],
      ['id:key', 'events', true, false, true],
    )
    assert.match((read(`${base}&ke.template=x`).errors ?? []).join(), /`ke\.template` has no meaning/)
  })

  it('may contradict another one', () => {
    assert.match(
      read(`${base}&ke.apiKey=k&esUserName=a&esUserSecret=b`).problems.join(),
      /stands beside `esUserName`/,
    )
    assert.match(read(`${base}&ke.dataStream=s&use_namespace=1`).problems.join(), /remove `use_namespace`/)
  })

  it('names what can be a name', () => {
    for (const name of ['Kube', 'a b', '-a', 'a*', 'a/b', 'a,b']) {
      assert.match(
        read(`${base}&index=${encodeURIComponent(name)}`).problems.join(),
        /index can be no name/,
        name,
      )
      assert.match(
        read(`${base}&ke.dataStream=${encodeURIComponent(name)}`).problems.join(),
        /dataStream can be/,
      )
    }
  })
})
