/** When reports run, over changes of the clock in both directions. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readSchedule, type Schedule } from './schedule.ts'

function scheduleOf(at: string, zone: string): Schedule {
  const read = readSchedule(at, zone)
  assert.ok(read.ok)
  return read.schedule
}

/** The runs after `from`, in UTC. */
function runsAfter(schedule: Schedule, from: string, count: number): string[] {
  const runs: string[] = []
  let atMs = Date.parse(from)
  while (runs.length < count) {
    atMs = schedule.nextAfter(atMs) ?? assert.fail('there is another one')
    runs.push(new Date(atMs).toISOString().replace(':00.000Z', 'Z'))
  }
  return runs
}

describe('a schedule', () => {
  it('runs at a time of day in its zone', () => {
    const daily = scheduleOf('20:00', 'Asia/Shanghai')
    assert.deepEqual(runsAfter(daily, '2026-03-02T12:00:00Z', 2), ['2026-03-03T12:00Z', '2026-03-04T12:00Z'])
  })

  it('runs right after the gap on the day that has no 02:30, once', () => {
    const daily = scheduleOf('02:30', 'Europe/Berlin')
    assert.deepEqual(runsAfter(daily, '2026-03-27T12:00:00Z', 3), [
      '2026-03-28T01:30Z',
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ])
  })

  it('runs at the first 02:30 of the day that has two, once', () => {
    const daily = scheduleOf('02:30', 'Europe/Berlin')
    assert.deepEqual(runsAfter(daily, '2026-10-24T12:00:00Z', 2), ['2026-10-25T00:30Z', '2026-10-26T01:30Z'])
  })

  it('reads cron expressions', () => {
    const weekdays = scheduleOf('0 9 * * 1-5', 'UTC')
    assert.deepEqual(runsAfter(weekdays, '2026-03-06T09:00:00Z', 1), ['2026-03-09T09:00Z'])
  })

  it('tells the run before a moment as it tells the one after it, also while the clock changes', () => {
    for (const [zone, from] of [
      ['Europe/Berlin', '2026-03-27T00:00:00Z'],
      ['Europe/Berlin', '2026-10-23T00:00:00Z'],
      ['America/St_Johns', '2026-03-06T00:00:00Z'],
      ['Australia/Lord_Howe', '2026-04-03T00:00:00Z'],
    ] as const) {
      for (const at of ['02:30', '00:05', '01:45']) {
        const schedule = scheduleOf(at, zone)
        let beforeMs = schedule.nextAfter(Date.parse(from)) ?? assert.fail('there is one')
        for (let run = 0; run < 5; run++) {
          const nextMs = schedule.nextAfter(beforeMs) ?? assert.fail('there is another one')
          assert.equal(schedule.lastAt(beforeMs), beforeMs, `${zone} ${at}: at the run itself`)
          assert.equal(
            schedule.lastAt(nextMs - 1),
            beforeMs,
            `${zone} ${at}: before ${new Date(nextMs).toISOString()}`,
          )
          beforeMs = nextMs
        }
      }
    }
  })

  it('refuses what is no time and what never comes, and says what to write', () => {
    for (const at of ['24:00', '8pm', '61 * * * *', '* * * * * *', '', '0 0 30 2 *']) {
      const read = readSchedule(at, 'UTC')
      assert.ok(!read.ok, at)
      assert.match(read.remedy, /20:00/)
    }
  })
})
