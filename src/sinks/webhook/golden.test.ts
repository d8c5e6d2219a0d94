/** What the webhook sends, held against recordings of kube-eventer. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import type { KubernetesEvent } from '../../domain/event.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { commandLineSpelling, reviewFilter } from '../../sink-kit/filter-review.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { makeCertificates } from '../../sink-kit/testing/certificates.ts'
import type { Answer, HttpReceiver } from '../../sink-kit/testing/http-receiver.ts'
import { startReceiver } from '../../sink-kit/testing/http-receiver.ts'
import { occurrenceOf, sinkArgument, sinkWorld } from '../../sink-kit/testing/sink-world.ts'
import { compileFilter } from '../../stages/filter.ts'
import webhook from './index.ts'

interface GoldenRequest {
  readonly method?: string
  readonly path: string
  readonly query?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface Golden {
  readonly id: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly events: readonly string[]
  readonly answers?: readonly (Omit<Answer, 'body'> & { readonly body?: unknown })[]
  readonly requests: readonly GoldenRequest[]
}

const folder = new URL('../../../test/golden/wire/', import.meta.url)
const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
const events = read<Readonly<Record<string, { readonly object: KubernetesEvent }>>>('events.json')

const ours: Readonly<Record<string, string>> = {
  'ke-webhook-answer-201': 'any 2xx is delivered',
  'ke-webhook-answer-204': 'any 2xx is delivered',
  'ke-webhook-answer-302': 'a redirect that loses the body is refused',
  'ke-webhook-https-untrusted': 'tells that the certificate is not trusted',
  'ke-webhook-refused': 'waits for the endpoint',
  'ke-webhook-method-invalid': 'says so at start',
  'ke-webhook-namespaces-regexp': 'an expression is one',
  'ke-webhook-reason-invalid': 'says so at start',
  'ke-webhook-reason-repeated': 'repeated options add up',
}

const certificates = makeCertificates()
after(() => certificates.remove())

/** Sends what a golden was given, as the program would: filter, then one send after another. */
async function replay(golden: Golden, receiver: HttpReceiver): Promise<readonly Outcome[]> {
  const text = golden.argv.find((one) => one.startsWith('--sink='))?.slice('--sink='.length) ?? ''
  const { kit, own, problems } = splitArgument(sinkArgument(text.replaceAll('<recorder>', receiver.host)))
  assert.deepEqual(problems, [])
  const argument = webhook.readArgument(own, kit)
  assert.deepEqual(argument.errors, [])
  const review = reviewFilter(argument.filter, commandLineSpelling)
  assert.deepEqual(review.errors, [])
  const filter = compileFilter(review.filter)
  const env = { SSL_CERT_FILE: certificates.files.ca, SSL_CERT_DIR: certificates.directory, ...golden.env }
  if (golden.env['SSL_CERT_FILE'])
    Object.assign(env, { SSL_CERT_FILE: certificates.files.empty, SSL_CERT_DIR: '/dev/null' })
  const { context } = sinkWorld(1, env)
  const sink = await webhook.open(webhook.schema.parse(argument.options), context)
  const outcomes: Outcome[] = []
  try {
    for (const event of golden.events.map(eventOf).filter((one) => filter(one).pass)) {
      outcomes.push(...(await sink.send([occurrenceOf(event)], context.signal)))
    }
  } finally {
    await sink.close()
  }
  return outcomes
}

function eventOf(id: string): KubernetesEvent {
  const event = events[id]?.object
  assert.ok(event, id)
  return event
}

const ownOptions = /^(level|namespaces|kinds|reason|header|method)=/

/** Our request line for theirs: the sink's own options stay here. */
function targetOf({ path, query }: GoldenRequest): string {
  const kept = (query ?? '').split('&').filter((pair) => pair !== '' && !ownOptions.test(pair))
  return kept.length === 0 ? path : `${path}?${kept.join('&')}`
}

/** Theirs with the message's quotes back and its special characters escaped; the time of sending is ours. */
function bodyOf({ body }: GoldenRequest, event: KubernetesEvent): string {
  const message = event.message ?? ''
  const theirs = `"EventMessage": "${message.replaceAll('"', '')}"`
  assert.ok(body.includes(theirs), body)
  return body
    .replace(theirs, () => `"EventMessage": ${JSON.stringify(message)}`)
    .replace('<now-go-string>', '2024-05-06 12:00:00.25 +0000 UTC')
}

