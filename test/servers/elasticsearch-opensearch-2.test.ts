/** OpenSearch 2: a data stream, an index a day, and what it refuses. */
import { runDestinationSuite } from './sink-suite.ts'
import { startDestination } from './elasticsearch-destination.ts'
import { runEngineSuite } from './elasticsearch-suite.ts'
import { searchEngines } from './search-engines.ts'

const kind = searchEngines.opensearch2

runDestinationSuite({
  name: 'OpenSearch 2, a data stream',
  start: () => startDestination(kind, { query: '&ke.dataStream=events-prod', pattern: 'events-prod' }),
  idempotent: true,
})

runEngineSuite({ kind, hasUsers: false, hasDataStreams: true, hasProcessors: false })
