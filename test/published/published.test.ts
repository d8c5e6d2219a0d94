/**
 * Every command line and every body that people have published, unchanged, by the whole program: what the platform
 * gets, to the byte, and what people see of it.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { ConfigMap } from '../../src/demo/objects.ts'
import type { KubernetesEvent } from '../../src/domain/event.ts'
import type { FakeClock } from '../../src/domain/testing/fake-clock.ts'
import { bearychat } from '../platforms/bearychat.ts'
import { dingtalk } from '../platforms/dingtalk.ts'
import type { PlatformDouble } from '../platforms/double.ts'
import { slack } from '../platforms/slack.ts'
import { wecom } from '../platforms/wecom.ts'
import { worktile, worktileProxy } from '../platforms/worktile.ts'
import { configMapsOf } from '../recipes/documented.ts'
import { play, podEvent } from '../recipes/play.ts'
import { publishedGroups, publishedSinks } from './command-lines.ts'

const bodies = configMapsOf(readFileSync(new URL('configmaps.yaml', import.meta.url), 'utf8'))
const source = '--source=kubernetes:https://kubernetes.default?inClusterConfig=true'
/** As the published manifests have it. */
const env = { TZ: 'Asia/Shanghai' }

/** A published body, under the name that a command line asks for. */
function body(name: string, as: string, namespace = 'kube-system'): ConfigMap {
  const found = bodies.find(({ metadata }) => metadata.name === name)
  assert.ok(found, name)
  return { ...found, metadata: { namespace, name: as } }
}

const web = { kind: 'Pod', namespace: 'rc', name: 'web-0', uid: 'uid-web-0' }
const plain = podEvent('web-0', 'Back-off restarting failed container', { involvedObject: web })
/** What the original sends broken. */
const hard = podEvent('web-1', 'exec "C:\\run": 找不到文件\nexit 1', {
  involvedObject: { ...web, name: 'web-1', uid: 'uid-web-1' },
})

const unset = '0001-01-01 00:00:00 +0000 UTC'
const time = '2024-05-06 17:30:15 +0800 CST'
const jsonHard = JSON.stringify(hard.message).slice(1, -1)

interface Published {
  readonly what: string
  readonly sink: string
  readonly configMaps?: readonly ConfigMap[]
  readonly doubles: (clock: FakeClock) => readonly PlatformDouble[]
  readonly request: {
    readonly method: string
    readonly target: string
    readonly contentType: string | undefined
  }
  /** The body for an event, by its pod and its message. */
  readonly body: (pod: string, event: KubernetesEvent) => string
  /** What people see; absent: the platform does not take such a body, and never has. */
  readonly shown?: (pod: string, message: string) => string
}

const json = 'application/json'
const wecomKey = '07055f32-0000-4000-8000-000000000000'
const textOf = (pod: string, message: string): string =>
  `EventType:Warning\nEventNamespace:rc\nEventKind:Pod\nEventObject:${pod}\nEventReason:BackOff\nEventTime:${time}\nEventMessage:${message}`
const shortTextOf = (_: string, message: string): string =>
  `EventType:Warning\nEventKind:Pod\nEventReason:BackOff\nEventTime:${unset}\nEventMessage:${message}`
/** A JSON string as Go's templates leave it: the text's own escapes, and the message's. */
const inJson = (text: string): string => text.replaceAll('\n', '\\n')
const escaped = ({ message }: KubernetesEvent): string =>
  message === hard.message ? jsonHard : (message ?? '')

