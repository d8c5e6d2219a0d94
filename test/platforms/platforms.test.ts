/** What each platform answers to what people get wrong, and what the table of platforms makes of it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeClock } from '../../src/domain/testing/fake-clock.ts'
import { outcomeOfAnswer } from '../../src/sink-kit/http-outcome.ts'
import { platformFor } from '../../src/sink-kit/platform.ts'
import { platformNames } from '../../src/sink-kit/platforms/row.ts'
import type { PlatformName } from '../../src/sink-kit/platforms/row.ts'
import { splitHost } from '../../src/sink-kit/raw-url.ts'
import { bearychat } from './bearychat.ts'
import { dingtalk } from './dingtalk.ts'
import { discord } from './discord.ts'
import type { PlatformDouble } from './double.ts'
import { feishu } from './feishu.ts'
import { mattermost } from './mattermost.ts'
import { pagerduty, routingKey } from './pagerduty.ts'
import { slack } from './slack.ts'
import { teams } from './teams.ts'
import { telegram } from './telegram.ts'
import { wecom } from './wecom.ts'
import { whatsapp } from './whatsapp.ts'
import { worktile } from './worktile.ts'

type Meaning = 'delivered' | 'retry refused' | 'retry throttled' | 'rejected bad-message'

/** One request, other than the good one. */
interface Mistake {
  readonly what: string
  readonly meaning: Meaning
  readonly target?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** At a robot that is set up otherwise. */
  readonly at?: (clock: FakeClock) => PlatformDouble
}

interface Scenario {
  readonly make: (clock: FakeClock) => PlatformDouble
  readonly told?: PlatformName
  /** What is shown. */
  readonly good: {
    readonly target: string
    readonly body: string
    readonly headers?: Readonly<Record<string, string>>
  }
  readonly mistakes: readonly Mistake[]
  /** Messages at once that are one too many, and how long that lasts. Absent: no quota is known. */
  readonly flood?: { readonly messages: number; readonly lastsMs: number }
}

const json = { 'content-type': 'application/json' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const malformed: Mistake = {
  what: 'a body that is no JSON',
  body: '{"text": "a"b"}',
  meaning: 'rejected bad-message',
}
const long = 'x'.repeat(600_000)
const whatsappTemplate = (text: string): string =>
  JSON.stringify({
    messaging_product: 'whatsapp',
    to: '15550100',
    type: 'template',
    template: {
      name: 'kube_event',
      language: { code: 'en' },
      components: [
        {
          type: 'body',
          parameters: [
            { type: 'text', text: 'Pod' },
            { type: 'text', text },
          ],
        },
      ],
    },
  })
const pagerdutyEvent = (summary: string, key = routingKey): string =>
  JSON.stringify({
    routing_key: key,
    event_action: 'trigger',
    payload: { summary, source: 's', severity: 'error' },
  })
const card = (text: string): string =>
  JSON.stringify({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: { type: 'AdaptiveCard', body: [{ type: 'TextBlock', text }] },
      },
    ],
  })
const teamsPath = '/workflows/0123456789abcdef/triggers/manual/paths/invoke'

