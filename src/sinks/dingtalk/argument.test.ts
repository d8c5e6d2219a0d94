/** How a robot's command line is read: what it means, and what is said about it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { sinkArgument } from '../../sink-kit/testing/sink-world.ts'
import dingtalk from './index.ts'

function read(text: string) {
  const { kit, own, problems } = splitArgument(sinkArgument(`dingtalk:${text}`))
  assert.deepEqual(problems, [])
  const argument = dingtalk.readArgument(own, kit)
  const parsed = dingtalk.schema.safeParse(argument.options)
  return { ...argument, options: parsed.data, issues: parsed.error?.issues ?? [] }
}

const base = 'https://robot.example.test/robot/send?access_token=token-canary'

describe('the address', () => {
  it('is host and path alone, always over https', () => {
    const { options, warnings } = read(
      'http://user:pw@robot.example.test:8443/robot/send?access_token=t&other=1#frag',
    )
    assert.equal(options?.url, 'https://robot.example.test:8443/robot/send')
    assert.match(warnings.join(), /sent over https although the URL says http/)
    assert.deepEqual(read(base).warnings, [])
  })

  it('stays on http for a gateway', () => {
    const { options, warnings } = read('http://gateway.example.test/send?access_token=t&ke.plainHttp=true')
    assert.equal(options?.url, 'http://gateway.example.test/send')
    assert.deepEqual(warnings, [])
    assert.match(read(`${base}&ke.plainHttp=true`).options?.url ?? '', /^https:/)
  })

  it('must be one, with a token', () => {
    assert.deepEqual(
      read('[your_webhook_url]').issues.map(({ path }) => path.join()),
      ['url', 'access_token'],
    )
    assert.deepEqual(
      read('https://robot.example.test/send?access_token=').issues.map(({ path }) => path.join()),
      ['access_token'],
    )
  })

  it('without a question mark is warned of with the corrected form, and no secret', () => {
    const { warnings, mistakes } = read('https://robot.example.test/canary&level=Normal')
    assert.match(warnings.join(), /write --sink=dingtalk:https:\/\/robot\.example\.test\/…\?level=…/)
    assert.equal(mistakes?.length, 1)
    assert.ok(!warnings.join().includes('canary'))
  })
})

describe('level', () => {
  for (const [query, level, isMistake] of [
    ['', 'Warning', false],
    ['&level=Warning', 'Warning', false],
    ['&level=Normal', 'Normal', false],
    ['&level=', 'all', true],
    ['&level=Info', 'all', true],
    ['&level=warning', 'all', true],
  ] as const) {
    it(`${JSON.stringify(query)} is ${level}`, () => {
      const { filter, warnings, mistakes } = read(base + query)
      assert.equal(filter.level, level)
      assert.deepEqual(mistakes, warnings)
      assert.equal(warnings.length, isMistake ? 1 : 0)
      if (isMistake) assert.match(warnings[0] ?? '', /`level=Warning`/)
    })
  }
})

describe('namespaces and kinds', () => {
  it("are held against the event's own namespace, add up, and are any where empty", () => {
    assert.deepEqual(read(base).filter, { level: 'Warning', namespaceOf: 'event' })
    const { filter } = read(`${base}&namespaces=a,b&namespaces=c&kinds=`)
    assert.deepEqual(filter, {
      level: 'Warning',
      namespaceOf: 'event',
      namespaces: ['a', 'b', 'c'].map((value) => ({ kind: 'exact', value })),
    })
    assert.equal(read(`${base}&namespaces=&namespaces=a`).filter.namespaces, undefined)
  })
})

describe('the message', () => {
  it('is text unless told; a type that DingTalk refuses is kept and warned of', () => {
    assert.equal(read(base).options?.msg_type, 'text')
    assert.equal(read(`${base}&msg_type=`).options?.msg_type, 'text')
    assert.equal(read(`${base}&msg_type=markdown`).options?.msg_type, 'markdown')
    const { options, mistakes } = read(`${base}&msg_type=actionCard`)
    assert.equal(options?.msg_type, 'actionCard')
    assert.match(mistakes?.join() ?? '', /none of text, markdown, card/)
  })

  it('has labels in their order, a signature, mentions and keywords', () => {
    const { options, errors } = read(
      `${base}&label=one&label=two&sign=SECcanary&ke.atMobiles=138,139&ke.atUserIds=u&ke.atAll=true&ke.keywords=k`,
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(options?.label, ['one', 'two'])
    assert.equal(options?.sign, 'SECcanary')
    assert.deepEqual(options?.atMobiles, ['138', '139'])
    assert.deepEqual(options?.atUserIds, ['u'])
    assert.equal(options?.atAll, true)
    assert.deepEqual(options?.keywords, ['k'])
  })

  it('takes the first of what can be only once, and says so', () => {
    const { options, warnings } = read(`${base}&access_token=second&cluster_id=a&cluster_id=b`)
    assert.equal(options?.access_token, 'token-canary')
    assert.equal(options?.cluster_id, 'a')
    assert.equal(warnings.length, 2)
    assert.ok(!warnings.join().includes('canary'))
  })

  it('has no use for options of other sinks', () => {
    assert.match((read(`${base}&ke.format=original`).errors ?? []).join(), /`ke\.format` has no meaning/)
  })
})

describe('what is shown of a robot', () => {
  it('is its host', () => {
    const { options } = read(base)
    assert.ok(options)
    assert.equal(dingtalk.display(options), 'https://robot.example.test/…')
  })
})
