/** The contract of sinks, and every byte of what a Worktile webhook gets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import type { Behaviour, ContractReceiver } from '../../sink-kit/contract.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import type { HttpReceiver, Received, Reply } from '../../sink-kit/testing/http-receiver.ts'
import { startReceiver } from '../../sink-kit/testing/http-receiver.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../sink-kit/testing/sink-world.ts'
import type { Sink } from '../../sink-kit/sink.ts'
import worktile from './index.ts'

const { signal } = new AbortController()
const secrets = ['path-canary-1111', 'password-canary-2222', 'query-canary-3333']
const [path, password, query] = secrets

/** Answers repeat all that came, as some gateways do. */
function replyTo(how: Behaviour, request: Received): Reply {
  const echo = JSON.stringify(request)
  switch (how) {
    case 'takes':
      return { body: '{"code":200,"data":true}' }
    case 'fails':
      return { body: JSON.stringify({ code: 500, message: echo }) }
    case 'refuses-message':
      return { status: 400, body: JSON.stringify({ code: 400, message: echo }) }
    case 'is-throttled':
      return { status: 429, headers: { 'retry-after': '7' }, body: echo }
    case 'hangs':
      return 'hang'
  }
}

async function contractReceiver(): Promise<ContractReceiver> {
  const receiver = await startReceiver()
  let how: Behaviour = 'takes'
  receiver.reply((request) => replyTo(how, request))
  return {
    endpoint: receiver.host,
    behave: (next) => {
      how = next
    },
    messages: () => receiver.requests.map(({ body }) => body),
    reached: () => receiver.gotten(1),
    close: () => receiver.close(),
  }
}

describe('worktile', () => {
  runSinkContract({
    declaration: worktile,
    argument: `worktile:http://user:${password}@<endpoint>/incoming/${path}?token=${query}&level=Normal`,
    secrets,
    behaviours: ['takes', 'fails', 'refuses-message', 'is-throttled', 'hangs'],
    holds: (message, { event }) => message.includes(`EventMessage: ${event.message ?? ''}`),
    startReceiver: contractReceiver,
  })
})

async function withSink(
  options: string,
  use: (setting: { readonly sink: Sink; readonly receiver: HttpReceiver }) => Promise<void>,
): Promise<void> {
  const receiver = await startReceiver()
  receiver.reply({ body: '{"code":200}' })
  const { kit, own, problems } = splitArgument(
    sinkArgument(`worktile:http://${receiver.host}/incoming/key${options}`),
  )
  assert.deepEqual(problems, [])
  const read = worktile.readArgument(own, kit)
  assert.deepEqual(read.errors, [])
  const sink = await worktile.open(z.parse(worktile.schema, read.options), sinkWorld(1).context)
  try {
    await use({ sink, receiver })
  } finally {
    await sink.close()
    await receiver.close()
  }
}

describe('a message to Worktile', () => {
  it('is an attachment in the form that people know', async () => {
    await withSink('?label=prod&label=&level=Normal&a=b', async ({ sink, receiver }) => {
      await sink.send([occurrenceOf(podEvent(7, 'a "quoted"\nline 🚀'))], signal)
      const [request] = receiver.requests
      assert.equal(request?.target, '/incoming/key?a=b')
      assert.equal(request.method, 'POST')
      assert.equal(request.headers['content-type'], 'application/json; charset=UTF-8')
      assert.equal(
        request.body,
        '{"attachment":{"fallback":"Warning BackOff Pod web-7","color":"#51bcb6","title":"Kubernetes Event Driven",' +
          String.raw`"text":"prod\nEventType: Warning\nEventNamespace: shop\nEventKind: Pod\nEventObject: web-7\n` +
          String.raw`EventReason: BackOff\nEventTime: 2024-05-06 09:30:15 +0000 UTC\n` +
          String.raw`EventMessage: a \"quoted\"\nline 🚀"}}`,
      )
    })
  })

  it('about a node names no namespace, and one that is too long is cut and says by how much', async () => {
    await withSink('', async ({ sink, receiver }) => {
      const event = { ...podEvent(1, '探'.repeat(10_000)), involvedObject: { kind: 'Node', name: 'node-1' } }
      await sink.send([occurrenceOf(event)], signal)
      const { attachment } = JSON.parse(receiver.requests[0]?.body ?? '')
      assert.ok(!attachment.text.includes('EventNamespace'))
      assert.match(attachment.text, /… \(\d+ characters more\)$/)
      assert.ok(Buffer.byteLength(attachment.text) <= 8_192)
    })
  })

  it('with a code that is neither 0 nor 200 was not taken', async () => {
    await withSink('', async ({ sink, receiver }) => {
      for (const [body, kind] of [
        ['{"code":0}', 'delivered'],
        ['{"code":200}', 'delivered'],
        ['{"code":404,"message":"no such channel"}', 'retry'],
      ] as const) {
        receiver.reply({ body })
        assert.equal((await sink.send([occurrenceOf(podEvent(1))], signal))[0]?.kind, kind)
      }
    })
  })
})

describe('an argument of Worktile', () => {
  const read = (text: string) => {
    const { kit, own } = splitArgument(sinkArgument(`worktile:${text}`))
    return worktile.readArgument(own, kit)
  }

  it('has its own options taken out of the URL, and the filter of the chat sinks', () => {
    const { options, filter, warnings } = read(
      'https://hook.worktile.com/incoming/k?namespaces=a,b&kinds=Pod&label=x&label=y&z=1',
    )
    assert.deepEqual(options, { url: 'https://hook.worktile.com/incoming/k?z=1', label: ['x', 'y'] })
    assert.equal(filter.level, 'Warning')
    assert.deepEqual(warnings, [])
  })

  it('without a question mark is a likely mistake, and without a host none that can be used', () => {
    assert.match(read('https://h/incoming/k&level=Normal').mistakes?.join() ?? '', /no `\?`.*\?level=/)
    assert.ok(!z.safeParse(worktile.schema, read('/incoming/k').options).success)
    assert.match(read('https://h/?ke.keywords=a').errors?.join() ?? '', /ke\.keywords/)
  })
})