const scenarios: Readonly<Record<PlatformName, Scenario>> = {
  dingtalk: {
    make: (clock) => dingtalk(clock),
    good: {
      target: '/robot/send?access_token=example-token',
      body: '{"msgtype":"text","text":{"content":"x"}}',
    },
    flood: { messages: 20, lastsMs: 600_000 },
    mistakes: [
      { what: 'an unknown token', target: '/robot/send?access_token=other', meaning: 'retry refused' },
      malformed,
      { what: 'a body that is said to be a form', headers: form, meaning: 'retry refused' },
      {
        what: 'a message too long',
        body: JSON.stringify({ msgtype: 'text', text: { content: long } }),
        meaning: 'rejected bad-message',
      },
      {
        what: 'a message without the keyword',
        at: (clock) => dingtalk(clock, { accessToken: 'example-token', keywords: ['Kubernetes'] }),
        meaning: 'retry refused',
      },
      {
        what: 'a message that is not signed',
        at: (clock) => dingtalk(clock, { accessToken: 'example-token', secret: 'SECexample' }),
        meaning: 'retry refused',
      },
    ],
  },
  wecom: {
    make: (clock) => wecom(clock),
    good: {
      target: '/cgi-bin/webhook/send?key=example-key',
      body: '{"msgtype":"text","text":{"content":"x"}}',
    },
    flood: { messages: 20, lastsMs: 60_000 },
    mistakes: [
      { what: 'an unknown key', target: '/cgi-bin/webhook/send?key=other', meaning: 'retry refused' },
      { what: 'no key', target: '/cgi-bin/webhook/send', meaning: 'retry refused' },
      malformed,
      { what: 'a message without text', body: '{"msgtype":"text"}', meaning: 'rejected bad-message' },
      {
        what: 'a message too long',
        body: JSON.stringify({ msgtype: 'text', text: { content: long } }),
        meaning: 'rejected bad-message',
      },
    ],
  },
  feishu: {
    make: (clock) => feishu(clock),
    good: {
      target: '/open-apis/bot/v2/hook/example-hook',
      body: '{"msg_type":"text","content":{"text":"x"}}',
    },
    flood: { messages: 5, lastsMs: 1_000 },
    mistakes: [
      { what: 'an unknown hook', target: '/open-apis/bot/v2/hook/other', meaning: 'retry refused' },
      malformed,
      { what: 'a body that is said to be a form', headers: form, meaning: 'rejected bad-message' },
      {
        what: 'a message too long',
        body: JSON.stringify({ msg_type: 'text', content: { text: long } }),
        meaning: 'rejected bad-message',
      },
      {
        what: 'a message without the keyword',
        at: (clock) => feishu(clock, { keywords: ['Kubernetes'] }),
        meaning: 'retry refused',
      },
      {
        what: 'a message that is not signed',
        at: (clock) => feishu(clock, { secret: 'example-secret' }),
        meaning: 'retry refused',
      },
    ],
  },
  slack: {
    make: (clock) => slack(clock),
    good: { target: '/services/T00000000/B00000000/example-key', body: '{"text":"x"}' },
    flood: { messages: 1, lastsMs: 1_000 },
    mistakes: [
      { what: 'an unknown key', target: '/services/T00000000/B00000000/other', meaning: 'retry refused' },
      {
        what: 'an archived channel',
        at: (clock) => slack(clock, { isArchived: true }),
        meaning: 'retry refused',
      },
      malformed,
      { what: 'a body that is said to be a form', headers: form, meaning: 'rejected bad-message' },
      { what: 'a message without text', body: '{"channel":"x"}', meaning: 'rejected bad-message' },
      {
        what: 'a block too long',
        body: JSON.stringify({ blocks: [{ type: 'section', text: { type: 'plain_text', text: long } }] }),
        meaning: 'rejected bad-message',
      },
    ],
  },
  teams: {
    make: (clock) => teams(clock),
    good: { target: `${teamsPath}?sig=example-signature`, body: card('x') },
    flood: { messages: 4, lastsMs: 1_000 },
    mistakes: [
      {
        what: 'an unknown workflow',
        target: '/workflows/0/triggers/manual/paths/invoke',
        meaning: 'retry refused',
      },
      { what: 'a URL without its signature', target: teamsPath, meaning: 'retry refused' },
      {
        what: 'a workflow that is off',
        at: (clock) => teams(clock, { isOn: false }),
        meaning: 'retry refused',
      },
      malformed,
      { what: 'a body that is said to be a form', headers: form, meaning: 'rejected bad-message' },
      { what: 'another message than a card', body: '{"text":"x"}', meaning: 'rejected bad-message' },
    ],
  },
  discord: {
    make: discord,
    good: { target: '/api/webhooks/100000000000000001/example-token', body: '{"content":"x"}' },
    flood: { messages: 5, lastsMs: 2_000 },
    mistakes: [
      { what: 'an id that is none', target: '/api/webhooks/x/example-token', meaning: 'retry refused' },
      { what: 'an unknown id', target: '/api/webhooks/9/example-token', meaning: 'retry refused' },
      { what: 'a wrong token', target: '/api/webhooks/100000000000000001/other', meaning: 'retry refused' },
      malformed,
      { what: 'a body that is said to be a form', headers: form, meaning: 'rejected bad-message' },
      { what: 'an empty message', body: '{"content":""}', meaning: 'rejected bad-message' },
      {
        what: 'a message too long',
        body: JSON.stringify({ content: long }),
        meaning: 'rejected bad-message',
      },
    ],
  },
  mattermost: {
    make: mattermost,
    told: 'mattermost',
    good: { target: '/hooks/examplekey', body: '{"text":"x"}' },
    flood: { messages: 100, lastsMs: 1_000 },
    mistakes: [
      { what: 'an unknown key', target: '/hooks/other', meaning: 'retry refused' },
      malformed,
      { what: 'a message without text', body: '{}', meaning: 'rejected bad-message' },
      { what: 'a long message, which it takes', body: JSON.stringify({ text: long }), meaning: 'delivered' },
    ],
  },
  telegram: {
    make: (clock) => telegram(clock),
    good: {
      target: '/bot100000001:example-token/sendMessage',
      body: '{"chat_id":"-1001000000001","text":"x"}',
    },
    flood: { messages: 1, lastsMs: 1_000 },
    mistakes: [
      { what: 'a revoked token', target: '/bot100000001:other/sendMessage', meaning: 'retry refused' },
      { what: 'what is no token', target: '/botother/sendMessage', meaning: 'retry refused' },
      { what: 'an unknown chat', body: '{"chat_id":"-2","text":"x"}', meaning: 'retry refused' },
      {
        what: 'a bot that was kicked',
        at: (clock) => telegram(clock, { wasKicked: true }),
        meaning: 'retry refused',
      },
      malformed,
      { what: 'a body that is said to be a form', headers: form, meaning: 'retry refused' },
      {
        what: 'a message too long',
        body: JSON.stringify({ chat_id: '-1001000000001', text: long }),
        meaning: 'rejected bad-message',
      },
    ],
  },
  pagerduty: {
    make: pagerduty,
    good: { target: '/v2/enqueue', body: pagerdutyEvent('x') },
    flood: { messages: 120, lastsMs: 60_000 },
    mistakes: [
      { what: 'an unknown key', body: pagerdutyEvent('x', 'f'.repeat(32)), meaning: 'retry refused' },
      { what: 'a key of another length', body: pagerdutyEvent('x', 'f'), meaning: 'retry refused' },
      malformed,
      { what: 'an event without a summary', body: pagerdutyEvent(''), meaning: 'rejected bad-message' },
      {
        what: 'a summary too long',
        body: pagerdutyEvent('x'.repeat(1_025)),
        meaning: 'rejected bad-message',
      },
      { what: 'an event too large', body: pagerdutyEvent(long), meaning: 'rejected bad-message' },
    ],
  },
  whatsapp: {
    make: (clock) => whatsapp(clock),
    good: {
      target: '/v21.0/100000000000001/messages',
      headers: { ...json, authorization: 'Bearer example-token' },
      body: whatsappTemplate('x'),
    },
    flood: { messages: 1, lastsMs: 6_000 },
    mistakes: [
      {
        what: 'an expired token',
        at: (clock) => whatsapp(clock, { token: 'newer' }),
        meaning: 'retry refused',
      },
      { what: 'a number that is not ours', target: '/v21.0/1/messages', meaning: 'retry refused' },
      malformed,
      {
        what: 'a recipient that is not allowed',
        body: whatsappTemplate('x').replace('15550100', '15550199'),
        meaning: 'retry refused',
      },
      {
        what: 'a template that is not there',
        body: whatsappTemplate('x').replace('kube_event', 'other'),
        meaning: 'retry refused',
      },
      { what: 'a parameter of two lines', body: whatsappTemplate('a\nb'), meaning: 'rejected bad-message' },
      {
        what: 'a parameter too long',
        body: whatsappTemplate('x'.repeat(1_025)),
        meaning: 'rejected bad-message',
      },
    ],
  },
  bearychat: {
    make: bearychat,
    good: { target: '/=bw000/incoming/example-key', body: '{"text":"x"}' },
    mistakes: [
      { what: 'an unknown key', target: '/=bw000/incoming/other', meaning: 'retry refused' },
      malformed,
      { what: 'a message without text', body: '{}', meaning: 'rejected bad-message' },
    ],
  },
  worktile: {
    make: worktile,
    good: { target: '/incoming/example-key', body: '{"text":"x"}' },
    mistakes: [
      { what: 'an unknown key', target: '/incoming/other', meaning: 'retry refused' },
      malformed,
      { what: 'a body that is said to be a form', headers: form, meaning: 'rejected bad-message' },
    ],
  },
}

