/** The contract of sinks, and every byte of what a BearyChat robot gets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import type { Behaviour, ContractReceiver } from '../../sink-kit/contract.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import type { Received, Reply } from '../../sink-kit/testing/http-receiver.ts'
import { startReceiver } from '../../sink-kit/testing/http-receiver.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../sink-kit/testing/sink-world.ts'
import bearychat from './index.ts'

const { signal } = new AbortController()
const secrets = ['path-canary-1111', 'password-canary-2222', 'query-canary-3333']
const [path, password, query] = secrets

/** Answers repeat all that came, as some gateways do. */
function replyTo(how: Behaviour, request: Received): Reply {
  const echo = JSON.stringify(request)
  switch (how) {
    case 'takes':
      return { body: '{"code":0,"result":null}' }
    case 'fails':
      return { status: 500, body: JSON.stringify({ code: 5, error: echo }) }
    case 'refuses-message':
      return { status: 400, body: JSON.stringify({ code: 1, error: echo }) }
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

describe('bearychat', () => {
  runSinkContract({
    declaration: bearychat,
    argument: `bearychat:http://user:${password}@<endpoint>/=bw/incoming/${path}?token=${query}&level=Normal`,
    secrets,
    behaviours: ['takes', 'fails', 'refuses-message', 'is-throttled', 'hangs'],
    holds: (message, { event }) => message.includes(`EventMessage: ${event.message ?? ''}`),
    startReceiver: contractReceiver,
  })
})

describe('a message to BearyChat', () => {
  it('is a text with an attachment, without Markdown, and cut to what the robot shows', async () => {
    const receiver = await startReceiver()
    const { kit, own } = splitArgument(
      sinkArgument(`bearychat:http://${receiver.host}/=bw0/incoming/key?label=prod&level=Normal`),
    )
    const { options } = bearychat.readArgument(own, kit)
    const sink = await bearychat.open(z.parse(bearychat.schema, options), sinkWorld(1).context)
    await sink.send([occurrenceOf(podEvent(7, '**no** "Markdown"'))], signal)
    await sink.send([occurrenceOf(podEvent(8, '探'.repeat(10_000)))], signal)
    await sink.close()
    await receiver.close()
    const [first, second] = receiver.requests
    assert.equal(first?.target, '/=bw0/incoming/key')
    assert.equal(first.headers['content-type'], 'application/json; charset=UTF-8')
    assert.equal(
      first.body,
      '{"text":"Kubernetes Event Driven","notification":"Warning BackOff Pod web-7","markdown":false,' +
        '"attachments":[{"title":"Warning BackOff Pod web-7",' +
        String.raw`"text":"prod\nEventType: Warning\nEventNamespace: shop\nEventKind: Pod\nEventObject: web-7\n` +
        String.raw`EventReason: BackOff\nEventTime: 2024-05-06 09:30:15 +0000 UTC\n` +
        String.raw`EventMessage: **no** \"Markdown\"","color":"#51bcb6"}]}`,
    )
    const [attachment] = JSON.parse(second?.body ?? '').attachments
    assert.match(attachment.text, /… \(\d+ characters more\)$/)
    assert.ok(Buffer.byteLength(attachment.text) <= 8_192)
  })
})
