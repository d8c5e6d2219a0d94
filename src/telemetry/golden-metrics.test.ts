/** Holds the `eventer_*` metrics against what the original answers after the same twelve events. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { systemClock } from '../domain/clock.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import { createTelemetry } from './create-telemetry.ts'

interface GoldenPages {
  readonly events: readonly string[]
  readonly pages: readonly { readonly path: string; readonly contentType: string; readonly body: string }[]
}

function golden<Content>(file: string): Content {
  const text = readFileSync(new URL(`../../test/golden/wire/${file}`, import.meta.url), 'utf8')
  return JSON.parse(text) as Content
}

const events = golden<Record<string, { object: KubernetesEvent }>>('events.json')

/** The `eventer_*` lines, sorted; where the golden has `<n>`, ours may have any number. */
function eventerLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => /^(# (HELP|TYPE) )?eventer_/.test(line))
    .toSorted()
}

async function ours(pages: GoldenPages, eventMetrics: boolean): Promise<string[]> {
  const telemetry = createTelemetry({
    clock: systemClock,
    level: 'error',
    format: { kind: 'json' },
    eventMetrics,
    version: '0.0.0-test',
    destination: { write: (line) => assert.fail(line) },
  })
  const source = telemetry.source('default')
  telemetry.sink('hook', 'webHook')
  for (const name of pages.events) {
    const event = events[name]?.object ?? assert.fail(`no event ${name}`)
    source.occurrence(event)
  }
  return eventerLines(await telemetry.metricsText())
}

for (const [file, eventMetrics] of [
  ['ke-pages.json', true],
  ['ke-pages-no-event-metrics.json', false],
] as const) {
  describe(`the metrics of kube-eventer, as in ${file}`, () => {
    const pages = golden<GoldenPages>(file)
    const page = pages.pages.find(({ path }) => path === '/metrics') ?? assert.fail('no page')
    const theirs = eventerLines(page.body)

    it('have the same names, types, labels and values', async () => {
      const comparable = (lines: readonly string[]): string[] =>
        lines
          .filter((line) => !line.startsWith('# HELP eventer_events_'))
          .map((line) => (isVolatile(line) ? line.replace(/ \S+$/, ' <n>') : line))
      assert.deepEqual(comparable(await ours(pages, eventMetrics)), comparable(theirs))
    })

    it('have a help where the original has none', async () => {
      const helpless = (await ours(pages, eventMetrics)).filter((line) => /^# HELP \S+ *$/.test(line))
      assert.deepEqual(helpless, [])
    })
  })
}

/** Times and durations, `<n>` in the golden. */
function isVolatile(line: string): boolean {
  return /^eventer_\w*(duration_milliseconds|last_time_seconds)/.test(line)
}
