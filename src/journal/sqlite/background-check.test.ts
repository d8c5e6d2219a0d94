/** The check in the background ends when it is told to, and tells nothing of a file that is another by now. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeClock } from '../../domain/testing/fake-clock.ts'
import { RecordedTelemetry } from '../testing/recorded-telemetry.ts'
import { BackgroundCheck } from './background-check.ts'
import type { Checked, CheckStep } from './check.ts'

function setUp(): {
  clock: FakeClock
  check: BackgroundCheck
  steps: CheckStep[]
  found: string[]
  telemetry: RecordedTelemetry
  answer: (checked: Checked) => void
} {
  const clock = new FakeClock()
  const telemetry = new RecordedTelemetry()
  const steps: CheckStep[] = []
  const found: string[] = []
  let resolve: (checked: Checked) => void = () => {}
  const check = new BackgroundCheck({
    dir: '/data',
    clock,
    log: telemetry.log,
    step: (step) => {
      steps.push(step)
      return new Promise((done) => (resolve = done))
    },
    failureOf: () => 'io',
    onDamagedPart: () => {},
    onDamage: (why) => found.push(why),
  })
  return { clock, check, steps, found, telemetry, answer: (checked) => resolve(checked) }
}

describe('a check in the background', () => {
  it('goes on step by step with a rest after each, until there is none', async () => {
    const { clock, check, steps, telemetry, answer } = setUp()
    check.start(5000, 'a test')
    await clock.advance(5000)
    answer({ damaged: [], next: { kind: 'blocks', fromOffset: 7 } })
    await clock.advance(1)
    assert.deepEqual(steps, [{ kind: 'structure' }])
    await clock.advance(100)
    assert.deepEqual(steps, [{ kind: 'structure' }, { kind: 'blocks', fromOffset: 7 }])
    answer({ damaged: [], next: undefined })
    await clock.advance(100)
    assert.ok(telemetry.said('is sound'))
  })

  it('tells nothing that it finds after it was stopped', async () => {
    const { clock, check, found, answer } = setUp()
    check.start(0, 'a test')
    await clock.advance(1)
    check.stop()
    answer({ found: 'a page is not what it was', damaged: [], next: undefined })
    await clock.advance(1)
    assert.deepEqual([found, clock.pending], [[], 0])
  })

  it('leaves no timer when it is stopped before it begins, or while it rests', async () => {
    const { clock, check, steps, answer } = setUp()
    check.start(5000, 'a test')
    check.stop()
    assert.equal(clock.pending, 0)
    check.start(0, 'a test')
    await clock.advance(1)
    answer({ damaged: [], next: { kind: 'pages' } })
    await clock.advance(1)
    assert.equal(clock.pending, 1)
    check.stop()
    await clock.advance(1000)
    assert.deepEqual([steps, clock.pending], [[{ kind: 'structure' }], 0])
  })
})
