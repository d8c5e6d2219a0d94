/** A reload is applied or refused as a whole, says so in one line, and never ends the program. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Config, Problem } from '../config/config.ts'
import type { CommandLine } from '../config/from-command-line.ts'
import { SourceConfigError } from '../kubernetes/source-config-error.ts'
import { recordingTelemetry } from '../telemetry/testing.ts'
import type { ReloadChanges } from './app.ts'
import { createReloader } from './reload.ts'

const config: Config = {
  sources: [],
  sinks: [],
  journal: { maxAgeMs: 1, maxBytes: 1 },
  http: { ip: '', port: 0 },
  eventMetrics: true,
  search: { index: false },
  strict: false,
  logLevel: 'info',
  graceMs: 0,
  reports: [],
}
const none = { added: [], changed: [], removed: [], unchanged: [] }
const nothing: ReloadChanges = { sources: none, sinks: none, needRestart: [] }

function runOf(problems: readonly Problem[] = []): CommandLine {
  return { kind: 'run', config, problems, printConfig: false }
}

function problem(severity: 'error' | 'warning', what: string): Problem {
  return { severity, where: '--sink', what, remedy: 'mend it', sink: 'webhook' }
}

function setUp(options: {
  load: () => Promise<CommandLine>
  reload?: () => Promise<ReloadChanges>
  problems?: readonly Problem[]
}): { reload: (why: string) => Promise<void>; said: () => string[]; applied: () => number } {
  const { lines, log } = recordingTelemetry()
  let applied = 0
  const reload = createReloader({
    app: {
      reload: () => {
        applied++
        return options.reload ? options.reload() : Promise.resolve(nothing)
      },
    },
    log,
    problems: options.problems ?? [],
    load: options.load,
  })
  return { reload, said: () => lines.map(({ level, msg }) => `${level} ${msg}`), applied: () => applied }
}

const refused = 'error the changed configuration is refused; the one before goes on'

describe('a reload', () => {
  it('says what changed, and what needs a restart once', async () => {
    const { reload, said } = setUp({
      load: () => Promise.resolve(runOf()),
      reload: () =>
        Promise.resolve({ ...nothing, sinks: { ...none, added: ['a'] }, needRestart: ['journal'] }),
    })
    await reload('SIGHUP')
    await reload('SIGHUP')
    assert.deepEqual(said(), [
      'info configuration reloaded',
      'warn a part of the changed configuration takes effect at the next start only',
      'info configuration reloaded',
    ])
  })

  it('is refused where anything is wrong that was not before: also a sink of the command line', async () => {
    for (const loaded of [
      { kind: 'invalid', problems: [problem('error', 'x')] } as const,
      runOf([problem('error', 'its file is gone')]),
    ]) {
      const { reload, said, applied } = setUp({ load: () => Promise.resolve(loaded) })
      await reload('SIGHUP')
      assert.deepEqual(said(), [refused])
      assert.equal(applied(), 0)
    }
  })

  it('is not refused for what was wrong at the start already', async () => {
    const problems = [problem('error', 'wrong from the start')]
    const { reload, applied } = setUp({ load: () => Promise.resolve(runOf(problems)), problems })
    await reload('SIGHUP')
    assert.equal(applied(), 1)
  })

  it('tells new warnings, and those that are known not again', async () => {
    const problems = [problem('warning', 'known')]
    const { reload, said } = setUp({
      load: () => Promise.resolve(runOf([...problems, problem('warning', 'new')])),
      problems,
    })
    await reload('SIGHUP')
    await reload('SIGHUP')
    assert.equal(said().filter((line) => line.includes('new')).length, 1)
    assert.equal(said().filter((line) => line.includes('known')).length, 0)
  })

  it('that cannot be applied or read leaves the program running', async () => {
    const failures: readonly (() => Promise<never>)[] = [
      () => Promise.reject(new SourceConfigError('default', { what: 'no', where: '/k', remedy: 'mend' })),
      () => Promise.reject(new TypeError('a defect')),
    ]
    for (const fail of failures) {
      const applying = setUp({ load: () => Promise.resolve(runOf()), reload: fail })
      await applying.reload('SIGHUP')
      assert.deepEqual(applying.said(), [refused])
      const loading = setUp({ load: fail })
      await loading.reload('SIGHUP')
      assert.deepEqual(loading.said(), [refused])
    }
  })

  it('asked for while another runs comes after it, and all that ask meanwhile get the same', async () => {
    let loads = 0
    const release: (() => void)[] = []
    const { reload, applied } = setUp({
      load: async () => {
        loads++
        await new Promise<void>((resolve) => release.push(resolve))
        return runOf()
      },
    })
    const first = reload('one')
    while (release.length === 0) await Promise.resolve()
    const others = [reload('two'), reload('three'), reload('four')]
    release[0]?.()
    await first
    while (release.length < 2) await Promise.resolve()
    release[1]?.()
    await Promise.all(others)
    assert.equal(loads, 2)
    assert.equal(applied(), 2)
  })
})
