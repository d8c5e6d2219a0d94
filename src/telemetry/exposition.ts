/**
 * The Prometheus text format 0.0.4, written straight from plain counters. Thousands of series are rendered in a
 * few milliseconds, since each keeps its labels as ready text; a scrape must not hold up the event loop.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** The longest value of a label, in UTF-16 units. Names in Kubernetes end at 253; nothing forces an event to obey. */
export const maxLabelLength = 256

/** Writes one sample. `labels` is the text that `labelsOf` makes, '' for none. */
export type WriteSample = (labels: string, value: number, suffix?: '_sum' | '_count' | '_bucket') => void

export interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary'
  readonly help: string
  /** Names of the labels, without a histogram's `le`. */
  readonly labels: readonly string[]
  /** Called at each scrape. */
  collect(write: WriteSample): void
}

/** All metrics as text. One without a sample is left out, as the Go client does. */
export function renderMetrics(metrics: Iterable<Metric>): string {
  let text = ''
  for (const metric of metrics) {
    const { name } = metric
    let samples = ''
    metric.collect((labels, value, suffix = undefined) => {
      samples += name + (suffix ?? '') + labels + ' ' + numberText(value) + '\n'
    })
    if (samples === '') continue
    text += `# HELP ${name} ${escapeHelp(metric.help)}\n# TYPE ${name} ${metric.type}\n${samples}`
  }
  return text
}

/** `{kind="Pod",name="web-1"}`; '' without labels. The order given is kept. */
export function labelsOf(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

/** A label's value, escaped, cut to `maxLabelLength`, and free of lone surrogates (two of them would look alike). */
export function escapeLabel(value: string): string {
  if (value.length <= maxLabelLength && !needsCare.test(value)) return value
  const short = value.length <= maxLabelLength ? value : value.slice(0, maxLabelLength - 1) + '…'
  return short.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

const needsCare = /["\\\n\ud800-\udfff]/

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  return String(value)
}
