/** Holds the last filter: what must not pass, and what must stay readable. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { redact, redactFields } from './redact.ts'

describe('a text that is about to be told', () => {
  const secrets: readonly (readonly [text: string, told: string])[] = [
    [
      'POST https://hooks.example.test/services/T0/B0/canary failed',
      'POST https://hooks.example.test/… failed',
    ],
    ['https://oapi.example.test/robot/send?access_token=canary&x=1', 'https://oapi.example.test/…'],
    ['https://oapi.example.test?access_token=canary', 'https://oapi.example.test/…'],
    ['https://oapi.example.test:8443/#canary', 'https://oapi.example.test:8443/…'],
    ['https://me:canary@gate.example.test/x', 'https://gate.example.test/…'],
    ['https://me:canary@gate.example.test', 'https://gate.example.test'],
    ['https://me:can/ary@gate.example.test/x', 'https://…'],
    ['https://me:can?ary@gate.example.test/x', 'https://…'],
    ['https://[2001:db8::1]:9200/canary', 'https://[2001:db8::1]:9200/…'],
    ['WEBHOOK:HTTPS://hooks.example.test/canary', 'WEBHOOK:HTTPS://hooks.example.test/…'],
    [
      '"https://a.example.test/canary", "https://b.example.test/canary"',
      '"https://a.example.test/…", "https://b.example.test/…"',
    ],
    ['mysql:root:canary@tcp(db.example.test:3306)/events', '…@tcp(db.example.test:3306)/events'],
    ['mongodb://root:can%2Fary@a.example.test,b.example.test/k8s', 'mongodb://…'],
    ['asked with access_token=canary&timestamp=1', 'asked with access_token=…&timestamp=1'],
    ['/robot/send?key=canary&sign=canary', '/robot/send?key=…&sign=…'],
    ['AccessKeySecret=canary, password=canary', 'AccessKeySecret=…, password=…'],
    ['Authorization: Bearer canary.canary.canary', 'Authorization: Bearer …'],
  ]
  for (const [text, told] of secrets) {
    it(`tells ${JSON.stringify(text)} as ${JSON.stringify(told)}`, () => {
      assert.equal(redact(text), told)
      assert.doesNotMatch(redact(text), /canary|can\/ary/)
    })
  }

  const harmless = [
    'watching events from 4711',
    'https://hooks.example.test',
    'https://hooks.example.test/',
    'cannot reach https://hooks.example.test:8443.',
    'Back-off pulling image "nginx:1.27@sha256:0123abcd"',
    'set ke.file.token=/run/secrets/token instead',
    'set level=Warning',
    '    at send (file:///app/sinks/webhook/send.ts:12:3)',
    'Basic authentication is refused',
  ]
  for (const text of harmless)
    it(`leaves ${JSON.stringify(text)} as it is`, () => assert.equal(redact(text), text))

  it('is cut where no sentence for people would end, and quickly, whatever it is', () => {
    for (const hostile of ['a-', 'a:', 'a=', '://', 'token', 'https://', '@', '?key=']) {
      const text = hostile.repeat(200_000)
      assert.ok(redact(text).length <= text.length / 10)
    }
  })
})

describe("a log line's fields", () => {
  it('are redacted however deep', () => {
    const told = redactFields({
      url: new URL('https://hooks.example.test/canary'),
      nested: { list: ['https://hooks.example.test/canary'] },
      token: 'canary',
      headers: { Authorization: 'canary' },
      error: new Error('https://hooks.example.test/canary', { cause: new Error('password=canary') }),
      body: Buffer.from('canary'),
    })
    assert.doesNotMatch(JSON.stringify(told), /canary/)
    assert.equal(told['url'], 'https://hooks.example.test/…')
  })

  it('keep an error readable: name, message, code, stack, cause', () => {
    const { error } = redactFields({ error: Object.assign(new TypeError('no'), { code: 'EPIPE' }) })
    assert.ok(typeof error === 'object' && error !== null && 'stack' in error)
    assert.match(String(error.stack), /^TypeError: no\n +at .*redact\.test\.ts/)
    assert.deepEqual({ ...error, stack: '' }, { type: 'TypeError', message: 'no', code: 'EPIPE', stack: '' })
  })

  it('are plain data whatever was put in', () => {
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    const told = redactFields({ circular, big: 10n, run: () => 1, absent: undefined, date: new Date(0) })
    assert.equal(typeof JSON.stringify(told), 'string')
    assert.deepEqual(
      { ...told, circular: 0 },
      { circular: 0, big: '10', run: 'function', date: '1970-01-01T00:00:00.000Z' },
    )
  })

  it("do not overwrite the line's own", () => {
    assert.deepEqual(redactFields({ level: 3, msg: 'x', time: 0 }), { level_: 3, msg_: 'x', time_: 0 })
  })
})
