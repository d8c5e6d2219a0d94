/** What the demo says at its end: counts, each sink's deliveries and latency, and the robot's digest. */
import { samples, type DemoSummary } from '../app/demo.ts'
import { cutMiddle, cutTo, shown } from '../demo/cell-width.ts'
import { digestLines } from '../demo/digest-lines.ts'
import { table } from './table.ts'

/** What the columns of numbers take, without reasons. */
const numbersWidth = 70
/** Lines of the robot's digest that are told. */
const toldLines = 8

/** Ends in a line break. `columns`: of the terminal; absent: there is none. */
export function summaryText(summary: DemoSummary, columns = Number.POSITIVE_INFINITY): string {
  const { played, received, tookMs, metrics } = summary
  const counts =
    `${played} occurrences in ${(tookMs / 1_000).toFixed(1)} s. ` +
    (received > 0 ? `The webhook receiver got ${received} requests.` : '')
  return ['', counts, '', ...sinkLines(metrics, columns), ...robotLines(summary, columns)].join('\n') + '\n'
}

/** Where the reasons do not fit into the table they follow it. */
function sinkLines(metrics: string, columns: number): readonly string[] {
  const lines = tableLines(metrics, true)
  if (lines.every(({ length }) => length <= columns)) return lines
  const reasons = sinksIn(metrics).flatMap((sink) => {
    const { reasons: texts } = totalOf(metrics, 'kube_eventer_sink_filtered_total', sink)
    return texts === '' ? [] : [`filtered by ${sink}: ${texts}`]
  })
  return [...tableLines(metrics, false, Math.max(12, columns - numbersWidth)), '', ...reasons]
}

function tableLines(
  metrics: string,
  withReasons: boolean,
  nameWidth = Number.POSITIVE_INFINITY,
): readonly string[] {
  const rows = sinksIn(metrics).map((sink) => {
    const total = (name: string): string => {
      const { sum, reasons } = totalOf(metrics, name, sink)
      return withReasons && reasons !== '' ? `${sum} (${reasons})` : String(sum)
    }
    return [
      cutMiddle(sink, nameWidth),
      total('kube_eventer_sink_delivered_total'),
      total('kube_eventer_sink_filtered_total'),
      total('kube_eventer_sink_retried_total'),
      total('kube_eventer_sink_dead_letters_total'),
      total('kube_eventer_sink_lag_events'),
      latency(metrics, sink, 0.5),
      latency(metrics, sink, 0.99),
    ]
  })
  const titles = ['sink', 'delivered', 'filtered', 'retried', 'dead', 'waiting', 'latency p50', 'p99']
  return table([titles, ...rows])
    .trimEnd()
    .split('\n')
}

function sinksIn(metrics: string): readonly string[] {
  return samples(metrics, 'kube_eventer_sink_lag_events').map(({ labels }) => labels['sink'] ?? '')
}

function totalOf(metrics: string, name: string, sink: string): { sum: number; reasons: string } {
  const found = samples(metrics, name).filter(({ labels, value }) => labels['sink'] === sink && value > 0)
  const reasons = found.flatMap(({ labels, value }) =>
    labels['reason'] === undefined ? [] : [`${labels['reason']} ${value}`],
  )
  return { sum: found.reduce((all, { value }) => all + value, 0), reasons: reasons.join(', ') }
}

/** The upper bound of the histogram's bucket that holds the quantile. */
function latency(metrics: string, sink: string, quantile: number): string {
  const buckets = samples(metrics, 'kube_eventer_sink_latency_seconds_bucket').filter(
    ({ labels }) => labels['sink'] === sink,
  )
  const all = buckets.at(-1)?.value ?? 0
  const bucket = buckets.find(({ value }) => all > 0 && value >= quantile * all)
  if (!bucket) return '–'
  const seconds = Number(bucket.labels['le'])
  return seconds < 1 ? `≤ ${seconds * 1_000} ms` : `≤ ${seconds} s`
}

function robotLines({ robot }: DemoSummary, columns: number): readonly string[] {
  if (!robot) return []
  const { taken, digests, refused, latestDigest } = robot
  const messages = `${taken} message${taken === 1 ? '' : 's'}`
  const refusals = refused === 0 ? 'none was refused' : `${refused} came too fast and were refused`
  const told = digests === 1 ? 'one of them a digest' : `${digests} of them digests`
  const counts = `The chat robot got ${messages}, ${told}; ${refusals}.`
  if (!latestDigest) return ['', counts]
  return [
    '',
    counts,
    'The last digest begins so:',
    '',
    ...digestLines(latestDigest.text, toldLines).map((line) => `  ${cutTo(shown(line), columns - 2)}`),
  ]
}
