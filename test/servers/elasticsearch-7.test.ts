/** Elasticsearch 7: an index a day, users and API keys, an index of the original's, and what it refuses. */
import { runDestinationSuite } from './sink-suite.ts'
import { startDestination } from './elasticsearch-destination.ts'
import { runEngineSuite } from './elasticsearch-suite.ts'
import { searchEngines } from './search-engines.ts'

const kind = searchEngines.elasticsearch7

runDestinationSuite({
  name: 'Elasticsearch 7, compressed',
  start: () => startDestination(kind, { query: '&ver=7&ke.gzip=true', pattern: 'heapster-*' }),
  idempotent: true,
})

runEngineSuite({ kind, hasUsers: true, hasDataStreams: false, hasProcessors: false })
