/** Microsoft Teams: workflows (Power Automate), and the connectors that they replace. */
import { objectIn } from './readings.ts'
import type { AnswerObject, Reading, Row } from './row.ts'

export const teams: Row = {
  name: 'teams',
  hosts: ['webhook.office.com', 'outlook.office.com', 'outlook.office365.com'],
  // Every flow and logic app lives there, whatever it does with what it gets.
  sharedHosts: ['logic.azure.com', 'api.powerplatform.com'],
  sources: [
    // Four requests a second; 28 KB a message.
    'https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook',
    'https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using',
    // 100 calls a minute and connection; the flow's own action fails above 28 KB, after its 202.
    'https://learn.microsoft.com/en-us/connectors/teams/',
    // 400 with a code: of the trigger, before the flow has begun.
    'https://learn.microsoft.com/en-us/azure/logic-apps/logic-apps-http-endpoint',
  ],
  quotas: [
    { messages: 4, perMs: 1_000 },
    { messages: 100, perMs: 60_000 },
  ],
  maxBodyBytes: 28_672,
  throttledMs: 15_000,
  read: readTeams,
  texts: [
    // A connector answers 200 and says in words what went wrong.
    [/endpoint returned HTTP error 429/i, 'throttled'],
    [/endpoint returned HTTP error (400|413|415|422)/i, 'bad-message'],
    [/endpoint returned HTTP error 4\d\d/i, 'refused'],
    [/endpoint returned HTTP error|message delivery failed/i, 'server-error'],
  ],
  codes: {
    DirectApiAuthorizationRequired: 'refused',
    WorkflowDisabled: 'refused',
    WorkflowNotFound: 'refused',
    // Switched off, or deleted: a 400.
    WorkflowTriggerIsNotEnabled: 'refused',
    InvalidRequestContent: 'bad-message',
    TriggerInputSchemaMismatch: 'bad-message',
  },
}

function readTeams(body: string, answer: AnswerObject | undefined): Reading | undefined {
  const error = objectIn(answer, 'error')
  if (error) {
    const code = String(error['code'] ?? '')
    return { kind: 'failed', code, text: `${code} ${String(error['message'] ?? '')}`.trim() }
  }
  if (answer || !/HTTP error|delivery failed/i.test(body)) return undefined
  return { kind: 'failed', code: '', text: body }
}
