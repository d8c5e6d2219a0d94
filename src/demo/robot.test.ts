import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { perMinute, startRobot, type Robot } from './robot.ts'
import { ManualClock } from './testing.ts'

async function send(robot: Robot, body: string): Promise<number> {
  const answer = await fetch(robot.url, { method: 'POST', body })
  assert.equal(answer.status, 200)
  const { errcode }: { errcode?: unknown } = JSON.parse(await answer.text())
  assert.ok(typeof errcode === 'number')
  return errcode
}

function message(title: string, text: string): string {
  return JSON.stringify({ msgtype: 'markdown', markdown: { title, text } })
}

describe('the demo’s robot', () => {
  const clock = new ManualClock()
  let robot: Robot
  before(async () => (robot = await startRobot(clock)))
  after(() => robot.close())

  it('takes a message, and shows it as its group reads it', async () => {
    assert.equal(await send(robot, message('BackOff web-0', '#### Warning BackOff\n\nPod **shop/web-0**')), 0)
    assert.equal(robot.latest?.text, 'Warning BackOff\n\nPod shop/web-0')
    assert.equal(robot.latest.isDigest, false)
    assert.equal(robot.latestDigest, undefined)
  })

  it('knows a digest, and keeps it when single ones follow', async () => {
    assert.equal(await send(robot, message('37 events', '**37 events** of 4 objects')), 0)
    assert.equal(await send(robot, message('OOMKilling node-1', 'Warning OOMKilling')), 0)
    assert.equal(robot.digests, 1)
    assert.equal(robot.latestDigest?.text, '37 events of 4 objects')
    assert.equal(robot.latest?.text, 'Warning OOMKilling')
  })

  it('says that it does not understand what is no markdown', async () => {
    for (const body of ['', 'no JSON', '[]', '{"markdown":{"title":"a"}}', message('a', '')]) {
      assert.equal(await send(robot, body), 40035)
    }
    assert.equal(robot.taken, 3)
  })

  it('takes twenty in any minute, and says so of the next one', async () => {
    while (robot.thisMinute < perMinute) assert.equal(await send(robot, message('a b', 'c')), 0)
    const { taken } = robot
    assert.equal(await send(robot, message('one', 'too many')), 130101)
    assert.deepEqual([robot.taken, robot.refused], [taken, 1])
    clock.advance(60_000)
    assert.equal(robot.thisMinute, 0)
    assert.equal(await send(robot, message('a minute', 'later')), 0)
    assert.equal(robot.latest?.text, 'later')
  })
})
