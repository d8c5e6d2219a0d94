/** How a webhook's command line is read: what it means, and what is said about it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventTimeOf, zoneOf } from '../../sink-kit/event-time.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { occurrenceOf, podEvent, sinkArgument } from '../../sink-kit/testing/sink-world.ts'
import { defaultBody } from './default-body.ts'
import webhook from './index.ts'

function read(text: string) {
  const { kit, own } = splitArgument(sinkArgument(`webhook:${text}`))
  const argument = webhook.readArgument(own, kit)
  const parsed = webhook.schema.safeParse(argument.options)
  return {
    ...argument,
    parsed,
    options: parsed.data,
    problems: parsed.error?.issues.map(({ message }) => message) ?? [],
  }
}

const base = 'http://h.example.test/hook?method=POST&level=Warning'

describe('the endpoint', () => {
  for (const [text, url] of [
    [
      'http://h.example.test/a%2Fb?x=%E4%B8%AD&y=a+b&method=POST#frag',
      'http://h.example.test/a%2Fb?x=%E4%B8%AD&y=a+b',
    ],
    ['http://h.example.test?level=Normal&kinds=Pod&reason=&namespaces=a&header=A=b', 'http://h.example.test'],
    [
      'http://h.example.test/?label=prod&custom_body_configmap_namespace=x',
      'http://h.example.test/?label=prod',
    ],
    ['http://u:p%40@h.example.test/?%6cevel=Normal&Level=x', 'http://u:p%40@h.example.test/?Level=x'],
    [
      'http://h.example.test/?level=Normal&ke.name=n&ke.forwardOptions=true',
      'http://h.example.test/?level=Normal',
    ],
    ['http://h.example.test/?a&&b=&ke.name=n', 'http://h.example.test/?a&&b='],
  ] as const) {
    it(`of ${text} is ${url}`, () => assert.equal(read(text).options?.url, url))
  }

  it('needs a host and http', () => {
    for (const text of ['/path?level=Normal', '', 'ftp://h.example.test/', 'h.example.test/x']) {
      assert.match(read(text).problems.join(), /has no host, or is neither http nor https/, text)
    }
  })

  it('without a question mark keeps its options as a path, with a warning that corrects it', () => {
    const { options, warnings, filter } = read('http://h.example.test/canary&level=Warning&ke.name=x')
    assert.equal(options?.url, 'http://h.example.test/canary&level=Warning&ke.name=x')
    assert.equal(filter.level, 'all')
    const warning = warnings.find((one) => one.includes('no `?`')) ?? ''
    assert.match(warning, /write --sink=webhook:http:\/\/h\.example\.test\/…\?level=…/)
    assert.ok(!warnings.join().includes('canary'))
  })
})

describe('level', () => {
  for (const [query, level, warned, mistaken] of [
    ['', 'all', true, false],
    ['&level=Normal', 'Normal', false, false],
    ['&level=Warning', 'Warning', false, false],
    ['&level=', 'Warning', true, true],
    ['&level=normal', 'Warning', true, true],
    ['&level=Normal,Warning', 'Warning', true, true],
  ] as const) {
    it(`${JSON.stringify(query)} is ${level}`, () => {
      const { filter, warnings, mistakes } = read(`http://h.example.test/?method=POST${query}`)
      assert.equal(filter.level, level)
      assert.equal(warnings.length, warned ? 1 : 0)
      if (warned) assert.match(warnings[0] ?? '', /level=Warning/)
      assert.deepEqual(mistakes, mistaken ? warnings : [])
    })
  }
})

describe('namespaces, kinds and reason', () => {
  const exact = (value: string) => ({ kind: 'exact', value })
  const whole = (source: string) => ({ kind: 'regexp', source, anchored: true })
  const some = (source: string) => ({ kind: 'regexp', source, anchored: false })

  it('add up, are split at commas, and are absent where they were not given', () => {
    const { filter } = read(`${base}&namespaces=a,b&namespaces=c&kinds=Pod&reason=X,Y&reason=a{1,3}`)
    assert.deepEqual(filter, {
      level: 'Warning',
      namespaces: ['a', 'b', 'c'].map(exact),
      kinds: [exact('Pod')],
      reason: ['X', 'Y', 'a{1', '3}'].map(some),
    })
    assert.deepEqual(read(base).filter, { level: 'Warning' })
  })

  it('that are empty let nothing pass', () => {
    assert.deepEqual(read(`${base}&namespaces=,&kinds=&reason=`).filter, {
      level: 'Warning',
      namespaces: [],
      kinds: [],
      reason: [],
    })
  })

  it('as names are exact, but for those with a regexp character', () => {
    const { filter } = read(`${base}&namespaces=wire-.*,a.b,^kube&kinds=(Pod|Node)`)
    assert.deepEqual(filter.namespaces, [whole('wire-.*'), exact('a.b'), whole('^kube')])
    assert.deepEqual(filter.kinds, [whole('(Pod|Node)')])
  })

  it('as reasons are expressions, empty ones between commas too', () => {
    assert.deepEqual(read(`${base}&reason=A,,B`).filter.reason, ['A', '', 'B'].map(some))
  })
})

describe('method', () => {
  it('is GET unless told, with a warning', () => {
    for (const query of ['', '&method=']) {
      const { options, warnings } = read(`http://h.example.test/?level=Warning${query}`)
      assert.equal(options?.method, 'GET')
      assert.match(warnings.join(), /`method=POST`/)
    }
    assert.deepEqual(read(base).warnings, [])
    assert.match(read('http://h.example.test/?level=Warning&method=post').warnings.join(), /method=POST/)
  })

  it('must be one', () => {
    for (const method of ['B%20AD', 'CONNECT'])
      assert.equal(read(`http://h.example.test/?method=${method}`).problems.length, 1)
  })
})

describe('header', () => {
  it('is split at its first equals sign; of equal names the last counts', () => {
    const { options } = read(
      `${base}&header=Authorization=Basic%20YTpiYw==&header=x-a=1&header=X-A=2&header=Empty=`,
    )
    assert.deepEqual(options?.headers, { Authorization: 'Basic YTpiYw==', 'X-A': '2', Empty: '' })
  })

  it('without one, or of the connection, is left out with a warning', () => {
    const { options, warnings } = read(`${base}&header=Foo&header=Host=example.test&header=Content-Length=5`)
    assert.deepEqual(options?.headers, {})
    assert.equal(warnings.length, 3)
  })

  it('must be sendable', () => {
    assert.match(read(`${base}&header=B%20ad=x`).problems.join(), /a name that cannot be sent/)
    assert.match(read(`${base}&header=A=x%0Ay`).problems.join(), /holds a control character/)
  })
})

describe('a template for the body', () => {
  it('may stand in a ConfigMap, of the namespace default where none is given', () => {
    const configMap = (more: string) =>
      read(`${base}&custom_body_configmap=${more}`).options?.templateConfigMap
    assert.equal(configMap('body'), 'default/body')
    assert.equal(configMap('body&custom_body_configmap_namespace=kube-system'), 'kube-system/body')
    assert.equal(configMap('body&custom_body_configmap_namespace='), 'default/body')
  })

  it('that has no name is none, with a warning', () => {
    const { options, warnings, problems } = read(`${base}&custom_body_configmap=`)
    assert.equal(options?.templateConfigMap, undefined)
    assert.match(warnings.join(), /`custom_body_configmap` is empty: the default body is sent/)
    assert.deepEqual(problems, [])
  })

  it('may stand in the argument or in a file', () => {
    const { options, errors } = read(`${base}&ke.template=%7B%7B.Reason%7D%7D`)
    assert.equal(options?.template, '{{.Reason}}')
    assert.deepEqual(errors, [])
    assert.equal(read(`${base}&ke.templateFile=/etc/body.tmpl`).options?.templateFile, '/etc/body.tmpl')
  })

  it('is one: two are refused', () => {
    const { problems } = read(`${base}&ke.template=x&custom_body_configmap=body`)
    assert.match(problems.join(), /is a second template beside `template`: keep one of them/)
  })

  it('is sent as JSON where a header or the platform says so', () => {
    const sendsJson = (text: string): unknown => {
      const { options } = read(text)
      assert.ok(options)
      return webhook.template?.(options)?.sendsJson
    }
    assert.equal(sendsJson(`${base}&ke.template=x`), false)
    assert.equal(sendsJson(`${base}&ke.template=x&header=Content-Type=application/json`), true)
    assert.equal(sendsJson(`${base}&ke.template=x&header=content-type=text/plain`), false)
    assert.equal(sendsJson('https://qyapi.weixin.qq.com/send?key=k&ke.template=x'), true)
  })
})

describe('what has no meaning here', () => {
  it('is refused: options of other sinks', () => {
    assert.match((read(`${base}&ke.format=original`).errors ?? []).join(), /`ke\.format` has no meaning/)
  })
})

describe('the default body', () => {
  const zone = zoneOf({ TZ: 'UTC' })

  it('is JSON whatever the event holds', () => {
    const event = { ...podEvent(1, 'a "b" \\ c\n\t\u0001 中 <&>'), type: 'W"', reason: 'R\\' }
    assert.deepEqual(JSON.parse(defaultBody(zone, true)(occurrenceOf(event))), {
      EventType: 'W"',
      EventKind: 'Pod',
      EventReason: 'R\\',
      EventTime: '2024-05-06 09:30:15 +0000 UTC',
      EventMessage: 'a "b" \\ c\n\t\u0001 中 <&>',
    })
  })

  it('loses quotes and escapes nothing with ke.escape=none, as in the original', () => {
    const text = defaultBody(zone, false)(occurrenceOf(podEvent(1, 'a "b"\n\\')))
    assert.ok(text.endsWith('"EventMessage": "a b\n\\"\n}'))
  })

  it('takes lastTimestamp, else eventTime, else the time of arrival', () => {
    const at = (times: object): string =>
      eventTimeOf(occurrenceOf({ ...podEvent(1), ...times }), zone).toString()
    const eventTime = '2024-05-06T08:00:01.123456Z'
    assert.equal(at({ eventTime }), '2024-05-06 09:30:15 +0000 UTC')
    assert.equal(at({ lastTimestamp: null, eventTime }), '2024-05-06 08:00:01.123456 +0000 UTC')
    assert.equal(
      at({ lastTimestamp: '0001-01-01T00:00:00Z', eventTime }),
      '2024-05-06 08:00:01.123456 +0000 UTC',
    )
    assert.equal(at({ lastTimestamp: 'yesterday' }), '2024-05-06 12:00:00.25 +0000 UTC')
    assert.equal(at({ lastTimestamp: null }), '2024-05-06 12:00:00.25 +0000 UTC')
  })
})