const published: readonly Published[] = [
  {
    what: 'WeCom, the default body by GET',
    sink: publishedSinks.wecomDefaultBody,
    doubles: (clock) => [wecom(clock, new Set([wecomKey]))],
    request: {
      method: 'GET',
      target: `/cgi-bin/webhook/send?key=${wecomKey}&label=oa-k8s`,
      contentType: undefined,
    },
    body: (_, event) =>
      '\n{\n\t"EventType": "Warning",\n\t"EventKind": "Pod",\n\t"EventReason": "BackOff",\n\t' +
      `"EventTime": "${time}",\n\t"EventMessage": "${escaped(event)}"\n}`,
  },
  {
    what: 'WeCom, a body of its own',
    sink: publishedSinks.wecomOwnBody,
    configMaps: [body('text', 'custom-webhook-body')],
    doubles: (clock) => [wecom(clock, new Set([wecomKey]))],
    request: { method: 'POST', target: `/cgi-bin/webhook/send?key=${wecomKey}`, contentType: json },
    body: (pod, event) => `{"msgtype": "text","text": {"content": "${inJson(textOf(pod, escaped(event)))}"}}`,
    shown: textOf,
  },
  {
    what: 'WeCom, a body that mentions',
    sink: publishedSinks.wecomOwnBody,
    configMaps: [body('mentions', 'custom-webhook-body')],
    doubles: (clock) => [wecom(clock, new Set([wecomKey]))],
    request: { method: 'POST', target: `/cgi-bin/webhook/send?key=${wecomKey}`, contentType: json },
    body: (pod, event) =>
      `{"msgtype": "text","text": {"content": "${inJson(`Cluster:name\n${textOf(pod, escaped(event))}`)}","mentioned_list":["name","@all"]}}`,
    shown: (pod, message) => `Cluster:name\n${textOf(pod, message)}`,
  },
  {
    what: 'WeCom, a body without one of its commas: sent as it is',
    sink: publishedSinks.wecomOwnBody,
    configMaps: [body('comma-missing', 'custom-webhook-body')],
    doubles: (clock) => [wecom(clock, new Set([wecomKey]))],
    request: { method: 'POST', target: `/cgi-bin/webhook/send?key=${wecomKey}`, contentType: json },
    // What is no JSON is not escaped, and loses its quotes, as ever.
    body: (_, { message = '' }) =>
      `{"EventType": "Warning","EventKind": "Pod""EventReason": "BackOff","EventTime": "${unset}","EventMessage": "${message.replaceAll('"', '')}"}`,
  },
  {
    what: 'WeCom by http, text and an empty markdown',
    sink: publishedSinks.wecomPlainHttp,
    configMaps: [body('text-and-markdown', 'custom-body')],
    doubles: (clock) => [wecom(clock, new Set(['633a31f6-0000-4000-8000-000000000000']))],
    request: {
      method: 'POST',
      target: '/cgi-bin/webhook/send?key=633a31f6-0000-4000-8000-000000000000',
      contentType: json,
    },
    body: (pod, event) =>
      `{"msgtype": "text","text": {"content":"${inJson(shortTextOf(pod, escaped(event)))}"},"markdown": {"title":"","text":""}}`,
    shown: shortTextOf,
  },
  {
    what: 'DingTalk by the webhook',
    sink: publishedSinks.dingtalkOwnBody,
    configMaps: [body('text-and-markdown', 'custom-body')],
    doubles: (clock) => [dingtalk(clock, { accessToken: 'token' })],
    request: { method: 'POST', target: '/robot/send?access_token=token', contentType: json },
    body: (pod, event) =>
      `{"msgtype": "text","text": {"content":"${inJson(shortTextOf(pod, escaped(event)))}"},"markdown": {"title":"","text":""}}`,
    shown: shortTextOf,
  },
  {
    what: 'Slack',
    sink: publishedSinks.slack,
    configMaps: [body('slack', 'custom-body')],
    doubles: (clock) => [slack(clock, { path: '/services/d/B00000000/made-up' })],
    request: { method: 'POST', target: '/services/d/B00000000/made-up?', contentType: json },
    body: (pod, event) =>
      `{"channel": "testing","username": "Eventer","text":"${inJson(shortTextOf(pod, escaped(event)))}"}`,
    shown: shortTextOf,
  },
  {
    what: 'BearyChat, a body without its braces: sent as it is',
    sink: publishedSinks.bearychat,
    configMaps: [body('bearychat', 'custom-body')],
    doubles: (clock) => [bearychat(clock, '/=bwIsS/incoming/xxxxxx')],
    request: { method: 'POST', target: '/=bwIsS/incoming/xxxxxx', contentType: json },
    body: (pod, { message = '' }) => `"text":"${inJson(shortTextOf(pod, ''))}${message.replaceAll('"', '')}"`,
  },
  {
    what: 'Worktile through the proxy',
    sink: publishedSinks.worktileProxy,
    configMaps: [body('worktile', 'custom-webhook-body')],
    doubles: (clock) => [worktileProxy(clock, worktile(clock))],
    request: { method: 'POST', target: '/eventer/', contentType: undefined },
    body: (pod, { message = '' }) =>
      `{"EventType": "Warning\\n","EventKind": "Pod\\n","EventObject": "${pod}\\n","EventReason": "BackOff\\n","EventTime": "${time}\\n","EventMessage": "${message.replaceAll('"', '')}"}`,
    shown: (pod, message) =>
      `EventType: Warning\nEventKind: Pod\nEventObject: ${pod}\nEventReason: BackOff\nEventTime: ${time}\nEventMessage: ${message.replaceAll('"', '')}`,
  },
]

