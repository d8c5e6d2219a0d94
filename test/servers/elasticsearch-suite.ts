/** What each search engine makes of the sink's requests: a real one, asked afterwards what it has. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Occurrence } from '../../src/domain/occurrence.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import { occurrenceOf, podEvent } from '../../src/sink-kit/testing/sink-world.ts'
import { openSink } from '../../src/sinks/elasticsearch/testing/run.ts'
import type { Sink } from '../../src/sink-kit/sink.ts'
import { argumentFor, readAll } from './elasticsearch-destination.ts'
import { startSearchEngine } from './elasticsearch-server.ts'
import type { SearchEngineServer } from './elasticsearch-server.ts'
import { needs } from './needs.ts'
import type { SearchEngineKind } from './search-engines.ts'
import * as z from 'zod/mini'

export interface EngineSuite {
  readonly kind: SearchEngineKind
  readonly hasUsers: boolean
  readonly hasDataStreams: boolean
  /** Of ingest pipelines. */
  readonly hasProcessors: boolean
}

const { signal } = new AbortController()
const key = z.object({ id: z.string(), api_key: z.string() })

/** Declares the suite; the server is one for all tests, each has indices of its own. */
export function runEngineSuite({ kind, hasUsers, hasDataStreams, hasProcessors }: EngineSuite): void {
  const name = `${kind.product} ${kind.version}`
  const itWhere = (has: boolean, promise: string, prove: () => Promise<void>): void => {
    if (has) it(promise, prove)
  }

  describe(`what ${name} makes of it`, { skip: needs(name) }, () => {
    let server: SearchEngineServer
    before(async () => {
      server = await startSearchEngine(kind)
    })
    after(async () => {
      await server?.close()
    })
    const using = async (query: string, use: (sink: Sink, logged: readonly string[]) => Promise<void>) => {
      const { sink, logged } = await openSink(argumentFor(server, query))
      try {
        await use(sink, logged)
      } finally {
        await sink.close()
      }
    }
    const allIndices = async (): Promise<unknown> =>
      (await server.ask('GET', '/_cat/indices?h=index&s=index&expand_wildcards=open,closed')).body

    it('stores documents that can be read, found by word and counted by name', async () => {
      await using('&index=plain&cluster_name=prod', async (sink) => {
        const batch = many(3)
        assert.deepEqual(kinds(await sink.send(batch, signal)), Array(3).fill('delivered'))
        assert.deepEqual(kinds(await sink.send(batch, signal)), Array(3).fill('delivered'))
        const hits = await readAll(server, 'plain-events')
        assert.deepEqual(hits.map(({ id }) => id).toSorted(), ['uid-1.1', 'uid-2.2', 'uid-3.3'])
        const first = hits.find(({ id }) => id === 'uid-1.1')
        assert.equal(first?.index, 'plain-2024.05.06')
        assert.deepEqual(first?.source['EventTags'], {
          cluster_name: 'prod',
          eventID: 'uid-1',
          hostname: '',
          pod_id: 'pod-1',
          pod_name: 'web-1',
        })
        const answer = await server.ask('POST', '/plain-*/_search', {
          size: 0,
          query: { match: { Message: 'restarting' } },
          aggs: {
            byReason: { terms: { field: 'Reason.keyword' } },
            byName: { terms: { field: 'InvolvedObject.name.raw' } },
          },
        })
        const { body } = answer
        assert.match(
          JSON.stringify(body),
          /"byReason":\{[^}]*"buckets":\[\{"key":"BackOff","doc_count":3\}\]/,
        )
        assert.match(JSON.stringify(body), /"key":"web-2","doc_count":1/)
        const { body: mapping } = await server.ask('GET', '/plain-2024.05.06/_mapping')
        assert.match(JSON.stringify(mapping), /"managedFields":\{"type":"object","enabled":false\}/)
      })
    })

    it('leaves the settings of the user’s own template in effect', async () => {
      await server.ask('PUT', '/_template/mine', {
        index_patterns: ['shaped-*'],
        settings: { number_of_shards: 3 },
        mappings: { properties: { Message: { type: 'keyword' } } },
      })
      await using('&index=shaped', async (sink) => {
        await sink.send(many(1), signal)
        const shaped = JSON.stringify((await server.ask('GET', '/shaped-2024.05.06')).body)
        assert.match(shaped, /"number_of_shards":"3"/)
        assert.match(shaped, /"Message":\{"type":"keyword"/)
        assert.match(shaped, /"managedFields":\{"type":"object","enabled":false\}/)
      })
    })

    it('is checked without a trace', async () => {
      await using('&index=checked', async (sink) => {
        const indices = await allIndices()
        await sink.check(signal)
        assert.deepEqual(await allIndices(), indices)
        const { lastTimestamp: _, ...event } = podEvent(1)
        await sink.send([{ ...occurrenceOf(event), arrivedAtMs: Date.now() }], signal)
        await sink.check(signal)
        assert.equal((await readAll(server, 'checked-*')).length, 1)
      })
    })

    it('refuses a document that does not fit the mapping, and takes the others', async () => {
      await server.ask('PUT', '/narrow-2024.05.06', {
        mappings: { properties: { Message: { type: 'long' } } },
      })
      await using('&index=narrow', async (sink) => {
        const fits = occurrenceOf(podEvent(1, '12'), 1)
        const outcomes = await sink.send([fits, occurrenceOf(podEvent(2), 2)], signal)
        assert.deepEqual(kinds(outcomes), ['delivered', 'rejected bad-message'])
        assert.match(JSON.stringify(outcomes[1]), /parsing_exception: .*failed to parse field \[Message\]/)
      })
    })

    for (const [what, block, unblock] of [
      ['closed', 'POST /%/_close', 'POST /%/_open'],
      ['read-only, as on a disk that is full', 'PUT /%/_settings true', 'PUT /%/_settings null'],
    ] as const) {
      it(`keeps what is for an index that is ${what}`, async () => {
        const index = `kept-${what.split(/\W/)[0] ?? ''}`
        const run = async (text: string): Promise<void> => {
          const [method = '', path = '', value] = text.split(' ')
          const body = value && {
            index: { blocks: { read_only_allow_delete: value === 'true' ? true : null } },
          }
          const { status } = await server.ask(method, path.replace('%', `${index}-2024.05.06`), body)
          assert.equal(status, 200)
        }
        await using(`&index=${index}`, async (sink) => {
          await sink.send(many(1), signal)
          await run(block)
          const outcomes = await sink.send(many(2, 2), signal)
          for (const outcome of outcomes) assert.equal(outcome.kind, 'retry', JSON.stringify(outcome))
          await run(unblock)
          assert.deepEqual(kinds(await sink.send(many(2, 2), signal)), ['delivered', 'delivered'])
          assert.equal((await readAll(server, `${index}-*`)).length, 3)
        })
      })
    }

    it('says that a pipeline is missing, and keeps what is for it', async () => {
      await using('&index=piped&pipeline=nowhere', async (sink) => {
        await assert.rejects(sink.check(signal), /there is no pipeline nowhere/)
        const outcomes = await sink.send(many(2), signal)
        assert.deepEqual(kinds(outcomes), ['retry refused', 'retry refused'], JSON.stringify(outcomes))
      })
    })

    itWhere(hasProcessors, 'sends documents through a pipeline', async () => {
      const processors = [{ set: { field: 'team', value: 'shop' } }]
      assert.equal((await server.ask('PUT', '/_ingest/pipeline/team', { processors })).status, 200)
      await using('&index=teams&pipeline=team', async (sink) => {
        await sink.check(signal)
        assert.deepEqual(kinds(await sink.send(many(2), signal)), ['delivered', 'delivered'])
        for (const { source } of await readAll(server, 'teams-*')) assert.equal(source['team'], 'shop')
      })
    })

    itWhere(hasDataStreams, 'takes each document of a data stream once', async () => {
      await using('&ke.dataStream=stream-prod&ke.gzip=true', async (sink) => {
        await sink.check(signal)
        const batch = many(3)
        assert.deepEqual(kinds(await sink.send(batch, signal)), Array(3).fill('delivered'))
        assert.deepEqual(kinds(await sink.send(batch, signal)), Array(3).fill('delivered'))
        await sink.check(signal)
        const hits = await readAll(server, 'stream-prod')
        assert.equal(hits.length, 3)
        assert.equal(hits[0]?.source['@timestamp'], '2024-05-06T09:30:15Z')
        assert.match(hits[0]?.index ?? '', /^\.ds-stream-prod-/)
      })
    })

    itWhere(!hasDataStreams, 'makes no index of a data stream that it cannot make', async () => {
      await using('&ke.dataStream=stream-prod', async (sink) => {
        const indices = await allIndices()
        assert.deepEqual(kinds(await sink.send(many(1), signal)), ['retry refused'])
        assert.deepEqual(await allIndices(), indices)
      })
    })

    itWhere(hasUsers, 'refuses a wrong password, and nothing is lost', async () => {
      const wrong = `elasticsearch:${server.url}?sniff=false&esUserName=elastic&esUserSecret=wrong`
      const { sink } = await openSink(wrong)
      try {
        await assert.rejects(sink.check(signal), /unable to authenticate user.*check `esUserName`/)
        assert.deepEqual(kinds(await sink.send(many(2), signal)), ['retry refused', 'retry refused'])
      } finally {
        await sink.close()
      }
    })

    itWhere(hasUsers, 'lets an API key do what it may, document by document', async () => {
      const { body } = await server.ask('POST', '/_security/api_key', {
        name: 'events',
        role_descriptors: {
          events: {
            indices: [{ names: ['keyed-*'], privileges: ['create_index', 'index', 'view_index_metadata'] }],
          },
        },
      })
      const { id, api_key: secret } = z.parse(key, body)
      const open = (query: string) =>
        openSink(`elasticsearch:${server.url}?sniff=false&ke.apiKey=${id}:${secret}${query}`)
      const { sink, logged } = await open('&index=keyed')
      try {
        await sink.check(signal)
        assert.deepEqual(kinds(await sink.send(many(2), signal)), ['delivered', 'delivered'])
        assert.equal((await readAll(server, 'keyed-*')).length, 2)
        assert.match(logged.join('\n'), /the template kube-eventer-keyed cannot be made/)
      } finally {
        await sink.close()
      }
      const { sink: another } = await open('&index=others')
      try {
        await assert.rejects(another.check(signal), /answered 403.*give the user the rights/)
        assert.deepEqual(kinds(await another.send(many(2), signal)), ['retry refused', 'retry refused'])
      } finally {
        await another.close()
      }
    })

    itWhere(kind.version.startsWith('7.'), 'writes into an index that the original has made', async () => {
      const typed = { mappings: { events: { properties: { Count: { type: 'long' } } } } }
      const made = await server.ask('PUT', '/old-2024.05.06?include_type_name=true', typed)
      assert.equal(made.status, 200)
      await using('&index=old&ver=7', async (sink) => {
        assert.deepEqual(kinds(await sink.send(many(2), signal)), ['delivered', 'delivered'])
        assert.equal((await readAll(server, 'old-*')).length, 2)
      })
    })
  })
}

function many(count: number, from = 1): Occurrence[] {
  return Array.from({ length: count }, (_, at) => occurrenceOf(podEvent(from + at), from + at))
}

function kinds(outcomes: readonly Outcome[]): string[] {
  return outcomes.map((outcome) =>
    outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`,
  )
}
