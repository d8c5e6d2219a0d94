/** What the API answers: a report as JSON, and the daily table sent now, as people's own proxies have it. */
import { readMoment } from '../gotime/moment.ts'
import type { ApiAnswer, ApiRoute } from '../http/api.ts'
import { reportJson } from '../report/format.ts'
import { groupings } from '../report/report.ts'
import type { Clock } from '../domain/clock.ts'
import { reportDefaults } from '../config/report-config.ts'
import { CountFailed, QueryRefused, type ReportCounter } from './report-counter.ts'
import type { ReportQuery } from './report.ts'
import type { Reports } from './reports.ts'

export interface ReportApiParts {
  readonly counter: Pick<ReportCounter, 'countWhere' | 'isBusy'>
  readonly reports: Pick<Reports, 'count' | 'tellNow'>
  readonly clock: Clock
}

/** A stranger's question may take so long, ms. */
const answerWithinMs = 30_000
const mostWhereLength = 500
const mostRows = 1_000
const parameters: readonly string[] = ['since', 'by', 'where', 'top']

export function reportRoutes({ counter, reports, clock }: ReportApiParts): readonly ApiRoute[] {
  let isAnswering = false
  /** One at a time: each costs a thread and a second of a core. */
  const alone = async (ask: () => Promise<ApiAnswer>): Promise<ApiAnswer> => {
    if (isAnswering || counter.isBusy)
      return { status: 429, body: { error: 'a report is being counted: ask again' }, retryAfterSeconds: 5 }
    isAnswering = true
    try {
      return await ask()
    } catch (error) {
      if (error instanceof QueryRefused) return refused(`where: ${error.message}`)
      if (error instanceof CountFailed)
        return {
          status: 503,
          body: { error: `it could not be counted: ${error.message}` },
          retryAfterSeconds: 30,
        }
      throw error
    } finally {
      isAnswering = false
    }
  }
  return [
    {
      path: '/eventer/statistical',
      answer: () =>
        alone(async () => {
          if (reports.count === 0) {
            const error =
              'no report is configured: add `reports` to the file, or ke.report=daily@20:00 to a sink'
            return { status: 409, body: { status: 'failed', error } }
          }
          await reports.tellNow(answerWithinMs)
          return { status: 200, body: { status: 'success' } }
        }),
    },
    {
      path: '/api/v1/report',
      answer: async (query, signal) => {
        const read = readQuery(query, clock.wallMs())
        if ('error' in read) return refused(read.error)
        const { where, ...counted } = read
        return alone(async () => {
          const report = await counter.countWhere(counted, where, answerWithinMs, signal)
          return { status: 200, body: reportJson(report, { title: 'Kubernetes events', where }) }
        })
      },
    },
  ]
}

interface Asked extends Omit<ReportQuery, 'filter'> {
  readonly where: string
}

function readQuery(query: URLSearchParams, toMs: number): Asked | { readonly error: string } {
  const names = [...query.keys()]
  const unknown = names.find((name) => !parameters.includes(name))
  if (unknown !== undefined) return { error: `there are the parameters ${parameters.join(', ')}` }
  if (new Set(names).size < names.length) return { error: 'a parameter is given twice' }
  const fromMs = readMoment(query.get('since') ?? '24h', toMs)
  if (fromMs === undefined) return { error: 'since: write 24h, or 2026-03-02T10:00:00Z' }
  if (fromMs >= toMs) return { error: 'since: it lies in the future' }
  const by = groupings.find((one) => one === (query.get('by') ?? reportDefaults.by))
  if (by === undefined) return { error: `by: write one of ${groupings.join(', ')}` }
  const topText = query.get('top') ?? String(reportDefaults.top)
  const top = /^\d{1,4}$/.test(topText) ? Number(topText) : 0
  if (top < 1 || top > mostRows) return { error: `top: write a number from 1 to ${mostRows}` }
  const where = query.get('where') ?? reportDefaults.where
  if (where.length > mostWhereLength)
    return { error: `where: it is longer than ${mostWhereLength} characters` }
  return { fromMs, toMs, by, top, where }
}

function refused(error: string): ApiAnswer {
  return { status: 400, body: { error } }
}
