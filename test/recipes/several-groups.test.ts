/** Several groups side by side, as documented: each gets its own part, in its own words, and mentions its own people. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { wecom } from '../platforms/wecom.ts'
import type { PlatformDouble } from '../platforms/double.ts'
import { readRecipe } from './documented.ts'
import { play, podEvent } from './play.ts'
import type { Play, Played } from './play.ts'
import type { TestAround } from '../harness/site.ts'

const { commands, configMaps, deployment } = readRecipe('en', 'several-groups')
const [command = []] = commands
const keys = ['example-key-0', 'example-key-1', 'example-key-2']
const address = 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key='
const env = {
  WECOM_URL_ALL: `${address}${keys[0]}`,
  WECOM_URL_RESTARTS: `${address}${keys[1]}`,
  WECOM_URL_FAILURES: `${address}${keys[2]}`,
}
/** Who is mentioned in which group. */
const people = { all: 'zhangwei', restarts: 'liming', failures: 'wangfang' } as const

const events = [
  podEvent('web-0', 'one', { reason: 'BackOff' }),
  podEvent('web-1', 'two', { reason: 'Failed' }),
  podEvent('web-2', 'three', { reason: 'FailedScheduling' }),
  podEvent('web-3', 'four', { reason: 'Unhealthy' }),
  podEvent('web-4', 'five', { reason: 'Started', type: 'Normal' }),
  podEvent('web-5', 'six', {
    involvedObject: { kind: 'Pod', namespace: 'billing', name: 'web-5', uid: 'uid-web-5' },
  }),
  podEvent('web-6', 'seven', { reason: 'OOMKilling' }),
]
/** By group, what it is told of these. */
const parts: Readonly<Record<keyof typeof people, readonly string[]>> = {
  all: ['web-0', 'web-1', 'web-2', 'web-6'],
  restarts: ['web-0'],
  failures: ['web-1', 'web-2'],
}
const total = Object.values(parts).flat().length

interface Groups extends Played {
  readonly double: PlatformDouble
  /** The pods that a group was told of, sorted. */
  told(group: keyof typeof people): readonly string[]
}

async function playGroups(
  test: TestAround,
  run: Play['run'],
  known: ReadonlySet<string> = new Set(keys),
): Promise<Groups> {
  const doubles: PlatformDouble[] = []
  const played = await play(test, {
    doubles: (clock) => {
      doubles.push(wecom(clock, known))
      return doubles
    },
    run,
    configMaps: 'example' in run ? [] : configMaps,
    env: 'example' in run ? env : {},
  })
  const [double = assert.fail()] = doubles
  const told = (group: keyof typeof people): readonly string[] =>
    double.shown
      .filter(({ text }) => text.startsWith(`${group}: `))
      .map(({ text, mentioned }) => {
        assert.deepEqual(mentioned, [people[group]])
        return /Pod shop\/(\S+)/.exec(text)?.[1] ?? text
      })
      .toSorted()
  return { ...played, double, told }
}

function assertParts({ told, double }: Groups): void {
  for (const group of ['all', 'restarts', 'failures'] as const) assert.deepEqual(told(group), parts[group])
  assert.equal(double.shown.length, total)
}

describe('several groups', () => {
  it('are what the Deployment of the page has', () => {
    assert.equal(command.filter((word) => word.startsWith('--sink=')).length, 3)
    assert.deepEqual(deployment, command)
  })

  for (const [what, run] of [
    ['as the command line says', command],
    ['as the file says', { example: 'several-groups' }],
  ] as const) {
    it(`get each its own part, ${what}`, async (test) => {
      const groups = await playGroups(test, run)
      await groups.tell(events, () => groups.double.shown.length >= total)
      await groups.program.stop()
      assertParts(groups)
      assert.deepEqual(groups.double.refusals, [])
    })
  }

  it('have each its own quota: a storm is told to all of them, without a refusal', async (test) => {
    const groups = await playGroups(test, command)
    const storm = Array.from({ length: 100 }, (_, at) =>
      podEvent(`storm-${at}`, 'again', { reason: at % 2 === 0 ? 'BackOff' : 'Failed' }),
    )
    await groups.tell(storm, () => groups.double.shown.length >= 200)
    assert.deepEqual(groups.double.refusals, [])
    assert.equal(new Set(groups.told('all')).size, 100)
    assert.equal(new Set(groups.told('restarts')).size, 50)
    assert.equal(new Set(groups.told('failures')).size, 50)
  })

  it('change their words one by one', async (test) => {
    const groups = await playGroups(test, command)
    const { site, program } = groups
    const [, restarts = assert.fail()] = configMaps
    const content = (restarts.data?.['content'] ?? '').replace('restarts: ', 'restarts: changed ')
    site.api.putConfigMap({ ...restarts, data: { content } })
    await program.passTimeUntil('the change', () => program.lines(/made from a template/).length > 3, 60_000)
    await groups.tell(events, () => groups.double.shown.length >= total)
    assertParts(groups)
    const changed = groups.double.shown.filter(({ text }) => text.includes('changed'))
    assert.deepEqual(
      changed.map(({ mentioned }) => mentioned),
      [[people.restarts]],
    )
  })

  it('of which one has no robot any more hold up no other; it is told all when it has one again', async (test) => {
    const known = new Set(keys.filter((key) => key !== keys[2]))
    const groups = await playGroups(test, command, known)
    await groups.tell(events, () => groups.told('all').length + groups.told('restarts').length >= 5)
    const { program, double } = groups
    await program.passTimeUntil('the refusal', () => /93000/.test(program.readiness()), 120_000)
    assert.match(program.readiness(), /- sink .*misconfigured|- sink .*held/)
    assert.deepEqual(groups.told('failures'), [])
    known.add(keys[2] ?? '')
    await program.passTimeUntil('the rest', () => groups.double.shown.length >= total, 600_000)
    assertParts(groups)
    assert.ok(double.refusals.every((text) => text.includes('93000')))
    assert.equal(await program.metric('kube_eventer_sink_dead_letters_total'), 0)
  })
})
