/** The limiter: what may leave when, held against a destination that counts as strictly as it can. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { allowanceOf, freeAtMs, freeSlots, gatheringMs, nextStep, windowMsOf } from './quota.ts'
import type { Quota, SendHistory, Waiting } from './quota.ts'

const robot: Quota = { messages: 20, perMs: 60_000 }
const waiting: Waiting = {
  count: 1,
  canDigest: true,
  lastDigestMs: undefined,
  lastDigestWasComplete: true,
  sinks: 1,
  isStopping: false,
}
const ended = (count: number, atMs = 0): SendHistory => ({
  inFlight: 0,
  endedAtMs: Array.from({ length: count }, () => atMs),
})
const none = ended(0)

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

describe('a quota', () => {
  it('is not used up to its last message', () => {
    assert.equal(allowanceOf(robot), 19)
    assert.equal(allowanceOf({ messages: 100, perMs: 60_000 }), 95)
    assert.equal(allowanceOf({ messages: 1, perMs: 1_000 }), 1)
  })

  it('counts a message from its start until a window after its answer', () => {
    assert.equal(freeSlots([robot], { inFlight: 3, endedAtMs: [0, 10] }, 100), 14)
    assert.equal(freeSlots([robot], ended(19), windowMsOf(robot) - 1), 0)
    assert.equal(freeSlots([robot], ended(19), windowMsOf(robot)), 19)
    assert.ok(windowMsOf(robot) > robot.perMs)
  })

  it('tells when so many may leave', () => {
    const history = { inFlight: 0, endedAtMs: [...ended(10, 0).endedAtMs, ...ended(9, 5_000).endedAtMs] }
    assert.equal(
      freeAtMs([robot], history, 6_000, () => 1),
      windowMsOf(robot),
    )
    assert.equal(
      freeAtMs([robot], history, 6_000, () => 10),
      windowMsOf(robot),
    )
    assert.equal(
      freeAtMs([robot], history, 6_000, () => 11),
      5_000 + windowMsOf(robot),
    )
    assert.equal(
      freeAtMs([robot], none, 6_000, () => 19),
      6_000,
    )
    assert.equal(
      freeAtMs([robot], { inFlight: 19, endedAtMs: [] }, 6_000, () => 1),
      6_000 + windowMsOf(robot),
    )
  })

  it('of several each holds', () => {
    const limits: Quota[] = [
      { messages: 5, perMs: 1_000 },
      { messages: 100, perMs: 60_000 },
    ]
    assert.equal(freeSlots(limits, ended(4), 10), 0)
    assert.equal(
      freeAtMs(limits, ended(4), 10, () => 1),
      1_050,
    )
    assert.equal(freeSlots(limits, ended(95), 30_000), 0)
  })
})

describe('what leaves next', () => {
  it('is one event while all that wait leave one by one within 60 s', () => {
    for (const count of [1, 12, 16]) {
      assert.deepEqual(nextStep([robot], none, { ...waiting, count }, 0), { kind: 'single' })
    }
  })

  it('is a digest of everything when more wait', () => {
    assert.deepEqual(nextStep([robot], none, { ...waiting, count: 17 }, 0), { kind: 'digest' })
    assert.deepEqual(nextStep([robot], none, { ...waiting, count: 5_000 }, 0), { kind: 'digest' })
  })

  it('is a digest also right after a burst that took all that singles may take', () => {
    const burst = ended(16)
    assert.deepEqual(nextStep([robot], burst, { ...waiting, count: 17 }, 10), { kind: 'digest' })
    const wait = nextStep([robot], burst, { ...waiting, count: 2 }, 10)
    assert.deepEqual(wait, { kind: 'wait', untilMs: windowMsOf(robot) })
  })

  it('is nothing for a while after a digest, so that the next one gathers; but not if it left something', () => {
    const after = { ...waiting, count: 400, lastDigestMs: 1_000 }
    const wait = { kind: 'wait', untilMs: 1_000 + gatheringMs }
    assert.deepEqual(nextStep([robot], ended(1, 1_000), after, 2_000), wait)
    assert.deepEqual(nextStep([robot], ended(1, 1_000), after, 1_000 + gatheringMs), { kind: 'digest' })
    const incomplete = { ...after, lastDigestWasComplete: false }
    assert.deepEqual(nextStep([robot], ended(1, 1_000), incomplete, 1_001), { kind: 'digest' })
  })

  it('is one event again once a storm is over', () => {
    const calm = { ...waiting, count: 5, lastDigestMs: 0 }
    assert.deepEqual(nextStep([robot], ended(1), calm, gatheringMs), { kind: 'single' })
  })

  it('is never a digest for a sink that makes none', () => {
    const flood = { ...waiting, count: 5_000, canDigest: false }
    assert.deepEqual(nextStep([robot], none, flood, 0), { kind: 'single' })
    assert.deepEqual(nextStep([robot], ended(19), flood, 10), { kind: 'wait', untilMs: windowMsOf(robot) })
  })

  it('is shared fairly by the sinks of one robot', () => {
    assert.deepEqual(nextStep([robot], none, { ...waiting, count: 9, sinks: 2 }, 0), { kind: 'digest' })
  })

  it('at a stop is a digest if not all can leave at once', () => {
    const stopping = { ...waiting, count: 5, isStopping: true, lastDigestMs: 9 }
    assert.deepEqual(nextStep([robot], ended(15), stopping, 10), { kind: 'digest' })
    assert.deepEqual(nextStep([robot], ended(14), stopping, 10), { kind: 'single' })
  })
})

describe('a destination that counts when it likes', () => {
  it('is never sent more than it takes, and never kept waiting for more than 90 s', () => {
    const seed = Number(process.env['SEED'] ?? 20_241_122)
    for (let run = 0; run < 40; run++) {
      const random = seeded(seed + run)
      const told = play(random)
      const window = told.counted.toSorted((a, b) => a - b)
      for (const [at, fromMs] of window.entries()) {
        const within = window.slice(at).filter((atMs) => atMs <= fromMs + robot.perMs).length
        assert.ok(within <= robot.messages, `seed ${seed + run}: ${within} within a minute`)
      }
      assert.ok(told.longestWaitMs <= 90_000, `seed ${seed + run}: ${told.longestWaitMs} ms`)
    }
  })
})

describe('a limit on an hour', () => {
  const application: readonly Quota[] = [
    { messages: 30, perMs: 60_000 },
    { messages: 1_000, perMs: 3_600_000 },
  ]

  it('is never exceeded, and nobody waits for it: digests take over in time', () => {
    // An event every 2.5 s is more than the hour allows and less than the minute does.
    for (const everyMs of [200, 2_500, 3_000]) {
      const endedAtMs: number[] = []
      let queue: number[] = []
      let lastDigestMs: number | undefined
      let longestWaitMs = 0
      for (let nowMs = 0; nowMs < 4 * 3_600_000; nowMs += 100) {
        if (nowMs % everyMs === 0) queue.push(nowMs)
        const [oldestMs] = queue
        if (oldestMs === undefined) continue
        const history = { inFlight: 0, endedAtMs }
        const step = nextStep(application, history, { ...waiting, count: queue.length, lastDigestMs }, nowMs)
        if (step.kind === 'wait') continue
        longestWaitMs = Math.max(longestWaitMs, nowMs - oldestMs)
        endedAtMs.push(nowMs)
        if (step.kind === 'digest') lastDigestMs = nowMs
        queue = step.kind === 'digest' ? [] : queue.slice(1)
      }
      for (const { messages, perMs } of application) {
        for (const [at, fromMs] of endedAtMs.entries())
          assert.ok((endedAtMs[at + messages] ?? Infinity) > fromMs + perMs, `${messages} in ${perMs} ms`)
      }
      assert.ok(longestWaitMs <= 90_000, `every ${everyMs} ms: ${longestWaitMs} ms`)
    }
  })
})

/** Ten minutes of storms and calm, one message at a time, each counted at some moment until its answer. */
function play(random: () => number): { counted: readonly number[]; longestWaitMs: number } {
  const counted: number[] = []
  const endedAtMs: number[] = []
  let queue: number[] = []
  let lastDigestMs: number | undefined
  let longestWaitMs = 0
  let busyUntilMs = 0
  let ratePerSecond = 0
  for (let nowMs = 0; nowMs < 600_000; nowMs += 50) {
    if (nowMs % 20_000 === 0) ratePerSecond = [0.05, 0.3, 2, 20, 130][Math.floor(random() * 5)] ?? 0
    for (let chance = ratePerSecond / 20; random() < chance; chance -= 1) queue.push(nowMs)
    if (nowMs < busyUntilMs || queue.length === 0) continue
    const history = { inFlight: 0, endedAtMs }
    const step = nextStep([robot], history, { ...waiting, count: queue.length, lastDigestMs }, nowMs)
    if (step.kind === 'wait') {
      assert.ok(step.untilMs > nowMs)
      continue
    }
    const tookMs = Math.floor(random() * (random() < 0.1 ? 10_000 : 300))
    counted.push(nowMs + Math.floor(random() * tookMs))
    busyUntilMs = nowMs + tookMs
    endedAtMs.push(busyUntilMs)
    const told = step.kind === 'digest' ? queue : queue.slice(0, 1)
    queue = step.kind === 'digest' ? [] : queue.slice(1)
    if (step.kind === 'digest') lastDigestMs = busyUntilMs
    for (const atMs of told) longestWaitMs = Math.max(longestWaitMs, busyUntilMs - atMs)
  }
  return { counted, longestWaitMs }
}
