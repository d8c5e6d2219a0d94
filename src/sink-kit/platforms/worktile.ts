/** Worktile's incoming webhooks. */
import { numberedCode } from './readings.ts'
import type { Row } from './row.ts'

export const worktile: Row = {
  name: 'worktile',
  hosts: ['hook.worktile.com'],
  // No document tells codes or a quota. Its own robot takes `code` 200 for success.
  sources: ['https://github.com/worktile/hubot-worktile'],
  quotas: [],
  throttledMs: 60_000,
  read: numberedCode([0, 200]),
  codes: {},
}
