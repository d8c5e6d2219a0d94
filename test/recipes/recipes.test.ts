/**
 * Every documented recipe, as it is documented, against a platform that answers as the real one does: what people
 * see of events that are hard to tell, and of a storm.
 */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, it } from 'node:test'
import type { FakeClock } from '../../src/domain/testing/fake-clock.ts'
import { root } from '../docs/pages.ts'
import { bearychat } from '../platforms/bearychat.ts'
import { dingtalk } from '../platforms/dingtalk.ts'
import { discord } from '../platforms/discord.ts'
import type { PlatformDouble } from '../platforms/double.ts'
import { feishu } from '../platforms/feishu.ts'
import { mattermost } from '../platforms/mattermost.ts'
import { pagerduty } from '../platforms/pagerduty.ts'
import { slack } from '../platforms/slack.ts'
import { teams } from '../platforms/teams.ts'
import { telegram } from '../platforms/telegram.ts'
import { wecom } from '../platforms/wecom.ts'
import { whatsapp } from '../platforms/whatsapp.ts'
import { worktile, worktileProxy } from '../platforms/worktile.ts'
import { readRecipe } from './documented.ts'
import { play, podEvent } from './play.ts'

interface Recipe {
  readonly name: string
  readonly double: (clock: FakeClock) => PlatformDouble
  /** What the example file wants of the environment. */
  readonly env: Readonly<Record<string, string>>
  /** Who is told of each message. */
  readonly mentioned: readonly string[]
  /** Characters of a message that are shown whatever they are. */
  readonly keeps: number
  /** How a message stands in what is shown; absent: as it is. */
  readonly asShown?: (message: string) => string
}