describe('a published command line, with the body published for it', () => {
  for (const one of published) {
    it(`sends what it always sent, and people see it: ${one.what}`, async (test) => {
      const doubles: PlatformDouble[] = []
      const { tell, requests, program } = await play(test, {
        doubles: (clock) => {
          doubles.push(...one.doubles(clock))
          return doubles
        },
        run: [source, `--sink=${one.sink}`],
        configMaps: one.configMaps ?? [],
        env,
      })
      await tell([plain, hard], () => requests.length >= 2)
      await program.stop()
      const sent = requests.toSorted(
        (a, b) => (a.body.includes('Back-off') ? 0 : 1) - (b.body.includes('Back-off') ? 0 : 1),
      )
      const expected = [
        ['web-0', plain],
        ['web-1', hard],
      ] as const
      assert.deepEqual(
        sent.map(({ method, target, headers, body: text }) => ({
          method,
          target,
          contentType: headers['content-type'],
          body: text,
        })),
        expected.map(([name, event]) => ({ ...one.request, body: one.body(name, event) })),
      )
      const [{ shown, refusals } = assert.fail()] = doubles
      const { shown: shows } = one
      assert.deepEqual(
        shown.map(({ text }) => text).toSorted(),
        shows ? expected.map(([name, { message = '' }]) => shows(name, message)).toSorted() : [],
      )
      assert.equal(refusals.length, shows ? 0 : 2)
    })
  }

  it('shows DingTalk’s own text by the sink for it', async (test) => {
    const doubles: PlatformDouble[] = []
    const { tell } = await play(test, {
      doubles: (clock) => {
        doubles.push(dingtalk(clock, { accessToken: '0123abcd' }))
        return doubles
      },
      run: [source, `--sink=${publishedSinks.dingtalk}`],
      env,
    })
    const [{ shown, refusals } = assert.fail()] = doubles
    await tell([plain, hard], () => shown.length >= 2)
    assert.deepEqual(refusals, [])
    for (const { message = '' } of [plain, hard]) {
      assert.equal(shown.filter(({ text }) => text.includes('huang') && text.includes(message)).length, 1)
    }
  })

  it('is used wherever a body is published: each at least once', () => {
    const used = new Set(
      published.flatMap(({ configMaps = [] }) => configMaps.map(({ data }) => data?.['content'])),
    )
    assert.deepEqual(
      bodies.filter(({ data }) => !used.has(data?.['content'])).map(({ metadata }) => metadata.name),
      [],
    )
    const sinks: ReadonlySet<string> = new Set(published.map(({ sink }) => sink))
    assert.deepEqual(
      Object.entries(publishedSinks)
        .filter(([, sink]) => !sinks.has(sink))
        .map(([name]) => name),
      ['dingtalk', 'dingtalkPlaceholder', 'placeholder'],
    )
  })
})

describe('a published command line whose URL is a placeholder', () => {
  for (const sink of [publishedSinks.dingtalkPlaceholder, publishedSinks.placeholder]) {
    it(`is told, and the sinks beside it go on: ${sink}`, async (test) => {
      const doubles: PlatformDouble[] = []
      const { tell, program } = await play(test, {
        doubles: (clock) => {
          doubles.push(dingtalk(clock, { accessToken: '0123abcd' }))
          return doubles
        },
        run: [source, `--sink=${sink}`, `--sink=${publishedSinks.dingtalk}`],
        env,
        isWhole: false,
      })
      const [{ shown } = assert.fail()] = doubles
      await tell([plain], () => shown.length >= 1)
      assert.ok(program.lines(/has no host/).length > 0)
    })
  }
})

describe('the published Deployment of three WeCom groups', () => {
  it('tells each group what its filter lets pass', async (test) => {
    const doubles: PlatformDouble[] = []
    const { tell, requests, program } = await play(test, {
      doubles: (clock) => {
        doubles.push(wecom(clock, new Set(['k0', 'k1', 'k2'])))
        return doubles
      },
      run: [source, ...publishedGroups.map((sink) => `--sink=${sink}`)],
      configMaps: [0, 1, 2].map((number) => body('mentions', `custom-webhook-body${number}`, 'ns')),
      env,
    })
    const [{ refusals } = assert.fail()] = doubles
    const of = (name: string, reason: string, namespace = 'ns'): KubernetesEvent =>
      podEvent(name, 'x', {
        reason,
        involvedObject: { kind: 'Pod', namespace, name, uid: `uid-${name}` },
      })
    const events = [
      of('web-0', 'BackOff'),
      of('web-1', 'Failed'),
      of('web-2', 'Unhealthy'),
      of('web-3', 'BackOff', 'other'),
    ]
    await tell(events, () => requests.length >= 4)
    await program.stop()
    const told = requests.map(({ target, body: text }) => {
      return `${/key=(k\d)$/.exec(target)?.[1]} ${/EventObject:(web-\d)/.exec(text)?.[1]}`
    })
    // `[^Unhealthy]` is a class of characters: `Unhealthy` alone has none that is outside of it.
    assert.deepEqual(told.toSorted(), ['k0 web-0', 'k0 web-1', 'k1 web-0', 'k2 web-1'])
    assert.deepEqual(refusals, [])
  })
})
