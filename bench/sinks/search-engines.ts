/** Elasticsearch and OpenSearch: the floor is the HTTP client with the same bodies for `_bulk`. */
import { Pool } from 'undici'
import * as z from 'zod/mini'
import elasticsearch from '../../src/sinks/elasticsearch/index.ts'
import { bodyOf, bulkDocuments } from '../../src/sinks/elasticsearch/document.ts'
import { argumentFor } from '../../test/servers/elasticsearch-destination.ts'
import { startSearchEngine } from '../../test/servers/elasticsearch-server.ts'
import { installSearchEngines, searchEngines } from '../../test/servers/search-engines.ts'
import type { SearchEngineKind } from '../../test/servers/search-engines.ts'
import type { BenchedServer } from './server.ts'

export const elasticsearch8 = searchEngine('elasticsearch', 'Elasticsearch 8', searchEngines.elasticsearch8)
export const opensearch2 = searchEngine('opensearch', 'OpenSearch 2', searchEngines.opensearch2)

const counted = z.object({ count: z.number() })
const address = z.object({ url: z.string(), authorization: z.optional(z.string()) })

function searchEngine(name: string, title: string, kind: SearchEngineKind): BenchedServer {
  return {
    name,
    title,
    pace: elasticsearch.pace,
    install: installSearchEngines([kind]),
    start: async () => {
      const server = await startSearchEngine(kind)
      const { url, admin } = server
      const authorization =
        admin && `Basic ${Buffer.from(`${admin.name}:${admin.password}`).toString('base64')}`
      // The sink's own template, so that both write to indices of the same mapping.
      const ask = async (method: string, path: string): Promise<unknown> =>
        (await server.ask(method, path)).body
      return {
        address: JSON.stringify({ url, authorization }),
        sinkFor: (place) => argumentFor(server, `&index=${place}`),
        makePlace: async () => {},
        countOf: async (place) => {
          await ask('POST', `/${place}-*/_refresh`)
          return z.parse(counted, await ask('GET', `/${place}-*/_count`)).count
        },
        close: () => server.close(),
      }
    },
    openFloor: (told, place) => {
      const { url, authorization } = z.parse(address, JSON.parse(told))
      const pool = new Pool(url, { connections: elasticsearch.pace.concurrency, pipelining: 1 })
      const headers = {
        'content-type': 'application/x-ndjson',
        accept: 'application/json',
        ...(authorization !== undefined && { authorization }),
      }
      const settings = {
        index: place,
        useNamespace: false,
        dataStream: undefined,
        clusterName: undefined,
        pipeline: undefined,
      }
      return Promise.resolve({
        prepare: (batch) => {
          const body = bodyOf(bulkDocuments(batch, settings, false), 0, batch.length)
          return async () => {
            const answer = await pool.request({ method: 'POST', path: '/_bulk', headers, body })
            const text = await answer.body.text()
            if (answer.statusCode !== 200 || !/^.{0,100}"errors":false/.test(text))
              throw new Error(`_bulk was answered ${answer.statusCode}: ${text.slice(0, 500)}`)
          }
        },
        close: () => pool.close(),
      })
    },
  }
}
