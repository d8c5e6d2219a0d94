/** What the robot is sent, held against recordings of kube-eventer. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { FilterOptions, Pattern } from '../../domain/filter-options.ts'
import type { KubernetesEvent } from '../../domain/event.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import type { HttpReceiver } from '../../sink-kit/testing/http-receiver.ts'
import { occurrenceOf, sinkArgument } from '../../sink-kit/testing/sink-world.ts'
import dingtalk from './index.ts'
import { robotQuery } from './sign.ts'
import { openSink, startSecureReceiver } from './testing/run.ts'

interface Golden {
  readonly id: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly events: readonly string[]
  readonly answers?: readonly { readonly status?: number; readonly body?: unknown }[]
  readonly requests: readonly {
    readonly scheme: string
    readonly method: string
    readonly path: string
    readonly query: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }[]
  readonly varying?: readonly { readonly placeholder: string; readonly recorded: string }[]
}

const folder = new URL('../../../test/golden/wire/', import.meta.url)
const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
const events = read<Readonly<Record<string, { readonly object: KubernetesEvent }>>>('events.json')
const secret = 'SEC000'

function eventOf(id: string): KubernetesEvent {
  const event = events[id]?.object
  assert.ok(event, id)
  return event
}

/** The sink's argument with the receiver in the place of DingTalk or of the recorder. */
function argumentOf({ argv }: Golden, host: string): string {
  const text = argv.find((one) => one.startsWith('--sink='))?.slice('--sink='.length) ?? ''
  return text
    .replaceAll('oapi.dingtalk.com', host)
    .replaceAll('<recorder>', host)
    .replaceAll('<sign>', secret)
}

function passes({ level, namespaces, kinds }: FilterOptions, event: KubernetesEvent): boolean {
  const types = level === 'Normal' ? ['Normal', 'Warning'] : ['Warning']
  const isListed = (patterns: readonly Pattern[] | undefined, value = ''): boolean =>
    patterns?.some((pattern) => pattern.kind === 'exact' && pattern.value === value) ?? true
  return (
    (level === 'all' || types.includes(event.type ?? '')) &&
    isListed(namespaces, event.metadata.namespace) &&
    isListed(kinds, event.involvedObject.kind)
  )
}

async function replay(golden: Golden, receiver: HttpReceiver): Promise<readonly Outcome[]> {
  const { kit, own } = splitArgument(sinkArgument(argumentOf(golden, receiver.host)))
  const { filter } = dingtalk.readArgument(own, kit)
  assert.equal(filter.namespaceOf, 'event')
  const sink = await openSink(argumentOf(golden, receiver.host), undefined, golden.env)
  const outcomes: Outcome[] = []
  for (const event of golden.events.map(eventOf).filter((one) => passes(filter, one))) {
    outcomes.push(...(await sink.send([occurrenceOf(event)], new AbortController().signal)))
  }
  await sink.close()
  return outcomes
}

/** The original's text with its plain defects put right. */
function expectedBody(golden: Golden, body: string, event: KubernetesEvent): unknown {
  const parsed: { text: { content: string } } = JSON.parse(body)
  if (golden.id === 'ke-dingtalk-labels') {
    // It tells labels in reverse order.
    parsed.text.content = parsed.text.content.replace('\n杭州\ncluster-1\n', 'cluster-1\n杭州\n\n')
  }
  if (golden.id === 'ke-dingtalk-label-percent') {
    // It takes a label for a format.
    const { involvedObject, metadata, reason, type, message } = event
    const time = /Reason:([\d: -]+) /.exec(parsed.text.content)?.[1]
    parsed.text.content =
      `100%s\nLevel:${type} \nKind:${involvedObject.kind} \nNamespace:${metadata.namespace} \n` +
      `Name:${metadata.name} \nReason:${reason} \nTimestamp:${time} \nMessage:${message ?? ''}`
  }
  return parsed
}

