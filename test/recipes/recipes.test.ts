/**
 * Every documented recipe, as it is documented, against a platform that answers as the real one does: what people
 * see of events that are hard to tell, and of a storm.
 */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, it } from 'node:test'
import { root } from '../docs/pages.ts'
import { dingtalk } from '../platforms/dingtalk.ts'
import type { PlatformDouble, Shown } from '../platforms/double.ts'
import { telegram } from '../platforms/telegram.ts'
import { worktile, worktileProxy } from '../platforms/worktile.ts'
import { readRecipe } from './documented.ts'
import { play, podEvent } from './play.ts'
import { recipes } from './recipes.ts'
import type { Recipe } from './recipes.ts'

/** Messages that break bodies which do not escape, or that no platform takes whole. */
const hard: readonly string[] = [
  'exec: "/bin/run \\"now\\"" failed: C:\\temp\\new: not found',
  'first line\nsecond line\r\n\twith a tab\u0001and a control character',
  '容器反复重启 🚀：镜像「web」拉取失败，请联系值班同学',
  '{{ .Reason }} <script>&amp;</script> ${HOME} %s %!s(MISSING) {"a":[1,2]}',
  '長🚀x'.repeat(10_000),
]
const stormSize = 100

/** A node has no namespace. */
const aboutNode = podEvent('hard-node', 'Node node-1 status is now: NodeNotReady', {
  metadata: { name: 'node-1.17a9c3b2d1e0f4a5', namespace: 'default' },
  involvedObject: { kind: 'Node', name: 'node-1', uid: 'uid-node-1' },
  reason: 'NodeNotReady',
})

const hardCount = hard.length + 1

function hardEvents() {
  return [...hard.map((message, at) => podEvent(`hard-${at}`, message)), aboutNode]
}

/** Of a long one some platforms make several posts. */
function hasHard(shown: readonly Shown[]): boolean {
  return [...hard.map((_, at) => `hard-${at}`), 'NodeNotReady'].every((name) =>
    shown.some(({ text }) => text.includes(name)),
  )
}

function storm() {
  return Array.from({ length: stormSize }, (_, at) => podEvent(`storm-${at}`, `storm ${at} of ${stormSize}`))
}

function assertShown(
  { shown, refusals }: PlatformDouble,
  recipe: Pick<Recipe, 'asShown' | 'keeps' | 'mentioned'>,
): void {
  assert.deepEqual(refusals, [])
  const { asShown = (message: string): string => message, keeps, mentioned } = recipe
  for (const [at, message] of hard.entries()) {
    const mine = shown.filter(({ text }) => text.includes(asShown([...message].slice(0, keeps).join(''))))
    assert.equal(mine.length, 1, `message ${at}: ${message.slice(0, 60)}`)
    assert.deepEqual(mine[0]?.mentioned, mentioned)
    assert.match(mine[0]?.text ?? '', new RegExp(`BackOff[^]*hard-${at}\\b`))
  }
  assert.ok(shown.some(({ text }) => /\bNode \**node-1\b/.test(text)))
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
      await tell(hardEvents(), () => hasHard(shown))
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
      await tell(hardEvents(), () => hasHard(shown))
      assertShown(double, recipe)
    })
  })
}

describe('the recipe for dingtalk', () => {
  const settings = { accessToken: 'example-token', keywords: ['Warning', 'events'] }
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
      await tell(hardEvents(), () => shown.length === hardCount)
      for (const at of hard.keys()) {
        const mine = shown.find(({ text }) => text.includes(`hard-${at}`))
        assert.deepEqual(mine?.mentioned, ['13800000000'])
      }
      assert.ok(
        shown.some(({ text }) => text.includes('容器反复重启 🚀：镜像「web」拉取失败，请联系值班同学')),
      )
      const told = (): number =>
        shown.reduce((sum, { text }) => sum + Number(/(\d+) events\*\* of /.exec(text)?.[1] ?? 1), 0)
      await tell(storm(), () => told() >= hardCount + stormSize)
      await program.stop()
      assert.deepEqual(refusals, [])
      assert.equal(told(), hardCount + stormSize)
      assert.ok(shown.length < 2 * hardCount)
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
    await tell(hardEvents(), () => shown.length === hardCount)
    assertShown(double, { mentioned: ['13800000000'], keeps: 4_000 })
    await tell(storm(), () => shown.length === hardCount + stormSize)
    await program.stop()
    assert.deepEqual(refusals, [])
    assert.equal(new Set(shown.map(({ text }) => text)).size, hardCount + stormSize)
  })
})

describe('the recipe for telegram', () => {
  it('serves several groups with one bot: each has its own quota', async (test) => {
    const { commands, configMaps } = readRecipe('en', 'telegram')
    const [[sourceFlag = '', sinkFlag = ''] = []] = commands
    const [first = assert.fail()] = configMaps
    const chats = ['-1001000000001', '-1001000000002'] as const
    const second = {
      metadata: { ...first.metadata, name: 'telegram-second' },
      data: { content: (first.data?.['content'] ?? '').replace(chats[0], chats[1]) },
    }
    const doubles: PlatformDouble[] = []
    const { tell } = await play(test, {
      doubles: (clock) => {
        doubles.push(telegram(clock, { chats }))
        return doubles
      },
      run: [sourceFlag, sinkFlag, sinkFlag.replace('telegram-body', 'telegram-second')],
      configMaps: [first, second],
    })
    const [{ shown, refusals } = assert.fail()] = doubles
    const events = storm().slice(0, 38)
    await tell(events, () => shown.length >= 2 * events.length)
    assert.deepEqual(refusals, [])
    // Two minutes' worth for one group; both in one quota would take four.
    const [from, to] = [shown[0]?.atMs ?? 0, shown.at(-1)?.atMs ?? Infinity]
    assert.ok(to - from < 120_000, `${to - from} ms`)
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
