/** The reports that the guide shows are what the program writes. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { TimeZones } from '../../src/gotime/time-zones.ts'
import { reportMarkdown, reportTable } from '../../src/report/format.ts'
import type { Report } from '../../src/report/report.ts'
import { root } from './pages.ts'

const at = (text: string): number => Date.parse(`${text}+08:00`)
const report: Report = {
  fromMs: at('2026-03-01T20:00:00'),
  toMs: at('2026-03-02T20:00:00'),
  by: 'owner',
  count: 41,
  rows: [
    {
      name: 'Deployment shop/web',
      count: 32,
      reasons: [
        { reason: 'BackOff', count: 27 },
        { reason: 'Unhealthy', count: 5 },
      ],
      times: [
        { atMs: at('2026-03-02T10:31:07'), count: 4 },
        { atMs: at('2026-03-02T10:36:09'), count: 8 },
      ],
      earlier: 20,
    },
    {
      name: 'Node worker-1',
      count: 1,
      reasons: [{ reason: 'NodeNotReady', count: 1 }],
      times: [{ atMs: at('2026-03-02T09:12:40'), count: 1 }],
      earlier: 0,
    },
  ],
  others: { rows: 3, count: 8 },
}
const head = { title: 'Kubernetes Event Daily statistical', where: 'level=Warning' }

describe('the guide to reports', () => {
  const zone = new TimeZones({ tz: 'Asia/Shanghai' }).local
  const unbounded = { maxBytes: Number.POSITIVE_INFINITY, bytesOf: () => 0 }
  const written = {
    markdown: reportMarkdown(report, head, zone),
    table: reportTable(report, head, zone, { ...unbounded, withoutTitle: true }),
  }
  for (const language of ['en', 'zh']) {
    it(`shows what platforms show, in ${language}`, () => {
      const page = readFileSync(join(root, 'docs', language, 'reports.md'), 'utf8')
      const shown = [...page.matchAll(/<!-- report: (\w+) -->\n```\n(.*?)\n```/gs)]
      assert.deepEqual(Object.fromEntries(shown.map(([, kind, text]) => [kind, text])), written)
    })
  }
})
