/** What the table of platforms says of robots: how much they take, and how long they take nothing. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { platformFor, quotaAt } from './platform.ts'
import { rows } from './platforms/table.ts'

describe('a robot’s quota', () => {
  it('is its platform’s, and one for each robot, whatever leads to it', () => {
    const robot = quotaAt('https://oapi.dingtalk.com/robot/send?access_token=t%2B1&timestamp=1')
    assert.deepEqual(robot, { key: 'dingtalk t+1', limits: [{ messages: 20, perMs: 60_000 }] })
    assert.deepEqual(quotaAt('http://gateway.example.test:8080/x?access_token=t%2B1', 'dingtalk'), robot)
    assert.notEqual(quotaAt('https://oapi.dingtalk.com/robot/send?access_token=t')?.key, robot?.key)
    assert.equal(quotaAt('https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k=1')?.key, 'wecom k=1')
    assert.equal(
      quotaAt('https://open.feishu.cn/open-apis/bot/v2/hook/h1')?.key,
      'feishu /open-apis/bot/v2/hook/h1',
    )
  })

  it('is none where no platform is known, or none is wanted', () => {
    assert.equal(quotaAt('https://hooks.example.test/?access_token=t'), undefined)
    assert.equal(quotaAt('https://oapi.dingtalk.com/robot/send?access_token=t', 'none'), undefined)
    assert.equal(quotaAt('https://chat.cloud.mattermost.com/hooks/x'), undefined)
    assert.equal(quotaAt('no URL'), undefined)
  })

  it('is one for each recipient, where the body names it', () => {
    const bot = 'https://api.telegram.org/bot1:t/sendMessage'
    assert.notEqual(quotaAt(bot, undefined, 'chat a')?.key, quotaAt(bot, undefined, 'chat b')?.key)
    const robot = 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k'
    assert.equal(quotaAt(robot, undefined, 'body a')?.key, quotaAt(robot, undefined, 'body b')?.key)
  })

  it('is kept at a host that others share only where the platform was named', () => {
    const flow =
      'https://prod-12.westeurope.logic.azure.com:443/workflows/w/triggers/manual/paths/invoke?sig=s'
    assert.equal(quotaAt(flow), undefined)
    assert.equal(platformFor('prod-12.westeurope.logic.azure.com')?.name, 'teams')
    assert.deepEqual(
      quotaAt(flow, 'teams')?.limits.map(({ messages }) => messages),
      [4, 100],
    )
  })

  it('that was exceeded blocks DingTalk’s for ten minutes', () => {
    assert.deepEqual(
      platformFor('oapi.dingtalk.com')?.readVerdict('{"errcode":130101,"errmsg":"too fast"}'),
      {
        kind: 'retry',
        reason: 'throttled',
        afterMs: 600_000,
        text: '130101 too fast',
      },
    )
  })

  it('is told by every row that can be blocked', () => {
    for (const { name, codes, quotas, blockedMs } of rows) {
      const canBeBlocked = Object.values(codes).includes('blocked')
      assert.equal(blockedMs !== undefined, canBeBlocked, name)
      assert.ok(!canBeBlocked || quotas.length > 0, name)
      for (const { messages, perMs } of quotas) assert.ok(messages > 0 && perMs > 0, name)
    }
  })
})

describe('DingTalk’s refusals', () => {
  for (const [code, kind, reason] of [
    [310000, 'retry', 'refused'],
    [300001, 'retry', 'refused'],
    [400013, 'retry', 'refused'],
    [43004, 'retry', 'refused'],
    [40035, 'rejected', 'bad-message'],
    [460101, 'rejected', 'bad-message'],
    [101002, 'rejected', 'bad-message'],
    [410100, 'retry', 'throttled'],
  ] as const) {
    it(`${code} is ${kind} ${reason}`, () => {
      const verdict = platformFor('oapi.dingtalk.com')?.readVerdict(`{"errcode":${code},"errmsg":"no"}`)
      assert.ok(verdict?.kind === 'retry' || verdict?.kind === 'rejected')
      assert.deepEqual([verdict.kind, verdict.reason], [kind, reason])
    })
  }
})
