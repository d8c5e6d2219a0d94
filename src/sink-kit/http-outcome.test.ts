/** The table of answers, row by row. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Outcome } from '../domain/outcome.ts'
import { outcomeOfAnswer, readRetryAfter } from './http-outcome.ts'
import { platformFor, platformNamed } from './platform.ts'
import { platformNames } from './platforms/row.ts'
import { rows } from './platforms/table.ts'

const nowMs = Date.UTC(2024, 4, 6, 9, 30, 0)
const asIs = (text: string): string => text

function outcomeOf(status: number, body = '', host = 'hooks.example.test', retryAfter?: string): Outcome {
  const answer = { status, body, ...(retryAfter === undefined ? {} : { retryAfter }) }
  return outcomeOfAnswer(answer, platformFor(host), nowMs, asIs)
}

function nameOf(outcome: Outcome): string {
  return outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`
}

describe('an answer means', () => {
  const table: readonly (readonly [meaning: string, ...statuses: number[]])[] = [
    ['delivered', 200, 201, 202, 204, 206, 299],
    ['retry unreachable', 408, 503],
    ['retry throttled', 429],
    [
      'retry refused',
      300,
      301,
      302,
      303,
      304,
      307,
      308,
      401,
      403,
      404,
      405,
      406,
      407,
      409,
      410,
      418,
      423,
      451,
      499,
    ],
    ['rejected bad-message', 400, 413, 415, 422],
    ['retry server-error', 500, 501, 502, 504, 507, 511, 599, 600, 999],
  ]
  for (const [meaning, ...statuses] of table) {
    it(`${meaning}: ${statuses.join(' ')}`, () => {
      for (const status of statuses) assert.equal(nameOf(outcomeOf(status)), meaning, `${status}`)
    })
  }

  it('a wait, where it asks for one', () => {
    assert.deepEqual(outcomeOf(429, 'slow down', undefined, '7'), {
      kind: 'retry',
      reason: 'throttled',
      afterMs: 7_000,
      detail: 'answered 429: slow down',
    })
    assert.equal('afterMs' in outcomeOf(429), false)
  })

  it('one line of text, cut short', () => {
    const outcome = outcomeOf(500, `a\r\n\tb\u0000c ${'x'.repeat(1_000)}`)
    assert.ok(outcome.kind === 'retry' && outcome.detail !== undefined)
    assert.match(outcome.detail, /^answered 500: a b c x+…$/)
    assert.ok(outcome.detail.length < 230)
  })

  it('no half of a secret, wherever it is cut', () => {
    const secret = 'canary-0123456789'
    const redact = (text: string): string => text.replaceAll(secret, '…')
    for (let before = 0; before < 40; before++) {
      const body = ' '.repeat(before) + `${secret} `.repeat(200)
      const outcome = outcomeOfAnswer({ status: 500, body }, undefined, nowMs, redact)
      assert.ok(outcome.kind === 'retry' && !(outcome.detail ?? '').includes('cana'), outcome.kind)
    }
  })
})

describe('Retry-After', () => {
  for (const [text, ms] of [
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5_000],
    ['999999999999', 86_400_000],
    ['Mon, 06 May 2024 09:30:10 GMT', 10_000],
    ['Monday, 06-May-24 09:31:00 GMT', 60_000],
    ['Mon, 06 May 2024 09:00:00 GMT', 0],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
  ] as const) {
    it(`${JSON.stringify(text)} is ${ms ?? 'nothing'}`, () => assert.equal(readRetryAfter(text, nowMs), ms))
  }
})

describe('a platform', () => {
  for (const [host, status, body, meaning] of [
    ['oapi.dingtalk.com', 200, '{"errcode":0,"errmsg":"ok"}', 'delivered'],
    ['oapi.dingtalk.com', 200, '{"errcode":130101,"errmsg":"send too fast"}', 'retry throttled'],
    [
      'oapi.dingtalk.com',
      200,
      '{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"u","errcode":130101,"errmsg":"send too fast"}',
      'retry throttled',
    ],
    ['oapi.dingtalk.com', 200, '{"errcode":310000,"errmsg":"keywords not in content"}', 'retry refused'],
    ['oapi.dingtalk.com', 200, '{"errcode":40035,"errmsg":"no json"}', 'rejected bad-message'],
    ['oapi.dingtalk.com', 200, '{"errcode":-1,"errmsg":"busy"}', 'retry server-error'],
    ['oapi.dingtalk.com', 200, '{"errcode":123456,"errmsg":"in no document"}', 'retry server-error'],
    ['qyapi.weixin.qq.com', 200, '{"errcode":45009,"errmsg":"api freq out of limit"}', 'retry throttled'],
    ['qyapi.weixin.qq.com', 200, '{"errcode":93000,"errmsg":"invalid webhook url"}', 'retry refused'],
    ['qyapi.weixin.qq.com', 200, '{"errcode":45002,"errmsg":"too long"}', 'rejected bad-message'],
    [
      'qyapi.weixin.qq.com',
      200,
      '{"errcode":93000,"errmsg":"content exceed max length"}',
      'rejected bad-message',
    ],
    ['qyapi.weixin.qq.com', 200, `{"errcode":40058,"errmsg":"invalid param 'key'"}`, 'retry refused'],
    ['qyapi.weixin.qq.com', 200, '{"errcode":0,"errmsg":"ok. Warning: wrong json format. "}', 'delivered'],
    [
      'open.feishu.cn',
      200,
      '{"StatusCode":0,"StatusMessage":"success","code":0,"msg":"success"}',
      'delivered',
    ],
    ['open.feishu.cn', 200, '{"StatusCode":19001}', 'retry refused'],
    ['open.feishu.cn', 200, '{"code":11232,"msg":"frequency limited"}', 'retry throttled'],
    [
      'open.larksuite.com',
      400,
      '{"code":99991400,"msg":"request trigger frequency limit"}',
      'retry throttled',
    ],
    ['open.larksuite.com', 200, '{"code":9499,"msg":"Bad Request"}', 'rejected bad-message'],
    ['hooks.slack.com', 200, 'ok', 'delivered'],
    ['hooks.slack.com', 200, '{"ok":true}', 'delivered'],
    ['slack.com', 200, '{"ok":false,"error":"ratelimited"}', 'retry throttled'],
    ['slack.com', 200, '{"ok":false,"error":"invalid_auth"}', 'retry refused'],
    ['hooks.slack.com', 400, 'invalid_payload', 'rejected bad-message'],
    ['hooks.slack.com', 400, 'invalid_token', 'retry refused'],
    ['hooks.slack.com', 400, 'user_not_found', 'retry refused'],
    ['hooks.slack.com', 410, 'channel_is_archived', 'retry refused'],
    ['hooks.slack.com', 500, 'rollup_error', 'retry server-error'],
    ['hooks.slack.com', 400, 'in_no_document', 'rejected bad-message'],
    ['hooks.slack.com', 200, 'accepted', 'delivered'],
    ['slack.com', 200, '{"ok":false,"error":"in_no_document"}', 'retry server-error'],
    ['hooks.slack.com', 404, 'no_service', 'retry refused'],
    ['a.webhook.office.com', 200, '1', 'delivered'],
    [
      'a.webhook.office.com',
      200,
      'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x',
      'retry throttled',
    ],
    ['prod-1.westeurope.logic.azure.com', 202, '', 'delivered'],
    [
      'prod-1.westeurope.logic.azure.com',
      400,
      '{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"in state Disabled"}}',
      'retry refused',
    ],
    [
      'x.environment.api.powerplatform.com',
      400,
      '{"error":{"code":"TriggerInputSchemaMismatch","message":"Expected String but got Null"}}',
      'rejected bad-message',
    ],
    [
      'prod-1.westeurope.logic.azure.com',
      401,
      '{"error":{"code":"DirectApiAuthorizationRequired"}}',
      'retry refused',
    ],
    ['discord.com', 204, '', 'delivered'],
    ['discord.com', 200, '{"id":"1","channel_id":"2","content":"x"}', 'delivered'],
    ['discord.com', 429, '{"message":"You are being rate limited.","retry_after":0.64}', 'retry throttled'],
    ['discord.com', 404, '{"message":"Unknown Webhook","code":10015}', 'retry refused'],
    ['discord.com', 400, '{"message":"Invalid Form Body","code":50035}', 'rejected bad-message'],
    ['discord.com', 400, '{"message":"forum","code":220001}', 'retry refused'],
    ['discord.com', 400, '{"webhook_id":["Value is not snowflake."]}', 'retry refused'],
    ['discord.com', 401, '{"message":"401: Unauthorized","code":0}', 'retry refused'],
    ['a.cloud.mattermost.com', 200, 'ok', 'delivered'],
    [
      'a.cloud.mattermost.com',
      400,
      '{"id":"web.incoming_webhook.invalid.app_error","message":"Invalid webhook.","status_code":400}',
      'retry refused',
    ],
    [
      'a.cloud.mattermost.com',
      400,
      '{"id":"web.incoming_webhook.text.app_error","message":"No text specified.","status_code":400}',
      'rejected bad-message',
    ],
    ['api.telegram.org', 200, '{"ok":true,"result":{"message_id":7}}', 'delivered'],
    [
      'api.telegram.org',
      429,
      '{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5","parameters":{"retry_after":5}}',
      'retry throttled',
    ],
    [
      'api.telegram.org',
      400,
      '{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}',
      'retry refused',
    ],
    [
      'api.telegram.org',
      400,
      '{"ok":false,"error_code":400,"description":"Bad Request: message is too long"}',
      'rejected bad-message',
    ],
    ['api.telegram.org', 404, '{"ok":false,"error_code":404,"description":"Not Found"}', 'retry refused'],
    ['events.pagerduty.com', 202, '{"status":"success","message":"Event processed"}', 'delivered'],
    [
      'events.pagerduty.com',
      400,
      '{"status":"invalid event","message":"Event object is invalid","errors":["Invalid routing key"]}',
      'retry refused',
    ],
    [
      'events.eu.pagerduty.com',
      400,
      `{"status":"invalid event","message":"Event object is invalid","errors":["'payload.summary' is missing"]}`,
      'rejected bad-message',
    ],
    [
      'graph.facebook.com',
      200,
      '{"messaging_product":"whatsapp","messages":[{"id":"wamid.x"}]}',
      'delivered',
    ],
    ['graph.facebook.com', 401, '{"error":{"code":190,"message":"token expired"}}', 'retry refused'],
    [
      'graph.facebook.com',
      400,
      '{"error":{"code":131056,"message":"pair rate limit hit"}}',
      'retry throttled',
    ],
    ['graph.facebook.com', 400, '{"error":{"code":131030,"message":"not in allowed list"}}', 'retry refused'],
    ['graph.facebook.com', 400, '{"error":{"code":132000,"message":"params"}}', 'rejected bad-message'],
    ['graph.facebook.com', 403, '{"error":{"code":294,"message":"permission"}}', 'retry refused'],
    ['graph.facebook.com', 400, '{"error":{"code":0,"message":"AuthException"}}', 'retry refused'],
    [
      'graph.facebook.com',
      400,
      `{"error":{"code":100,"message":"Unsupported post request. Object with ID '1' does not exist"}}`,
      'retry refused',
    ],
    ['hook.bearychat.com', 200, '{"code":0,"result":null}', 'delivered'],
    ['hook.bearychat.com', 200, '{"code":1,"error":"no"}', 'retry server-error'],
    ['hook.worktile.com', 200, '{"code":200,"data":true}', 'delivered'],
    ['hook.worktile.com', 200, '{"code":404}', 'retry server-error'],
    // Not theirs: the status alone counts.
    ['hooks.example.test', 200, '{"errcode":130101}', 'delivered'],
    ['oapi.dingtalk.com.example.test', 200, '{"errcode":130101}', 'delivered'],
    // Theirs, and no JSON or without a code: the status counts.
    ['oapi.dingtalk.com', 200, '<html>', 'delivered'],
    ['oapi.dingtalk.com', 502, '<html>', 'retry server-error'],
    ['oapi.dingtalk.com', 200, '[]', 'delivered'],
    ['oapi.dingtalk.com', 200, 'null', 'delivered'],
    ['oapi.dingtalk.com', 500, '{"errcode":0}', 'retry server-error'],
  ] as const) {
    it(`${host} answering ${status} ${body.slice(0, 60)}: ${meaning}`, () => {
      assert.equal(nameOf(outcomeOf(status, body, host)), meaning)
    })
  }

  it('that throttles tells how long, and what it said', () => {
    assert.deepEqual(
      outcomeOf(200, '{"errcode":45009,"errmsg":"api freq out of limit"}', 'qyapi.weixin.qq.com'),
      {
        kind: 'retry',
        reason: 'throttled',
        afterMs: 60_000,
        detail: 'wecom answered: 45009 api freq out of limit',
      },
    )
  })

  it('that tells how long to wait is waited for so long, the header first', () => {
    const body = '{"ok":false,"error_code":429,"description":"slow","parameters":{"retry_after":7}}'
    const afterMs = (outcome: Outcome): number | undefined =>
      outcome.kind === 'retry' ? outcome.afterMs : undefined
    assert.equal(afterMs(outcomeOf(429, body, 'api.telegram.org')), 7_000)
    assert.equal(afterMs(outcomeOf(429, body, 'api.telegram.org', '9')), 9_000)
    assert.equal(afterMs(outcomeOf(429, '{"retry_after":0.64}', 'discord.com')), 640)
  })

  it('is known by each of its hosts, its name, and no row lacks its source', () => {
    assert.deepEqual(
      rows.map(({ name }) => name),
      platformNames,
    )
    for (const { name, hosts, sharedHosts = [], sources } of rows) {
      assert.ok(sources.every((source) => source.startsWith('https://')) && sources.length > 0)
      for (const host of [...hosts, ...sharedHosts]) assert.equal(platformFor(host.toUpperCase())?.name, name)
      assert.equal(platformFor('gateway.example.test', name)?.name, name)
    }
    assert.equal(platformFor('oapi.dingtalk.com', 'none'), undefined)
    assert.equal(platformNamed('lark'), 'feishu')
    assert.equal(platformNamed('constructor'), undefined)
  })
})