const recipes: readonly Recipe[] = [
  {
    name: 'wecom',
    double: (clock) => wecom(clock),
    env: { WECOM_URL: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=example-key' },
    mentioned: ['zhangwei', '13800000000'],
    keeps: 400,
  },
  {
    name: 'feishu',
    double: (clock) => feishu(clock, { keywords: ['Kubernetes'] }),
    env: { FEISHU_URL: 'https://open.feishu.cn/open-apis/bot/v2/hook/example-hook' },
    mentioned: ['ou_0123456789abcdef'],
    keeps: 3_000,
  },
  {
    name: 'slack',
    double: (clock) => slack(clock),
    env: { SLACK_URL: 'https://hooks.slack.com/services/T00000000/B00000000/example-key' },
    mentioned: ['U0123456789'],
    keeps: 2_900,
  },
  {
    name: 'teams',
    double: (clock) => teams(clock),
    env: {
      TEAMS_URL:
        'https://prod-12.westeurope.logic.azure.com:443/workflows/0123456789abcdef/triggers/manual/paths/invoke' +
        '?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=example-signature',
    },
    mentioned: ['on-call@example.test'],
    keeps: 4_000,
  },
  {
    name: 'discord',
    double: discord,
    env: { DISCORD_URL: 'https://discord.com/api/webhooks/100000000000000001/example-token' },
    mentioned: ['100000000000000002'],
    keeps: 1_500,
  },
  {
    name: 'mattermost',
    double: mattermost,
    env: { MATTERMOST_URL: 'https://chat.example.test/hooks/examplekey' },
    mentioned: ['oncall'],
    keeps: 16_000,
  },
  {
    name: 'telegram',
    double: (clock) => telegram(clock),
    env: { TELEGRAM_URL: 'https://api.telegram.org/bot100000001:example-token/sendMessage' },
    mentioned: ['oncall_anna'],
    keeps: 1_800,
  },
  {
    name: 'pagerduty',
    double: pagerduty,
    env: { PAGERDUTY_URL: 'https://events.pagerduty.com/v2/enqueue' },
    mentioned: [],
    keeps: 20_000,
  },
  {
    name: 'whatsapp',
    double: (clock) => whatsapp(clock),
    env: {
      WHATSAPP_URL: 'https://graph.facebook.com/v21.0/100000000000001/messages',
      WHATSAPP_AUTHORIZATION: 'Bearer example-token',
    },
    mentioned: ['15550100'],
    keeps: 300,
    // In one line, as Go's %q has it.
    asShown: (message) => JSON.stringify(message).slice(1, -1).replaceAll('\\u00', '\\x'),
  },
  {
    name: 'bearychat',
    double: bearychat,
    env: { BEARYCHAT_URL: 'https://hook.bearychat.com/=bw000/incoming/example-key' },
    mentioned: [],
    keeps: 1_000,
  },
  {
    name: 'worktile',
    double: worktile,
    env: { WORKTILE_URL: 'https://hook.worktile.com/incoming/example-key' },
    mentioned: [],
    keeps: 4_000,
  },
]

/** Messages that break bodies which do not escape, or that no platform takes whole. */
const hard: readonly string[] = [
  'exec: "/bin/run \\"now\\"" failed: C:\\temp\\new: not found',
  'first line\nsecond line\r\n\twith a tab\u0001and a control character',
  '容器反复重启 🚀：镜像「web」拉取失败，请联系值班同学',
  '{{ .Reason }} <script>&amp;</script> ${HOME} %s %!s(MISSING) {"a":[1,2]}',
  '長🚀x'.repeat(10_000),
]
const stormSize = 100

function hardEvents() {
  return hard.map((message, at) => podEvent(`hard-${at}`, message))
}

function storm() {
  return Array.from({ length: stormSize }, (_, at) => podEvent(`storm-${at}`, `storm ${at} of ${stormSize}`))
}

function assertShown({ shown, refusals }: PlatformDouble, recipe: Recipe): void {
  assert.deepEqual(refusals, [])
  const { asShown = (message: string): string => message, keeps, mentioned } = recipe
  for (const [at, message] of hard.entries()) {
    const mine = shown.filter(({ text }) => text.includes(asShown([...message].slice(0, keeps).join(''))))
    assert.equal(mine.length, 1, `message ${at}: ${message.slice(0, 60)}`)
    assert.deepEqual(mine[0]?.mentioned, mentioned)
    assert.match(mine[0]?.text ?? '', new RegExp(`BackOff[^]*hard-${at}\\b`))
  }
  // Nothing is cut inside of a character.
  assert.ok(shown.every(({ text }) => text.isWellFormed() && !text.includes('\ufffd')))
}

describe('a recipe', () => {
  const slugs = (pattern: string): string[] =>
    globSync(pattern, { cwd: root })
      .map((path) => basename(path).replace(/\.\w+$/, ''))
      .toSorted()

  it('has a page in each language, a file, and a test', () => {
    const tested = [...recipes.map(({ name }) => name), 'dingtalk', 'several-groups'].toSorted()
    assert.deepEqual(slugs('docs/en/recipes/*.md'), tested)
    assert.deepEqual(slugs('docs/zh/recipes/*.md'), tested)
    assert.deepEqual(slugs(join('examples', 'recipes', '*.yaml')), tested)
  })

  it('runs the same in each language', () => {
    for (const name of slugs('docs/en/recipes/*.md')) {
      assert.deepEqual(readRecipe('zh', name), readRecipe('en', name), name)
    }
  })
})

for (const recipe of recipes) {
  const { name, double: make, env } = recipe
  describe(`the recipe for ${name}`, () => {
    it('shows hard messages whole, and a storm without one refused or lost', async (test) => {
      const { commands, configMaps } = readRecipe('en', name)
      const [run] = commands
      assert.ok(run)
      let double: PlatformDouble | undefined
      const { tell, program } = await play(test, {
        doubles: (clock) => [(double = make(clock))],
        run,
        configMaps,
      })
      assert.ok(double)
      const { shown, refusals } = double
      // Of a long one some platforms make several posts.
      await tell(hardEvents(), () =>
        hard.every((_, at) => shown.some(({ text }) => text.includes(`hard-${at}`))),
      )
      assertShown(double, recipe)
      const before = shown.length
      await tell(storm(), () => shown.length >= before + stormSize)
      await program.stop()
      assert.deepEqual(refusals, [])
      const told = shown.slice(before).map(({ text }) => /storm (\d+) of/.exec(text)?.[1])
      assert.equal(told.length, stormSize)
      assert.equal(new Set(told).size, stormSize)
      assert.equal(await program.metric('kube_eventer_sink_dead_letters_total'), 0)
      assert.equal(await program.metric('kube_eventer_sink_retried_total'), 0)
    })

    it('does the same from its file', async (test) => {
      let double: PlatformDouble | undefined
      const { tell } = await play(test, {
        doubles: (clock) => [(double = make(clock))],
        run: { example: name },
        env,
      })
      assert.ok(double)
      const { shown } = double
      await tell(hardEvents(), () =>
        hard.every((_, at) => shown.some(({ text }) => text.includes(`hard-${at}`))),
      )
      assertShown(double, recipe)
    })
  })
}

describe('the recipe for dingtalk', () => {
  const settings = { accessToken: 'example-token', keywords: ['BackOff'] }
  const secret = 'SECexample'

  for (const [what, run, more, given] of [
    ['as it stands', readRecipe('en', 'dingtalk').commands[0] ?? [], {}, {}],
    [
      'from its file',
      { example: 'dingtalk' },
      { secret },
      { DINGTALK_TOKEN: 'example-token', DINGTALK_SIGN: secret },
    ],
  ] as const) {
    it(`shows hard messages whole, and counts a storm: ${what}`, async (test) => {
      let double: PlatformDouble | undefined
      const { tell, program } = await play(test, {
        doubles: (clock) => [(double = dingtalk(clock, { ...settings, ...more }))],
        run,
        env: given,
      })
      assert.ok(double)
      const { shown, refusals } = double
      await tell(hardEvents(), () => shown.length === hard.length)
      for (const at of hard.keys()) {
        const mine = shown.find(({ text }) => text.includes(`hard-${at}`))
        assert.deepEqual(mine?.mentioned, ['13800000000'])
      }
      assert.ok(
        shown.some(({ text }) => text.includes('容器反复重启 🚀：镜像「web」拉取失败，请联系值班同学')),
      )
      const told = (): number =>
        shown.reduce((sum, { text }) => sum + Number(/(\d+) events\*\* of /.exec(text)?.[1] ?? 1), 0)
      await tell(storm(), () => told() >= hard.length + stormSize)
      await program.stop()
      assert.deepEqual(refusals, [])
      assert.equal(told(), hard.length + stormSize)
      assert.ok(shown.length < 2 * hard.length)
      assert.equal(await program.metric('kube_eventer_sink_dead_letters_total'), 0)
    })
  }

  it('shows hard messages whole with a body of one’s own, and a storm one by one', async (test) => {
    const { commands, configMaps } = readRecipe('en', 'dingtalk')
    const [, run] = commands
    assert.ok(run)
    let double: PlatformDouble | undefined
    const { tell, program } = await play(test, {
      doubles: (clock) => [(double = dingtalk(clock))],
      run,
      configMaps,
    })
    assert.ok(double)
    const { shown, refusals } = double
    await tell(hardEvents(), () => shown.length === hard.length)
    assertShown(double, { name: '', double: dingtalk, env: {}, mentioned: ['13800000000'], keeps: 4_000 })
    await tell(storm(), () => shown.length === hard.length + stormSize)
    await program.stop()
    assert.deepEqual(refusals, [])
    assert.equal(new Set(shown.map(({ text }) => text)).size, hard.length + stormSize)
  })
})

describe('the recipe for worktile', () => {
  it('goes on working through the published proxy', async (test) => {
    const { commands, configMaps } = readRecipe('en', 'worktile')
    const [, run] = commands
    assert.ok(run)
    const behind: PlatformDouble[] = []
    const { tell } = await play(test, {
      doubles: (clock) => {
        behind.push(worktile(clock))
        return behind.map((double) => worktileProxy(clock, double))
      },
      run,
      configMaps,
    })
    const [{ shown } = assert.fail()] = behind
    const event = podEvent('web-0', 'exec "x": no\nsuch file 🚀', {
      involvedObject: { kind: 'Pod', namespace: 'rc', name: 'web-0', uid: 'u' },
    })
    // Of another namespace: not told.
    await tell([podEvent('web-1', 'elsewhere'), event], () => shown.length > 0)
    assert.deepEqual(
      shown.map(({ text }) => text),
      [
        'Kubernetes Event Driven\n' +
          'EventType: Warning\nEventKind: Pod\nEventObject: web-0\nEventReason: BackOff\n' +
          'EventTime: 2024-05-06 09:30:15 +0000 UTC\nEventMessage: exec x: no\nsuch file 🚀\n',
      ],
    )
  })
})