function meaningOf(
  double: PlatformDouble,
  told: PlatformName | undefined,
  { target, body, headers = json }: Scenario['good'],
): string {
  const answer = double.receive({ method: 'POST', target, body, headers })
  const { hostname } = splitHost(double.host, 'https')
  const platform = platformFor(hostname, told)
  assert.ok(platform, hostname)
  const outcome = outcomeOfAnswer(
    { status: answer.status ?? 200, body: answer.body ?? '' },
    platform,
    Date.UTC(2024, 4, 6),
    (text) => text,
  )
  return outcome.kind === 'delivered' ? 'delivered' : `${outcome.kind} ${outcome.reason}`
}

for (const name of platformNames) {
  const { make, told, good, mistakes, flood } = scenarios[name]
  describe(name, () => {
    it('shows a good message', () => {
      const double = make(new FakeClock())
      assert.equal(meaningOf(double, told, good), 'delivered')
      assert.equal(double.shown.length, 1)
      assert.deepEqual(double.refusals, [])
    })

    for (const { what, meaning, at = make, ...instead } of mistakes) {
      it(`${what}: ${meaning}`, () => {
        const double = at(new FakeClock())
        assert.equal(meaningOf(double, told, { ...good, ...instead }), meaning)
        assert.equal(double.shown.length > 0, meaning === 'delivered')
      })
    }

    if (flood) {
      it('takes so many messages, then none for a while, and then some again', async () => {
        const clock = new FakeClock()
        const double = make(clock)
        for (let count = 0; count < flood.messages; count++) {
          assert.equal(meaningOf(double, told, good), 'delivered')
        }
        assert.equal(meaningOf(double, told, good), 'retry throttled')
        await clock.advance(flood.lastsMs - 1)
        // Mattermost's limit fills up drop by drop.
        if (name !== 'mattermost') assert.equal(meaningOf(double, told, good), 'retry throttled')
        await clock.advance(flood.lastsMs + 1)
        assert.equal(meaningOf(double, told, good), 'delivered')
      })
    }
  })
}

describe('a flow of Teams', () => {
  it('loses silently what its action cannot post: the row’s bytes and quota keep it from that', () => {
    const double = teams(new FakeClock())
    const { good } = scenarios.teams
    assert.equal(meaningOf(double, undefined, { ...good, body: card(long) }), 'delivered')
    assert.deepEqual(double.shown, [])
    assert.match(double.refusals[0] ?? '', /RequestEntityTooLarge/)
  })
})
