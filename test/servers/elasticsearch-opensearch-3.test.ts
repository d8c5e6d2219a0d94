/** OpenSearch 3: an index a day and a namespace, a pipeline, and what it refuses. */
import { runDestinationSuite } from './sink-suite.ts'
import { startDestination } from './elasticsearch-destination.ts'
import { runEngineSuite } from './elasticsearch-suite.ts'
import { searchEngines } from './search-engines.ts'

const kind = searchEngines.opensearch3

runDestinationSuite({
  name: 'OpenSearch 3, an index a namespace and day',
  start: () => startDestination(kind, { query: '&use_namespace=true', pattern: 'heapster-*' }),
  idempotent: true,
})

runEngineSuite({ kind, hasUsers: false, hasDataStreams: true, hasProcessors: true })
