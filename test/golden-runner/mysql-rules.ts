/** The deliberate differences where events go to MySQL: its table, rows that it does not take, and who is refused. */
import type { Rule } from './rule.ts'
import type { WireExpectation } from './wire/expectation.ts'
import { originalRow } from './wire/mysql.ts'
import { createdWhileRunning } from './wire/timeline.ts'

const defect = (row: string) => ({ page: 'golden/wire/README.md, Plain defects', row }) as const

const mysqlDefects = defect(
  'mysql: logs its password; with `table=` further parameters of the data source are dropped; makes no table; an emoji fails on the documented utf8 table; one INSERT prepared an event',
)

export const mysqlRules: readonly Rule<WireExpectation>[] = [
  {
    id: 'mysql-makes-its-table',
    source: mysqlDefects,
    applies: (run) => run.end === 'runs' && writesRows(run) && run.requests.length === 0,
    rewrite: (run) => ({
      ...run,
      requests: run.sinks.filter(isMysql).flatMap((sink) =>
        createdWhileRunning(run.steps).flatMap((id) => {
          const event = run.events.get(id)
          return event ? [originalRow(sink, id, event, run.tz)] : []
        }),
      ),
    }),
  },
  {
    id: 'mysql-keeps-what-a-table-cannot-hold',
    source: mysqlDefects,
    applies: (run) => writesRows(run) && run.requests.length > 0 && unstored(run) > run.givenUp,
    rewrite: (run) => ({ ...run, givenUp: unstored(run) }),
  },
  {
    id: 'mysql-that-refuses-is-tried-again',
    source: defect(
      'a sink that cannot be reached at start is left out for the life of the process; alone, it ends it',
    ),
    applies: (run) => run.end === 'failure' && writesRows(run),
    rewrite: (run) => ({ ...run, end: 'runs' }),
  },
]

function isMysql({ name }: WireExpectation['sinks'][number]): boolean {
  return name === 'mysql'
}

function writesRows({ sinks }: WireExpectation): boolean {
  return sinks.some(isMysql)
}

/** Events that the original lost. */
function unstored(run: WireExpectation): number {
  return createdWhileRunning(run.steps).length - run.requests.length
}