describe('a DingTalk robot, as kube-eventer was recorded', () => {
  const names = readdirSync(folder).filter((name) => name.startsWith('ke-dingtalk-'))
  assert.ok(names.length >= 17)
  for (const name of names) {
    const golden = read<Golden>(name)
    if (golden.id === 'ke-dingtalk-no-token') continue
    it(golden.id, async () => {
      const receiver = await startSecureReceiver()
      receiver.reply({ body: JSON.stringify({ errcode: 0, errmsg: 'ok' }) })
      try {
        const outcomes = await replay(golden, receiver)
        assert.ok(outcomes.every(({ kind }) => kind === 'delivered'))
        assert.equal(receiver.requests.length, golden.requests.length)
        for (const [at, theirs] of golden.requests.entries()) {
          const request = receiver.requests[at]
          assert.ok(request)
          assert.equal(theirs.scheme, 'https')
          assert.equal(request.method, theirs.method)
          const [, sign = '', now = ''] = /&sign=([^&]*)&timestamp=(\d+)$/.exec(request.target) ?? []
          const query = theirs.query.replace('<sign>', sign).replace('<now-ms>', now)
          assert.equal(request.target, `${theirs.path}?${query}`)
          assert.equal(request.headers.host, receiver.host)
          assert.equal(request.headers['content-type'], theirs.headers['Content-Type'])
          const eventName = /Name:(?: \[?)?([\w.-]+)/.exec(theirs.body)?.[1] ?? ''
          const event = golden.events
            .map(eventOf)
            .find(({ metadata }) => theirs.body.includes(metadata.name ?? ''))
          assert.ok(event, eventName)
          assert.deepEqual(JSON.parse(request.body), expectedBody(golden, theirs.body, event))
        }
      } finally {
        await receiver.close()
      }
    })
  }

  it('ke-dingtalk-no-token', () => {
    const golden = read<Golden>('ke-dingtalk-no-token.json')
    const { kit, own } = splitArgument(sinkArgument(argumentOf(golden, 'oapi.dingtalk.com')))
    const result = dingtalk.schema.safeParse(dingtalk.readArgument(own, kit).options)
    assert.deepEqual(
      result.error?.issues.map(({ path }) => path),
      [['access_token']],
    )
  })

  it('signs as kube-eventer does', () => {
    const { varying = [] } = read<Golden>('ke-dingtalk-sign.json')
    const recorded = varying.map((one) => one.recorded)
    assert.equal(recorded[0], `sign=${secret}`)
    for (let at = 1; at + 1 < recorded.length; at += 2) {
      const [timestamp, sign] = [recorded[at], recorded[at + 1]]
      const nowMs = Number(timestamp?.slice('timestamp='.length))
      assert.equal(robotQuery('tok-sign.', secret, nowMs), `access_token=tok-sign.&${sign}&${timestamp}`)
    }
  })
})

describe('a DingTalk robot, where kube-eventer lost events', () => {
  async function outcomesOf(id: string): Promise<readonly Outcome[]> {
    const golden = read<Golden>(`${id}.json`)
    const [answer] = golden.answers ?? []
    const receiver = await startSecureReceiver()
    receiver.reply({ status: answer?.status ?? 200, body: JSON.stringify(answer?.body ?? {}) })
    try {
      return await replay(golden, receiver)
    } finally {
      await receiver.close()
    }
  }

  it('keeps them while it answers 500', async () => {
    for (const outcome of await outcomesOf('ke-dingtalk-answer-500')) {
      assert.ok(outcome.kind === 'retry' && outcome.reason === 'server-error')
    }
  })

  it('keeps them while it takes none since there were too many, and leaves it in peace for ten minutes', async () => {
    for (const outcome of await outcomesOf('ke-dingtalk-answer-errcode')) {
      assert.ok(outcome.kind === 'retry' && outcome.reason === 'throttled')
      assert.equal(outcome.afterMs, 600_000)
    }
  })
})