/** What is not the webhook's (variables, a second sink), or not of this release (a refused option). */
function isElsewhere({ argv }: Golden): boolean {
  const sinks = argv.filter((one) => one.startsWith('--sink='))
  return sinks.length > 1 || sinks.some((one) => /[?&]custom_body_configmap=|\$\{?[A-Z]/.test(one))
}

/** Set by the connection, or Go's own. */
const notCompared = new Set(['host', 'user-agent', 'content-length', 'accept-encoding'])

describe('a webhook, as kube-eventer was recorded', () => {
  const names = readdirSync(folder).filter((name) => name.startsWith('ke-webhook-'))
  assert.ok(names.length > 30)
  for (const name of names) {
    const golden = read<Golden>(name)
    if (golden.id in ours || isElsewhere(golden)) continue
    it(golden.id, async () => {
      const receiver = await startReceiver(
        golden.argv.some((one) => one.includes('webhook:https')) ? certificates.server : undefined,
      )
      const [answer] = golden.answers ?? []
      if (answer) receiver.reply({ ...answer, body: JSON.stringify(answer.body ?? '') })
      try {
        await replay(golden, receiver)
        assert.equal(receiver.requests.length, golden.requests.length)
        for (const [at, theirs] of golden.requests.entries()) {
          const request = receiver.requests[at]
          assert.ok(request)
          assert.equal(request.method, theirs.method)
          assert.equal(request.target, targetOf(theirs))
          assert.equal(request.headers.host, receiver.host)
          for (const [header, value] of Object.entries(theirs.headers)) {
            if (notCompared.has(header.toLowerCase())) continue
            assert.equal(request.headers[header.toLowerCase()], value, header)
          }
          const reason = /"EventReason": "(\w+)"/.exec(theirs.body)?.[1]
          const event = golden.events.map(eventOf).find((one) => one.reason === reason)
          assert.ok(event)
          assert.equal(request.body, bodyOf(theirs, event))
        }
      } finally {
        await receiver.close()
      }
    })
  }
})

describe('a webhook, where kube-eventer read a filter otherwise', () => {
  async function reasonsOf(id: string): Promise<readonly string[]> {
    const receiver = await startReceiver()
    try {
      await replay(read<Golden>(`${id}.json`), receiver)
      return receiver.requests.map(({ body }) => /"EventReason": "(\w+)"/.exec(body)?.[1] ?? '')
    } finally {
      await receiver.close()
    }
  }

  it('takes an expression in namespaces for one', async () => {
    const golden = read<Golden>('ke-webhook-namespaces-regexp.json')
    const wanted = golden.events
      .map(eventOf)
      .filter((one) => one.involvedObject.namespace?.startsWith('wire-') ?? false)
    assert.ok(wanted.length > 0 && wanted.length < golden.events.length)
    assert.deepEqual(
      await reasonsOf(golden.id),
      wanted.map(({ reason }) => reason),
    )
  })

  it('lets what any of a repeated option matches pass', async () => {
    assert.deepEqual(
      new Set(await reasonsOf('ke-webhook-reason-repeated')),
      new Set(['BackOff', 'Scheduled']),
    )
  })

  it('refuses an expression that is none, before anything is sent', () => {
    const { kit, own } = splitArgument(sinkArgument('webhook:http://hooks.example.test/?reason=['))
    const { errors } = reviewFilter(webhook.readArgument(own, kit).filter, commandLineSpelling)
    assert.match(errors[0]?.what ?? '', /option `reason`: `\[` is no regular expression: missing closing \]/)
  })
})

describe('a webhook, where kube-eventer lost events', () => {
  async function outcomesOf(
    id: string,
    prepare: (receiver: HttpReceiver) => Promise<void> | void,
  ): Promise<string[]> {
    const golden = read<Golden>(`${id}.json`)
    const tls = golden.argv.some((one) => one.includes('webhook:https')) ? certificates.server : undefined
    const receiver = await startReceiver(tls)
    await prepare(receiver)
    try {
      const outcomes = await replay(golden, receiver)
      return outcomes.map((outcome) =>
        outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`,
      )
    } finally {
      await receiver.close()
    }
  }
  const all = (outcome: string): string[] => [outcome, outcome, outcome]

  it('takes any 2xx for delivered', async () => {
    assert.deepEqual(
      await outcomesOf('ke-webhook-answer-201', (to) => to.reply({ status: 201 })),
      all('delivered'),
    )
    assert.deepEqual(
      await outcomesOf('ke-webhook-answer-204', (to) => to.reply({ status: 204, body: '' })),
      all('delivered'),
    )
  })

  it('refuses a redirect that would lose method and body', async () => {
    const outcomes = await outcomesOf('ke-webhook-answer-302', (to) =>
      to.reply({ status: 302, headers: { location: '/elsewhere' } }),
    )
    assert.deepEqual(outcomes, all('retry refused'))
  })

  it('keeps events while nobody listens', async () => {
    assert.deepEqual(await outcomesOf('ke-webhook-refused', (to) => to.close()), all('retry unreachable'))
  })

  it('keeps events while the certificate is not trusted', async () => {
    const outcomes = await outcomesOf('ke-webhook-https-untrusted', () => undefined)
    assert.equal(outcomes.length, 12)
    assert.deepEqual([...new Set(outcomes)], ['retry unreachable'])
  })

  it('refuses a method that is none, before anything is sent', () => {
    const { kit, own } = splitArgument(sinkArgument('webhook:http://hooks.example.test/?method=B%20AD'))
    const result = webhook.schema.safeParse(webhook.readArgument(own, kit).options)
    assert.equal(result.success, false)
  })

  it('sends a header whose value has an equals sign', async () => {
    const receiver = await startReceiver()
    await replay(read<Golden>('ke-webhook-header-value-with-equals.json'), receiver)
    await receiver.close()
    assert.equal(receiver.requests[0]?.headers.authorization, 'Basic YTpiYw==')
  })
})
