/** The contract of sinks, and what a strict search engine makes of our requests. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../../domain/event.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Behaviour, ContractReceiver } from '../../sink-kit/contract.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import { startReceiver } from '../../sink-kit/testing/http-receiver.ts'
import type { Received, Reply } from '../../sink-kit/testing/http-receiver.ts'
import { occurrenceOf, podEvent } from '../../sink-kit/testing/sink-world.ts'
import elasticsearch from './index.ts'
import { answerOf, openSink, withEngine } from './testing/run.ts'
import { failure, problem, SearchEngineDouble } from './testing/search-engine.ts'

const secrets = ['password-canary-1111', 'path-canary-2222', 'user-canary-3333', 'pass-canary-4444']
const [password, path, user, pass] = secrets
const { signal } = new AbortController()

async function contractReceiver(): Promise<ContractReceiver> {
  const engine = new SearchEngineDouble({ version: '8.19.21' })
  const receiver = await startReceiver()
  let how: Behaviour = 'takes'
  receiver.reply((request): Reply => {
    const target = request.target.replace(`/${path}`, '')
    // Answers repeat all that came, as some gateways do.
    const echo = JSON.stringify(request)
    if (how === 'fails') return { status: 500, body: echo }
    if (how === 'is-throttled') return { status: 429, headers: { 'retry-after': '7' }, body: echo }
    if (how === 'hangs') return 'hang'
    engine.refuse = () =>
      how === 'refuses-message' ? problem(400, 'mapper_parsing_exception', echo) : undefined
    return answerOf(engine, { ...request, target })
  })
  return {
    endpoint: receiver.host,
    behave: (next) => {
      how = next
    },
    messages: () => engine.documents.map(({ source }) => JSON.stringify(source)),
    reached: () => receiver.gotten(1),
    close: () => receiver.close(),
  }
}

describe('elasticsearch', () => {
  runSinkContract({
    declaration: elasticsearch,
    argument:
      `elasticsearch:?nodes=http://${user}:${pass}@<endpoint>/${path}&sniff=false` +
      `&esUserName=elastic&esUserSecret=${password}`,
    secrets,
    behaviours: ['takes', 'fails', 'refuses-message', 'is-throttled', 'hangs'],
    holds: (message, { event }) => message.includes(`"Message":"${event.message ?? ''}"`),
    startReceiver: contractReceiver,
  })
})

const many = (count: number, from = 1): Occurrence[] =>
  Array.from({ length: count }, (_, at) => occurrenceOf(podEvent(from + at), from + at))

const kinds = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) =>
    outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`,
  )

const bulks = (requests: readonly Received[]): readonly Received[] =>
  requests.filter(({ target }) => target === '/_bulk')

describe('a resend', () => {
  for (const query of ['', '&ke.dataStream=logs-events-prod']) {
    it(`changes nothing${query === '' ? '' : ' in a data stream'}`, async () => {
      await withEngine(query, {}, async ({ sink, engine }) => {
        const batch = many(3)
        await sink.send(batch, signal)
        const before = engine.documents.map(({ id, source }) => ({ id, source }))
        assert.deepEqual(kinds(await sink.send(batch, signal)), ['delivered', 'delivered', 'delivered'])
        assert.deepEqual(
          engine.documents.map(({ id, source }) => ({ id, source })),
          before,
        )
      })
    })
  }

  it('of a later state of an event is another document', async () => {
    await withEngine('', {}, async ({ sink, engine }) => {
      const [first] = many(1)
      assert.ok(first)
      const event: KubernetesEvent = {
        ...first.event,
        metadata: { ...first.event.metadata, resourceVersion: '99' },
      }
      await sink.send([first, occurrenceOf(event, 2)], signal)
      assert.deepEqual(
        engine.documents.map(({ id }) => id),
        ['uid-1.1', 'uid-1.99'],
      )
    })
  })
})

describe('a batch', () => {
  it('is settled document by document', async () => {
    await withEngine('', {}, async ({ sink, engine }) => {
      engine.refuse = (_index, { Message }) => {
        if (String(Message).endsWith(' 2'))
          return problem(400, 'document_parsing_exception', 'failed to parse')
        if (String(Message).endsWith(' 3'))
          return problem(429, 'es_rejected_execution_exception', 'queue is full')
        if (String(Message).endsWith(' 4'))
          return problem(503, 'unavailable_shards_exception', 'primary is away')
        if (String(Message).endsWith(' 5'))
          return problem(403, 'security_exception', 'action is unauthorized')
        if (String(Message).endsWith(' 6')) return problem(500, 'exception', 'broken')
        return undefined
      }
      const outcomes = await sink.send(many(7), signal)
      assert.deepEqual(kinds(outcomes), [
        'delivered',
        'rejected bad-message',
        'retry throttled',
        'retry unreachable',
        'retry refused',
        'retry server-error',
        'delivered',
      ])
      const [, rejected] = outcomes
      assert.ok(rejected?.kind === 'rejected')
      assert.equal(rejected.detail, 'answered 400: document_parsing_exception: failed to parse')
    })
  })

  for (const [what, error] of [
    [
      'an index that is full',
      problem(403, 'cluster_block_exception', 'index [x] blocked by: [FORBIDDEN/8/…]'),
    ],
    ['a disk that is full', problem(429, 'cluster_block_exception', 'disk usage exceeded flood-stage')],
    ['a closed index', problem(400, 'index_closed_exception', 'closed')],
    [
      'a pipeline that is gone',
      problem(400, 'illegal_argument_exception', 'pipeline with id [x] does not exist'),
    ],
  ] as const) {
    it(`for ${what} is kept`, async () => {
      await withEngine('', {}, async ({ sink, engine }) => {
        engine.refuse = () => error
        for (const outcome of await sink.send(many(2), signal)) assert.equal(outcome.kind, 'retry')
      })
    })
  }

  it('that is too large goes in halves; a document that is too large alone is given up', async () => {
    const before = ({ target, body }: Received): Reply | undefined =>
      target === '/_bulk' && body.length > 2_500 ? { status: 413, body: '<html>too large</html>' } : undefined
    await withEngine('', { before }, async ({ sink, engine }) => {
      const long = occurrenceOf(podEvent(9, 'x'.repeat(3_000)), 9)
      const outcomes = await sink.send([...many(4), long, ...many(2, 5)], signal)
      assert.deepEqual(
        kinds(outcomes).map((kind) => kind.split(' ')[0]),
        ['delivered', 'delivered', 'delivered', 'delivered', 'rejected', 'delivered', 'delivered'],
      )
      assert.equal(engine.documents.length, 6)
    })
  })

  it('that no server understands is kept; one document that only it does not understand is given up', async () => {
    const refusal: Reply = failure(
      problem(400, 'illegal_argument_exception', 'Malformed action/metadata line'),
    )
    await withEngine(
      '',
      { before: ({ target }) => (target === '/_bulk' ? refusal : undefined) },
      async ({ sink }) => {
        assert.deepEqual(kinds(await sink.send(many(3), signal)), Array(3).fill('retry refused'))
      },
    )
    const before = ({ target, body }: Received): Reply | undefined =>
      target === '/_bulk' && body.includes('"uid-1"') ? refusal : undefined
    await withEngine('', { before }, async ({ sink }) => {
      assert.deepEqual(kinds(await sink.send(many(3), signal)), [
        'rejected bad-message',
        'delivered',
        'delivered',
      ])
    })
  })

  it('whose answer has another number of items is asked about one by one', async () => {
    const before = ({ target, body }: Received): Reply | undefined =>
      target === '/_bulk' && body.split('\n').length > 3
        ? { body: '{"errors":true,"items":[{"index":{"status":201}}]}' }
        : undefined
    await withEngine('', { before }, async ({ sink, engine }) => {
      assert.deepEqual(kinds(await sink.send(many(5), signal)), Array(5).fill('delivered'))
      assert.equal(engine.documents.length, 5)
    })
  })

  it('goes compressed where that is asked for', async () => {
    await withEngine('&ke.gzip=true', {}, async ({ sink, engine, receiver }) => {
      assert.deepEqual(kinds(await sink.send(many(50), signal)), Array(50).fill('delivered'))
      const [request] = bulks(receiver.requests)
      assert.equal(request?.headers['content-encoding'], 'gzip')
      assert.ok(Number(request?.headers['content-length']) < (request?.body.length ?? 0) / 5)
      assert.equal(engine.documents.length, 50)
    })
  })
})

describe('what documents land in', () => {
  it('is made once: template, index and alias', async () => {
    await withEngine('&index=kube', {}, async ({ sink, engine, receiver }) => {
      await Promise.all([sink.send(many(2), signal), sink.send(many(2, 3), signal)])
      await sink.send(many(2, 5), signal)
      assert.deepEqual(engine.indices, ['kube-2024.05.06'])
      assert.deepEqual(engine.aliasesOf('kube-2024.05.06'), ['kube-events'])
      assert.match(
        JSON.stringify(engine.mappingsOf('kube-2024.05.06')),
        /"managedFields":\{.*"enabled":false/,
      )
      const asked = receiver.requests.map(({ method, target }) => `${method} ${target}`).toSorted()
      assert.deepEqual(asked, [
        'GET /',
        'GET /_template/kube-eventer-kube',
        'GET /kube-2024.05.06/_alias',
        'POST /_aliases',
        'POST /_bulk',
        'POST /_bulk',
        'POST /_bulk',
        'PUT /_template/kube-eventer-kube',
        'PUT /kube-2024.05.06',
      ])
    })
  })

  it('is an index a day of the event, in UTC, and a namespace where that is asked for', async () => {
    await withEngine('&use_namespace=1', {}, async ({ sink, engine }) => {
      const day = (lastTimestamp: string, namespace?: string): Occurrence => {
        const { metadata, ...event } = podEvent(1)
        const { namespace: _, ...rest } = metadata
        return occurrenceOf({
          ...event,
          lastTimestamp,
          metadata: { ...rest, ...(namespace && { namespace }) },
        })
      }
      await sink.send([day('2024-05-06T23:59:59Z', 'shop'), day('2024-05-07T00:00:00Z')], signal)
      assert.deepEqual(engine.indices, ['heapster-shop-2024.05.06', 'heapster-2024.05.07'])
    })
  })

  it('is made again where somebody deleted it', async () => {
    await withEngine('', { noAutoCreate: true }, async ({ sink, engine }) => {
      await sink.send(many(2), signal)
      engine.deleteIndex('heapster-2024.05.06')
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['delivered', 'delivered'])
      assert.deepEqual(engine.aliasesOf('heapster-2024.05.06'), ['heapster-events'])
    })
  })

  it('may be forbidden to make: documents are sent all the same, and the log says so once', async () => {
    const before = ({ target, method }: Received): Reply | undefined =>
      method !== 'GET' && target !== '/_bulk'
        ? failure(problem(403, 'security_exception', 'action is unauthorized'))
        : undefined
    await withEngine('', { before }, async ({ sink, logged }) => {
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['delivered', 'delivered'])
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['delivered', 'delivered'])
      assert.equal(logged.filter((line) => line.startsWith('warn')).length, 2)
    })
  })

  it('keeps a template that somebody changed, and one of a newer program', async () => {
    await withEngine('', {}, async ({ sink, engine }) => {
      engine.templates.set('kube-eventer-heapster', {
        index_patterns: ['heapster-*'],
        version: 1,
        mine: true,
      })
      await sink.send(many(1), signal)
      assert.equal(engine.templates.get('kube-eventer-heapster')?.['mine'], true)
    })
  })

  it('has no template of ours where that is not wanted', async () => {
    await withEngine('&ke.indexTemplate=false', {}, async ({ sink, engine }) => {
      await sink.send(many(1), signal)
      assert.equal(engine.templates.size, 0)
    })
  })

  it('is no plain index where a data stream was asked for and cannot be made', async () => {
    const before = ({ target, method }: Received): Reply | undefined =>
      method === 'PUT' && target.startsWith('/_index_template/')
        ? failure(problem(400, 'x_content_parse_exception', 'unknown field [data_stream]'))
        : undefined
    await withEngine('&ke.dataStream=events', { before }, async ({ sink, engine }) => {
      const outcomes = await sink.send(many(1), signal)
      assert.deepEqual(kinds(outcomes), ['retry refused'])
      assert.match(JSON.stringify(outcomes), /unknown field/)
      assert.deepEqual([engine.indices, engine.documents], [[], []])
    })
  })
})

describe('a server', () => {
  for (const [version, opensearch, typed] of [
    ['2.4.6', false, true],
    ['5.6.16', false, true],
    ['6.8.23', false, true],
    ['7.17.29', false, false],
    ['8.19.21', false, false],
    ['9.2.0', false, false],
    ['1.3.20', true, false],
    ['2.19.6', true, false],
    ['3.6.0', true, false],
  ] as const) {
    it(`${opensearch ? 'OpenSearch' : 'Elasticsearch'} ${version} gets its own form, whatever \`ver\` says`, async () => {
      for (const ver of ['', '&ver=2', '&ver=7']) {
        await withEngine(ver, { version, opensearch }, async ({ sink, engine, receiver }) => {
          assert.deepEqual(kinds(await sink.send(many(2), signal)), ['delivered', 'delivered'])
          assert.equal(bulks(receiver.requests)[0]?.body.includes('"_type":"events"'), typed)
          assert.deepEqual(engine.aliasesOf('heapster-2024.05.06'), ['heapster-events'])
          assert.ok(engine.mappingsOf('heapster-2024.05.06') !== undefined)
        })
      }
    })
  }

  it('behind a gateway that shows nothing of it is what `ver` says, or one of today', async () => {
    const before = ({ target }: Received): Reply | undefined =>
      target === '/_bulk' ? undefined : { status: 403, body: 'no' }
    await withEngine('&ver=6', { version: '6.8.23', before }, async ({ sink }) => {
      assert.deepEqual(kinds(await sink.send(many(1), signal)), ['delivered'])
    })
    await withEngine('', { before }, async ({ sink }) => {
      assert.deepEqual(kinds(await sink.send(many(1), signal)), ['delivered'])
    })
  })

  it('that was upgraded meanwhile is asked again what it is', async () => {
    let version = '6.8.23'
    const engines = new Map(
      ['6.8.23', '8.19.21'].map((one) => [one, new SearchEngineDouble({ version: one })]),
    )
    const before = (request: Received): Reply | undefined => {
      const engine = engines.get(version)
      return engine && answerOf(engine, request)
    }
    await withEngine('', { before }, async ({ sink }) => {
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['delivered', 'delivered'])
      version = '8.19.21'
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['retry refused', 'retry refused'])
      assert.deepEqual(kinds(await sink.send(many(2), signal)), ['delivered', 'delivered'])
    })
  })
})

describe('who asks', () => {
  for (const [query, authorization] of [
    ['&esUserName=el%40stic&esUserSecret=p%3Ass', `Basic ${btoa('el@stic:p:ss')}`],
    ['&ke.apiKey=id:key', `ApiKey ${btoa('id:key')}`],
    ['&ke.apiKey=aWQ6a2V5', 'ApiKey aWQ6a2V5'],
    ['', undefined],
  ] as const) {
    it(`is told by ${query === '' ? 'nothing where nothing is given' : query}`, async () => {
      await withEngine(query, {}, async ({ sink, receiver }) => {
        await sink.send(many(1), signal)
        for (const { headers } of receiver.requests) assert.equal(headers.authorization, authorization)
      })
    })
  }

  it('with a wrong password is refused, and nothing is lost', async () => {
    const before = (): Reply =>
      failure(problem(401, 'security_exception', 'unable to authenticate user [elastic]'))
    await withEngine('&esUserName=elastic&esUserSecret=wrong', { before }, async ({ sink }) => {
      const outcomes = await sink.send(many(2), signal)
      assert.deepEqual(kinds(outcomes), ['retry refused', 'retry refused'])
      await assert.rejects(
        sink.check(signal),
        /^Error: 127\.0\.0\.1:\d+: answered 401: .*unable to authenticate user.*check `esUserName`/,
      )
    })
  })
})

describe('a check', () => {
  const checked = async (query: string, options: Parameters<typeof withEngine>[1]): Promise<string> => {
    let said = 'fine'
    await withEngine(query, options, async ({ sink, engine }) => {
      const before = [engine.indices, engine.templates.size, engine.documents]
      await sink.check(signal).catch((error: unknown) => (said = String(error)))
      assert.deepEqual([engine.indices, engine.templates.size, engine.documents], before)
    })
    return said
  }

  it('leaves nothing behind, with an index of today or without', async () => {
    assert.equal(await checked('', {}), 'fine')
    assert.equal(await checked('&ke.dataStream=events', {}), 'fine')
    await withEngine('', {}, async ({ sink, engine }) => {
      const { lastTimestamp: _, ...event } = podEvent(1)
      await sink.send([{ ...occurrenceOf(event), arrivedAtMs: Date.now() }], signal)
      const before = engine.documents
      await sink.check(signal)
      assert.deepEqual(engine.documents, before)
      assert.equal(before.length, 1)
    })
  })

  it('says that an index may not be made, and what to do', async () => {
    const before = ({ method }: Received): Reply | undefined =>
      method === 'PUT' ? failure(problem(403, 'security_exception', 'action is unauthorized')) : undefined
    assert.match(await checked('', { before }), /does not let heapster-.* be made.*give the user the rights/)
  })

  it('says that there is no such pipeline', async () => {
    assert.match(await checked('&pipeline=tidy', {}), /there is no pipeline tidy/)
    assert.equal(await checked('&pipeline=tidy', { pipelines: ['tidy'] }), 'fine')
  })
})

describe('several nodes', () => {
  it('are asked in turn, and those that are away are passed over', async () => {
    const engine = new SearchEngineDouble({ version: '8.19.21' })
    const [one, two] = [await startReceiver(), await startReceiver()]
    for (const receiver of [one, two]) receiver.reply((request) => answerOf(engine, request))
    const { sink } = await openSink(
      `elasticsearch:?sniff=false&nodes=http://${one.host}&nodes=http://${two.host}`,
    )
    try {
      for (let round = 0; round < 4; round++) await sink.send(many(1), signal)
      assert.deepEqual([bulks(one.requests).length, bulks(two.requests).length], [2, 2])
      await one.close()
      for (let round = 0; round < 3; round++) {
        assert.deepEqual(kinds(await sink.send(many(1), signal)), ['delivered'])
      }
      assert.equal(bulks(two.requests).length, 5)
      await two.close()
      assert.deepEqual(kinds(await sink.send(many(1), signal)), ['retry unreachable'])
    } finally {
      await sink.close()
      await Promise.all([one.close(), two.close()])
    }
  })

  it('that the cluster tells of are asked once the given one is away', async () => {
    const engine = new SearchEngineDouble({ version: '8.19.21' })
    const [given, told] = [await startReceiver(), await startReceiver()]
    const nodes = JSON.stringify({ nodes: { a: { http: { publish_address: told.host } } } })
    for (const receiver of [given, told])
      receiver.reply((request) =>
        request.target === '/_nodes/http' ? { body: nodes } : answerOf(engine, request),
      )
    const { sink } = await openSink(`elasticsearch:http://${given.host}`)
    try {
      await sink.send(many(1), signal)
      assert.deepEqual([bulks(given.requests).length, bulks(told.requests).length], [1, 0])
      await given.close()
      assert.deepEqual(kinds(await sink.send(many(1), signal)), ['delivered'])
      assert.equal(bulks(told.requests).length, 1)
    } finally {
      await sink.close()
      await Promise.all([given.close(), told.close()])
    }
  })
})
