/** Reports as the platforms take them: shown whole or fitted, with nobody mentioned, by strict doubles of each. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bearychat } from '../../../test/platforms/bearychat.ts'
import { dingtalk } from '../../../test/platforms/dingtalk.ts'
import { discord } from '../../../test/platforms/discord.ts'
import type { PlatformDouble } from '../../../test/platforms/double.ts'
import { feishu } from '../../../test/platforms/feishu.ts'
import { mattermost } from '../../../test/platforms/mattermost.ts'
import { slack } from '../../../test/platforms/slack.ts'
import { teams } from '../../../test/platforms/teams.ts'
import { wecom } from '../../../test/platforms/wecom.ts'
import { worktile } from '../../../test/platforms/worktile.ts'
import { FakeClock } from '../../domain/testing/fake-clock.ts'
import { Time } from '../../gotime/time.ts'
import { UTC } from '../../gotime/location.ts'
import { reportJson, reportMarkdown, reportTable } from '../../report/format.ts'
import type { Report } from '../../report/report.ts'
import { platformFor } from '../../sink-kit/platform.ts'
import type { PlatformName } from '../../sink-kit/platforms/row.ts'
import { platformNames } from '../../sink-kit/platforms/row.ts'
import type { SinkReport } from '../../sink-kit/report.ts'
import { cannotBeTold, reportBody } from './report-body.ts'

const title = 'Kubernetes Event Daily statistical'

/** A report with `count` rows, whose first name is what somebody hostile made. */
function reportOf(count: number, hostile = 'Pod shop/web-0'): SinkReport {
  const atMs = Time.fromEpochMs(Date.UTC(2026, 2, 2, 10, 31, 7), UTC).epochMs
  const rows = Array.from({ length: count }, (_, at) => ({
    name: at === 0 ? hostile : `Deployment shop/workload-with-a-long-name-${at}`,
    count: 12,
    reasons: [{ reason: at === 0 ? hostile : 'BackOff', count: 12 }],
    times: Array.from({ length: 12 }, (_unused, second) => ({ atMs: atMs + second * 1_000, count: 1 })),
    earlier: 0,
  }))
  const report: Report = {
    fromMs: atMs - 86_400_000,
    toMs: atMs,
    by: 'owner',
    count: 12 * count,
    rows,
    others: { rows: 0, count: 0 },
  }
  const head = { title, where: 'level=Warning' }
  return {
    title,
    text: (room) => reportTable(report, head, UTC, room),
    markdown: (room) => reportMarkdown(report, head, UTC, room),
    json: () => reportJson(report, head),
  }
}

const doubles: readonly {
  readonly name: PlatformName
  readonly make: (clock: FakeClock) => PlatformDouble
  readonly target: string
}[] = [
  { name: 'dingtalk', make: dingtalk, target: '/robot/send?access_token=example-token' },
  { name: 'wecom', make: wecom, target: '/cgi-bin/webhook/send?key=example-key' },
  { name: 'feishu', make: feishu, target: '/open-apis/bot/v2/hook/example-hook' },
  { name: 'slack', make: slack, target: '/services/T00000000/B00000000/example-key' },
  { name: 'discord', make: discord, target: '/api/webhooks/100000000000000001/example-token' },
  {
    name: 'teams',
    make: teams,
    target: '/workflows/0123456789abcdef/triggers/manual/paths/invoke?sig=example-signature',
  },
  { name: 'mattermost', make: mattermost, target: '/hooks/examplekey' },
  { name: 'bearychat', make: bearychat, target: '/=bw000/incoming/example-key' },
  { name: 'worktile', make: worktile, target: '/incoming/example-key' },
]

function shownBy(name: PlatformName, report: SinkReport): PlatformDouble {
  const { make, target } = doubles.find((one) => one.name === name) ?? assert.fail(name)
  const platform = make(new FakeClock())
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  platform.receive({ method: 'POST', target, headers, body: reportBody(report, platformFor('', name)) })
  return platform
}

describe('a report as a body', () => {
  it('is shaped for each platform but those whose bodies name who is told', () => {
    assert.deepEqual(
      platformNames.filter((name) => !cannotBeTold(name)).toSorted(),
      doubles.map(({ name }) => name).toSorted(),
    )
    assert.equal(cannotBeTold(undefined), false)
  })

  it("is the report's own JSON at an endpoint of one's own", () => {
    const body: unknown = JSON.parse(reportBody(reportOf(2), undefined))
    assert.deepEqual(body, JSON.parse(JSON.stringify(reportOf(2).json())))
  })

  for (const { name } of doubles) {
    it(`is shown by ${name}, its title once and every row`, () => {
      const { shown, refusals } = shownBy(name, reportOf(3))
      assert.deepEqual(refusals, [])
      assert.equal(shown.length, 1)
      const text = shown[0]?.text ?? ''
      assert.equal(text.split(title).length, 2, text)
      for (const row of ['Pod shop/web-0', '-name-1', '-name-2']) assert.ok(text.includes(row), text)
    })

    it(`is cut to what ${name} takes, and says what is missing`, () => {
      const { shown, refusals } = shownBy(name, reportOf(2_000))
      assert.deepEqual(refusals, [])
      assert.equal(shown.length, 1)
      assert.match(shown[0]?.text ?? '', /… \d+ more \(\d+ in all\)/)
    })

    it(`mentions nobody at ${name}, whatever objects are called`, () => {
      const hostile = 'Pod @all <!channel> <@U1> <@123> @everyone ``` <users/all> @channel'
      const { shown, refusals } = shownBy(name, reportOf(3, hostile))
      assert.deepEqual(refusals, [])
      assert.deepEqual(
        shown.flatMap(({ mentioned }) => mentioned),
        [],
      )
    })
  }
})
