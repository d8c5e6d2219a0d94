/** The pictures are in `screen.test.ts.snapshot`; `node --test --test-update-snapshots` draws them anew. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { cellWidth } from './cell-width.ts'
import { screenLines, type EventRow, type ScreenState, type SinkRow } from './screen.ts'

const backOff: EventRow = {
  time: '17:30:15',
  isWarning: true,
  reason: 'BackOff',
  object: 'Pod shop/checkout-78586dcfc-p7xw4 ×17',
  message: 'Back-off restarting failed container app in pod checkout-78586dcfc-p7xw4_shop',
  filteredBy: '',
}
const events: readonly EventRow[] = [
  {
    ...backOff,
    isWarning: false,
    reason: 'TaintManagerEviction',
    object: 'Pod shop/cart-5b4cf599dc-z8fr2',
    message: 'Marking for deletion Pod shop/cart-5b4cf599dc-z8fr2',
    filteredBy: 'level',
  },
  { ...backOff, object: 'Pod 支付/账本-0', message: '容器启动失败：镜像拉取超时，请检查仓库地址与网络连接' },
  backOff,
]

const receiver: SinkRow = {
  name: 'receiver',
  state: 'flowing',
  isWell: true,
  detail: '',
  delivered: 1_232,
  rate: 183.6,
  waiting: 2,
  p50Ms: 3,
  p99Ms: 44.4,
  retried: 0,
  dead: 0,
  quota: '',
  filtered: [['level', 632]],
}
const robot: SinkRow = {
  ...receiver,
  name: 'robot',
  delivered: 34,
  rate: 8.75,
  waiting: 59,
  p50Ms: 0,
  p99Ms: 2_700,
  quota: '17 of 20',
  filtered: [
    ['level', 632],
    ['namespace', 5],
    ['reason', 1_260],
  ],
}
const digest = [
  '18 events of 6 objects, 2026-11-22 17:30:05 to 2026-11-22 17:30:18',
  '',
  'FailedCreate ×2, 1 object, newest 17:30:18',
  '- ReplicaSet pay/ledger-558587cbff ×2: Error creating: pods "ledger" is forbidden',
  '',
  'FailedScheduling ×14, 3 objects, newest 17:30:11',
  '- Pod shop/greedy-b54575db7-pdvzq ×5: 0/5 nodes are available: 1 Insufficient cpu',
  '- Pod shop/greedy-b54575db7-gzcn7 ×4',
  '- Pod shop/greedy-b54575db7-vjbxq ×5',
].join('\n')

const state: ScreenState = {
  speed: 'at 10×',
  phase: '',
  playedMs: 86_400,
  lengthMs: 147_037,
  arrived: 1_864,
  arriving: 242.6,
  events,
  sinks: [receiver, robot],
  robot: {
    title: 'robot: 17 messages, 1 digest; digest of 17:30:18',
    waiting: '59 wait: the next digest gathers for 14 s more',
    message: digest,
  },
  notice: '',
}
const held: SinkRow = {
  ...receiver,
  name: 'webhook-hooks.example.test-a7ed57',
  state: 'held',
  isWell: false,
  detail: 'unreachable: hooks.example.test: connection refused',
  delivered: 0,
  rate: 0,
  waiting: 1_232,
  retried: 14,
}
const ownSink: ScreenState = {
  ...state,
  sinks: [held],
  notice: '17:30:01 WARN  sink is held; its events wait in the journal',
}
const empty: ScreenState = {
  speed: 'max speed',
  phase: 'the program starts',
  playedMs: 0,
  arrived: 0,
  arriving: 0,
  events: [],
  sinks: [],
  notice: '',
}

/** As a person sees it: nobody sees spaces at the end of a line. */
function picture(shownState: ScreenState, columns: number, rows: number): string {
  return screenLines(shownState, { columns, rows }, false)
    .map((line) => line.trimEnd())
    .join('\n')
}

function assertPicture(context: TestContext, text: string): void {
  context.assert.snapshot(text, { serializers: [String] })
}

describe('the live view', () => {
  for (const [columns, rows] of [
    [80, 24],
    [120, 40],
    [200, 50],
  ] as const) {
    it(`shows everything at ${columns}×${rows}`, (context) => {
      assertPicture(context, picture(state, columns, rows))
    })
  }

  it('shows why a sink is held, and what the log said last', (context) => {
    const { robot: _, ...withoutRobot } = ownSink
    assertPicture(context, picture(withoutRobot, 80, 24))
  })

  it('shows that nothing has come yet', (context) => assertPicture(context, picture(empty, 80, 24)))

  it('is as large as the terminal, whatever its size, wide letters and long names included', () => {
    for (const shownState of [state, ownSink, empty]) {
      for (let columns = 1; columns <= 230; columns += 7) {
        for (let rows = 1; rows <= 60; rows += 3) {
          const lines = screenLines(shownState, { columns, rows }, false)
          assert.equal(lines.length, rows, `${columns}×${rows}`)
          for (const line of lines) assert.equal(cellWidth(line), columns, `${columns}×${rows}: ${line}`)
        }
      }
    }
  })

  it('keeps what it says of each reason of a digest where there is no room for its objects', () => {
    const shownDigest = picture(state, 80, 24)
    assert.match(shownDigest, /^FailedCreate ×2/m)
    assert.match(shownDigest, /^FailedScheduling ×14/m)
    assert.doesNotMatch(shownDigest, /vjbxq/)
  })

  it('colours warnings, and dims what is filtered', () => {
    const lines = screenLines(state, { columns: 80, rows: 24 }, true)
    assert.ok(lines.some((line) => line.includes('\u001b[33mBackOff ')))
    assert.ok(lines.some((line) => line.includes('\u001b[2mTaintManagerEvi…')))
  })

  it('has the same letters without colours', () => {
    for (const columns of [80, 160]) {
      const coloured = screenLines(state, { columns, rows: 30 }, true)
      // oxlint-disable-next-line no-control-regex -- the codes are what is taken out
      const plain = coloured.map((line) => line.replaceAll(/\u001b\[\d+m/g, ''))
      assert.deepEqual(plain, screenLines(state, { columns, rows: 30 }, false))
      assert.notDeepEqual(plain, coloured)
    }
  })
})
