/** Mattermost's incoming webhooks. */
import type { AnswerObject, Reading, Row } from './row.ts'

export const mattermost: Row = {
  name: 'mattermost',
  hosts: ['cloud.mattermost.com'],
  sources: [
    'https://developers.mattermost.com/integrate/webhooks/incoming/',
    // The ids; an unknown key is a 400.
    'https://github.com/mattermost/mattermost/blob/master/server/channels/app/webhook.go',
    // Off by default; else 10 requests a second after a burst of 100.
    'https://docs.mattermost.com/configure/rate-limiting-configuration-settings.html',
  ],
  quotas: [],
  throttledMs: 1_000,
  read: readMattermost,
  codes: {
    'web.incoming_webhook.channel.app_error': 'refused',
    'web.incoming_webhook.channel_locked.app_error': 'refused',
    'web.incoming_webhook.disabled.app_error': 'refused',
    'web.incoming_webhook.invalid.app_error': 'refused',
    'web.incoming_webhook.permissions.app_error': 'refused',
    'web.incoming_webhook.user.app_error': 'refused',
    'app.channel.get.existing.app_error': 'refused',
    'web.incoming_webhook.parse.app_error': 'bad-message',
    'web.incoming_webhook.text.app_error': 'bad-message',
  },
}

function readMattermost(_: string, answer: AnswerObject | undefined): Reading | undefined {
  const id = answer?.['id']
  if (typeof id !== 'string' || typeof answer?.['status_code'] !== 'number') return undefined
  return { kind: 'failed', code: id, text: String(answer['message'] ?? id) }
}
