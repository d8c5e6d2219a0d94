/** What the table of platforms tells of each: its hosts, how much it takes, and what its answers mean. */
import type { Quota } from '../quota.ts'

export const platformNames = [
  'dingtalk',
  'wecom',
  'feishu',
  'slack',
  'teams',
  'discord',
  'mattermost',
  'telegram',
  'pagerduty',
  'whatsapp',
  'bearychat',
  'worktile',
] as const
export type PlatformName = (typeof platformNames)[number]

/**
 * Why a platform did not show a message.
 * - `throttled`: too many messages; one may be tried after `throttledMs`
 * - `blocked`: too many messages, and none is taken for `blockedMs`
 * - `refused`: key, channel, rights or security settings: the next message will not fare better
 * - `bad-message`: this message never will be taken; another one may
 * - `server-error`: the platform's own trouble
 */
export type Meaning = 'throttled' | 'blocked' | 'refused' | 'bad-message' | 'server-error'

/** A JSON object that a platform answered. */
export type AnswerObject = Readonly<Record<string, unknown>>

/** What an answer says before the table has told what that means. */
export type Reading =
  | { readonly kind: 'fine' }
  | {
      readonly kind: 'failed'
      /** The platform's own name for what went wrong. */
      readonly code: string
      /** For people, and for the row's `texts`. */
      readonly text: string
      /** How long the platform asks to wait, ms. */
      readonly afterMs?: number
    }

export interface Row {
  readonly name: PlatformName
  /** Hosts, or their parent domains; empty where everybody has a host of their own. */
  readonly hosts: readonly string[]
  /** Hosts where the platform is one among others: answers are read, its quota is kept only if it was named. */
  readonly sharedHosts?: readonly string[]
  /** Where codes, limits and quotas were taken from. */
  readonly sources: readonly string[]
  /** Messages that one robot may send; empty where the platform tells its limits as they are met. */
  readonly quotas: readonly Quota[]
  /** The pair of the URL's query that tells robots apart; absent: the path does. */
  readonly robotIn?: string
  /** Who gets a message stands in its body: sinks with other bodies write to somebody else. */
  readonly recipientInBody?: true
  /** Bytes of a request's body. */
  readonly maxBodyBytes?: number
  /** How long to wait after `throttled` where the answer does not tell, ms. */
  readonly throttledMs: number
  /** How long to wait after `blocked`, ms. */
  readonly blockedMs?: number
  /** Takes an answer apart; `undefined` where it says nothing that the platform documents. */
  readonly read: (body: string, answer: AnswerObject | undefined) => Reading | undefined
  /** What decides where the code alone does not; matched against the text, before `codes`. */
  readonly texts?: readonly (readonly [pattern: RegExp, meaning: Meaning])[]
  /** A code that is in no row fails without blame: the status decides, or the send is tried again. */
  readonly codes: Readonly<Record<string, Meaning>>
}
