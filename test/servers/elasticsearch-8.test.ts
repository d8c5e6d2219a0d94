/** Elasticsearch 8: an index a day and a data stream, users and API keys, and what it refuses. */
import { runDestinationSuite } from './sink-suite.ts'
import { startDestination } from './elasticsearch-destination.ts'
import { runEngineSuite } from './elasticsearch-suite.ts'
import { searchEngines } from './search-engines.ts'

const kind = searchEngines.elasticsearch8

runDestinationSuite({
  name: 'Elasticsearch 8, an index a day',
  start: () => startDestination(kind, { query: '', pattern: 'heapster-*' }),
  idempotent: true,
})

runEngineSuite({ kind, hasUsers: true, hasDataStreams: true, hasProcessors: false })
