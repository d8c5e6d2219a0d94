/** Holds the log lines, for programs and for people. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Clock } from '../domain/clock.ts'
import { type LogFormat, type LogLevel, RootLogger, logFormatFor } from './logger.ts'

const clock: Clock = {
  wallMs: () => Date.UTC(2024, 4, 6, 9, 30, 15, 7),
  monotonicMs: () => 0,
  schedule: () => assert.fail('the log needs no timer'),
}

function logged(format: LogFormat, say: (log: RootLogger) => void, level: LogLevel = 'info'): string {
  let text = ''
  say(new RootLogger({ clock, level, format, destination: { write: (line) => (text += line) } }))
  return text
}

const json: LogFormat = { kind: 'json' }
const plain: LogFormat = { kind: 'human', colour: false }

describe('the log as JSON', () => {
  it('is one object a line: level, time, fields, msg', () => {
    const text = logged(json, (log) => log.warn('held', { sink: 'hook', count: 2 }))
    assert.equal(
      text,
      '{"level":"warn","time":"2024-05-06T09:30:15.007Z","sink":"hook","count":2,"msg":"held"}\n',
    )
  })

  it('tells debug lines only at that level', () => {
    const say = (log: RootLogger): void => log.debug('detail')
    assert.equal(logged(json, say), '')
    assert.match(logged(json, say, 'debug'), /"level":"debug"/)
  })

  it('reads nothing into a message with percent signs', () => {
    const text = logged(json, (log) => log.info('100%% of %s and %d', { a: 1 }))
    assert.match(text, /"msg":"100%% of %s and %d"/)
  })

  it('adds what a child is bound to', () => {
    const text = logged(json, (log) => log.child({ sink: 'hook' }).error('dead', { reason: 'bad-message' }))
    assert.match(text, /"sink":"hook","reason":"bad-message","msg":"dead"/)
  })

  it('counts the lines that it wrote', () => {
    let lines: Record<LogLevel, number> | undefined
    logged(json, (log) => {
      log.debug('not written')
      log.info('a')
      log.error('b')
      log.error('c')
      lines = log.lines
    })
    assert.deepEqual(lines, { debug: 0, info: 1, warn: 0, error: 2 })
  })

  it('keeps a text of several lines on one', () => {
    assert.equal(logged(json, (log) => log.error('no', { fix: 'a:\n  b' })).split('\n').length, 2)
  })
})

describe('the log for people', () => {
  it('puts fields behind the message', () => {
    const text = logged(plain, (log) =>
      log.warn('sink is held', { sink: 'hook', detail: 'connection refused', after: 2, none: '' }),
    )
    assert.equal(
      text,
      '09:30:15.007 WARN  sink is held sink=hook detail="connection refused" after=2 none=""\n',
    )
  })

  it('shows what is to be pasted as it is', () => {
    const yaml = 'rules:\n- apiGroups: [""]\n  resources: [configmaps]\n  verbs: [get, list, watch]\n'
    const text = logged(plain, (log) => log.error('not allowed', { add: yaml, sink: 'hook' }))
    assert.equal(
      text,
      [
        '09:30:15.007 ERROR not allowed sink=hook',
        '  add:',
        '    rules:',
        '    - apiGroups: [""]',
        '      resources: [configmaps]',
        '      verbs: [get, list, watch]',
        '',
      ].join('\n'),
    )
  })

  it('shows an error with its stack', () => {
    const text = logged(plain, (log) => log.error('failed', { error: new RangeError('too far') }))
    assert.match(text, /^09:30:15\.007 ERROR failed\n {2}error:\n {4}RangeError: too far\n {8}at /)
  })

  it('lets no event rewrite the terminal', () => {
    const text = logged(plain, (log) => log.info('a\u001b[2Jb', { name: 'x\u0007\u009by\rz' }))
    assert.equal(text, String.raw`09:30:15.007 INFO  a\x1b[2Jb name=x\x07\x9by\x0dz` + '\n')
  })

  it('has colours where they are wanted', () => {
    const text = logged({ kind: 'human', colour: true }, (log) => log.error('no'))
    assert.equal(text, '\u001b[2m09:30:15.007\u001b[0m \u001b[1;31mERROR\u001b[0m no\n')
  })
})

describe('the choice of format', () => {
  it('is JSON unless standard error is a terminal', () => {
    assert.deepEqual(logFormatFor(false, {}), { kind: 'json' })
    assert.deepEqual(logFormatFor(true, {}), { kind: 'human', colour: true })
  })

  it('leaves colours out where NO_COLOR or the terminal says so', () => {
    assert.deepEqual(logFormatFor(true, { NO_COLOR: '1' }), plain)
    assert.deepEqual(logFormatFor(true, { NO_COLOR: '' }), { kind: 'human', colour: true })
    assert.deepEqual(logFormatFor(true, { TERM: 'dumb' }), plain)
  })
})

describe('a secret that slipped into the log', () => {
  for (const format of [json, plain]) {
    it(`is not told, as ${format.kind}`, () => {
      const text = logged(format, (log) => {
        log.error('POST https://oapi.example.test/robot/canary?access_token=canary', {
          detail: 'https://me:canary@gate.example.test/canary\nmore',
          error: new Error('https://oapi.example.test/canary'),
          password: 'canary',
        })
        log.child({ endpoint: 'https://oapi.example.test/canary' }).info('open')
      })
      assert.doesNotMatch(text, /canary/)
      assert.match(text, /https:\/\/oapi\.example\.test\/…/)
    })
  }
})
