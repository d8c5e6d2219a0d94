/** A report as text: aligned, within a platform's size, and told what is missing. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UTC } from '../gotime/location.ts'
import { reportCsv, reportJson, reportMarkdown, reportTable } from './format.ts'
import type { Report } from './report.ts'

const atMs = (text: string): number => Date.parse(`2026-03-01T${text}Z`)
const head = { title: 'Kubernetes Event Daily statistical', where: 'level=Warning' }

const report: Report = {
  fromMs: atMs('00:00:00'),
  toMs: atMs('20:00:00'),
  by: 'owner',
  count: 19,
  rows: [
    {
      name: 'Deployment 商店/结账',
      count: 12,
      reasons: [
        { reason: 'BackOff', count: 10 },
        { reason: 'Failed', count: 2 },
      ],
      times: [
        { atMs: atMs('08:05:00'), count: 1 },
        { atMs: atMs('08:06:30'), count: 4 },
      ],
      earlier: 7,
    },
    {
      name: 'Node worker-1',
      count: 2,
      reasons: [{ reason: 'NodeNotReady', count: 2 }],
      times: [
        { atMs: atMs('09:00:00'), count: 1 },
        { atMs: atMs('09:10:00'), count: 1 },
      ],
      earlier: 0,
    },
  ],
  others: { rows: 3, count: 5 },
}

describe('a table', () => {
  it('has the times one under the other, and columns that align where characters are wide', () => {
    assert.equal(
      reportTable(report, head, UTC),
      [
        'Kubernetes Event Daily statistical',
        '2026-03-01 00:00 – 2026-03-01 20:00, level=Warning, 19 in all',
        '',
        'FailureTime             ResourcesName         FailuresNumber',
        '… 7 earlier             Deployment 商店/结账  12',
        '2026-03-01 08:05:00',
        '2026-03-01 08:06:30 ×4',
        '2026-03-01 09:00:00     Node worker-1         2',
        '2026-03-01 09:10:00',
        '',
        '… 3 more (5 in all)',
      ].join('\n'),
    )
  })

  it('tells fewer times, then fewer rows, where there is no room, and how much is missing', () => {
    const bytesOf = (text: string): number => Buffer.byteLength(text)
    let before = reportTable(report, head, UTC)
    for (let maxBytes = bytesOf(before); maxBytes >= 125; maxBytes--) {
      const text = reportTable(report, head, UTC, { maxBytes, bytesOf })
      assert.ok(bytesOf(text) <= maxBytes, `${maxBytes}: ${text}`)
      assert.ok(bytesOf(text) <= bytesOf(before))
      before = text
    }
    assert.match(before, /… 5 more \(19 in all\)$/)
  })
})

describe('Markdown', () => {
  it('is a list, with reasons and times', () => {
    assert.equal(
      reportMarkdown(report, head, UTC),
      [
        '#### Kubernetes Event Daily statistical',
        '',
        '2026-03-01 00:00 – 2026-03-01 20:00, level=Warning, 19 in all',
        '',
        '- **Deployment 商店/结账** ×12',
        '  BackOff 10, Failed 2',
        '  … 7 earlier, 2026-03-01 08:05:00, 2026-03-01 08:06:30 ×4',
        '- **Node worker-1** ×2',
        '  NodeNotReady 2',
        '  2026-03-01 09:00:00, 2026-03-01 09:10:00',
        '',
        '… 3 more (5 in all)',
      ].join('\n'),
    )
  })

  it('of a day without any says so', () => {
    const none: Report = { ...report, count: 0, rows: [], others: { rows: 0, count: 0 } }
    assert.match(reportMarkdown(none, head, UTC), /0 in all$/)
  })
})

describe('JSON', () => {
  it('has stable names and RFC 3339 times', () => {
    assert.deepEqual(reportJson({ ...report, rows: report.rows.slice(1) }, head), {
      title: 'Kubernetes Event Daily statistical',
      where: 'level=Warning',
      from: '2026-03-01T00:00:00.000Z',
      to: '2026-03-01T20:00:00.000Z',
      by: 'owner',
      count: 19,
      rows: [
        {
          name: 'Node worker-1',
          count: 2,
          reasons: [{ reason: 'NodeNotReady', count: 2 }],
          times: [
            { at: '2026-03-01T09:00:00.000Z', count: 1 },
            { at: '2026-03-01T09:10:00.000Z', count: 1 },
          ],
          earlier: 0,
        },
      ],
      others: { rows: 3, count: 5 },
    })
  })
})

describe('CSV', () => {
  it('quotes what must be quoted, and disarms what a spreadsheet would compute', () => {
    const [row] = report.rows
    assert.ok(row)
    const odd: Report = {
      ...report,
      rows: [
        { ...row, name: '=cmd("x")' },
        { ...row, name: 'a,b' },
      ],
    }
    assert.deepEqual(reportCsv(odd).split('\n'), [
      'name,count,reasons,first,last',
      `"'=cmd(""x"")",12,BackOff 10; Failed 2,2026-03-01T08:05:00.000Z,2026-03-01T08:06:30.000Z`,
      '"a,b",12,BackOff 10; Failed 2,2026-03-01T08:05:00.000Z,2026-03-01T08:06:30.000Z',
      '',
    ])
  })
})
