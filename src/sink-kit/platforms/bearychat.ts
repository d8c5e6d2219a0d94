/** BearyChat's incoming robots. */
import { numberedCode } from './readings.ts'
import type { Row } from './row.ts'

export const bearychat: Row = {
  name: 'bearychat',
  hosts: ['bearychat.com'],
  // The form of messages; no codes, no quota. What is above 8 KB in an attachment is cut.
  sources: ['https://github.com/bearyinnovative/bearychat-docs/blob/master/robots/incoming.md'],
  quotas: [],
  throttledMs: 60_000,
  read: numberedCode([0, 200]),
  codes: {},
}
