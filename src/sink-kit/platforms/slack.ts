/** Slack's incoming webhooks, which answer a word, and its Web API, which answers an object. */
import { fine } from './readings.ts'
import type { AnswerObject, Reading, Row } from './row.ts'

export const slack: Row = {
  name: 'slack',
  hosts: ['slack.com', 'slack-gov.com'],
  sources: [
    'https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks',
    'https://api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks',
    'https://docs.slack.dev/reference/methods/chat.postMessage',
    // One message a second and channel; bursts are taken without a promise to show each.
    'https://docs.slack.dev/apis/web-api/rate-limits',
  ],
  quotas: [{ messages: 1, perMs: 1_000 }],
  // `Retry-After` tells as a rule.
  throttledMs: 1_000,
  read: readSlack,
  codes: {
    ratelimited: 'throttled',
    rate_limited: 'throttled',
    message_limit_exceeded: 'throttled',
    accesslimited: 'refused',
    access_denied: 'refused',
    account_inactive: 'refused',
    action_prohibited: 'refused',
    channel_is_archived: 'refused',
    channel_not_found: 'refused',
    ekm_access_denied: 'refused',
    invalid_auth: 'refused',
    invalid_token: 'refused',
    is_archived: 'refused',
    missing_scope: 'refused',
    no_active_hooks: 'refused',
    no_permission: 'refused',
    no_service: 'refused',
    no_service_id: 'refused',
    no_team: 'refused',
    not_authed: 'refused',
    not_in_channel: 'refused',
    posting_to_general_channel_denied: 'refused',
    restricted_action: 'refused',
    team_disabled: 'refused',
    token_expired: 'refused',
    token_revoked: 'refused',
    user_not_found: 'refused',
    invalid_blocks: 'bad-message',
    invalid_blocks_format: 'bad-message',
    invalid_payload: 'bad-message',
    missing_text_or_fallback_or_attachments: 'bad-message',
    msg_blocks_too_long: 'bad-message',
    msg_too_long: 'bad-message',
    no_text: 'bad-message',
    too_many_attachments: 'bad-message',
    fatal_error: 'server-error',
    internal_error: 'server-error',
    rollup_error: 'server-error',
    service_unavailable: 'server-error',
  },
}

function readSlack(body: string, answer: AnswerObject | undefined): Reading | undefined {
  if (!answer) {
    const word = /^[a-z_]+/.exec(body)?.[0]
    if (word === 'ok') return fine
    // A gateway that is Slack's in form says other things as well.
    return word !== undefined && Object.hasOwn(slack.codes, word)
      ? { kind: 'failed', code: word, text: body }
      : undefined
  }
  if (answer['ok'] === true) return fine
  if (answer['ok'] !== false) return undefined
  const error = String(answer['error'] ?? '')
  return { kind: 'failed', code: error, text: error }
}
