/** The deliberate differences where events go to InfluxDB: times of points, `retention`, and what is tried again. */
import type { Rule } from './rule.ts'
import type { WireExpectation } from './wire/expectation.ts'
import { isInfluxdb, isPoint, originalRequests, withTimeAdded, writesPoints } from './wire/influxdb.ts'
import { valuesOf } from './wire/sinks.ts'
import { createdWhileRunning } from './wire/timeline.ts'

const defect = (row: string) => ({ page: 'golden/wire/README.md, Plain defects', row }) as const

const oneTry = defect('one try an event: 500, 429 with Retry-After, refused connection: lost')

export const influxdbRules: readonly Rule<WireExpectation>[] = [
  {
    id: 'influxdb-that-is-away-is-tried-again',
    source: oneTry,
    applies: (run) => run.recorderIsClosed && writesPoints(run.sinks) && run.requests.length === 0,
    rewrite: (run) => ({ ...run, recorderOpens: true, requests: pointsOf(run) }),
  },
  {
    id: 'influxdb-without-its-database-is-tried-again',
    source: oneTry,
    applies: (run) => writesPoints(run.sinks) && run.answers.some(hasNoDatabase),
    rewrite: (run) => ({
      ...run,
      // A sink that is refused is asked again every 30 s.
      patienceMs: 90_000,
      requests: [
        ...run.requests
          .filter(isPoint)
          .map((request) => ({ ...request, fate: 'until-taken', delivered: true }) as const),
        // Before each try it is made once more.
        ...run.requests
          .filter((request) => !isPoint(request))
          .slice(0, 1)
          .map((request) => ({ ...request, fate: 'unsettled' }) as const),
      ],
    }),
  },
  {
    id: 'retention-is-what-the-policy-is-made-with',
    source: {
      page: 'compatibility.md',
      row: 'Other sinks: fixed outright: options that are documented and ignored (InfluxDB `retention`, …)',
    },
    applies: (run) => retentionOf(run) !== undefined,
    rewrite: (run) => ({
      ...run,
      requests: run.requests.map((request) =>
        isPoint(request)
          ? request
          : {
              ...request,
              query: request.query.replace('+WITH+', `+WITH+DURATION+${retentionOf(run) ?? ''}+`),
            },
      ),
    }),
  },
  {
    id: 'states-of-one-second-are-points-of-their-own',
    source: {
      page: 'compatibility.md',
      row: 'Three rules: 2. Fix loss, leaks and crashes outright; nobody depends on them',
    },
    applies: (run) => writesPoints(run.sinks) && run.requests.some(isPoint),
    rewrite: (run) => ({
      ...run,
      requests: run.requests.map((request) => {
        const event = run.events.get(request.event ?? '')
        if (!isPoint(request) || event === undefined) return request
        const added = BigInt(event.metadata.resourceVersion ?? 0) % 1_000_000n
        return { ...request, body: withTimeAdded(request.body, added) }
      }),
    }),
  },
]

function pointsOf(run: WireExpectation): WireExpectation['requests'] {
  const events = createdWhileRunning(run.steps).flatMap((id) => {
    const event = run.events.get(id)
    return event ? [[id, event] as const] : []
  })
  return run.sinks
    .filter(isInfluxdb)
    .flatMap((sink) => (sink.target ? originalRequests(sink, sink.target, events) : []))
}

function hasNoDatabase({ path, status }: WireExpectation['answers'][number]): boolean {
  return path === '^/write' && status === 404
}

function retentionOf({ sinks }: WireExpectation): string | undefined {
  return sinks.filter(isInfluxdb).flatMap((sink) => valuesOf(sink, 'retention'))[0]
}
