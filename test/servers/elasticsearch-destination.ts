/** A search engine as a destination of the suite that every sink of a real server has to pass. */
import * as z from 'zod/mini'
import { startSearchEngine } from './elasticsearch-server.ts'
import type { SearchEngineServer } from './elasticsearch-server.ts'
import type { SearchEngineKind } from './search-engines.ts'
import type { Destination } from './sink-suite.ts'

const page = z.object({
  _scroll_id: z.string(),
  hits: z.object({
    hits: z.array(
      z.object({ _id: z.string(), _index: z.string(), _source: z.record(z.string(), z.unknown()) }),
    ),
  }),
})

export interface StoredHit {
  readonly id: string
  readonly index: string
  readonly source: Readonly<Record<string, unknown>>
}

const pageSize = 5_000

/** Everything in the indices that `pattern` names; `fields` of each, all if absent. */
export async function readAll(
  { ask }: Pick<SearchEngineServer, 'ask'>,
  pattern: string,
  fields?: readonly string[],
): Promise<readonly StoredHit[]> {
  await ask('POST', `/${pattern}/_refresh?ignore_unavailable=true`)
  const found: StoredHit[] = []
  const query = { size: pageSize, sort: ['_doc'], ...(fields && { _source: fields }) }
  let answer = await ask('POST', `/${pattern}/_search?scroll=1m&ignore_unavailable=true`, query)
  for (;;) {
    if (answer.status !== 200) throw new Error(`it answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    const { _scroll_id: id, hits } = z.parse(page, answer.body)
    found.push(...hits.hits.map((hit) => ({ id: hit._id, index: hit._index, source: hit._source })))
    if (hits.hits.length < pageSize) {
      await ask('DELETE', '/_search/scroll', { scroll_id: id })
      return found
    }
    answer = await ask('POST', '/_search/scroll', { scroll: '1m', scroll_id: id })
  }
}

/** What follows `--sink=`, with the admin's password where there are users; `query` after it. */
export function argumentFor({ url, admin }: SearchEngineServer, query = ''): string {
  const user = admin ? `&esUserName=${admin.name}&esUserSecret=${admin.password}` : ''
  return `elasticsearch:${url}?sniff=false${user}${query}`
}

export async function startDestination(
  kind: SearchEngineKind,
  { query, pattern }: { readonly query: string; readonly pattern: string },
): Promise<Destination> {
  const server = await startSearchEngine(kind)
  return {
    argument: argumentFor(server, `&ke.timeout=2s${query}`),
    readBack: async () =>
      (await readAll(server, pattern, ['Message'])).map(({ source }) => String(source['Message'])),
    stop: () => server.stop(),
    start: () => server.start(),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    close: () => server.close(),
  }
}
