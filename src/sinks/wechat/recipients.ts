/**
 * To whom a message goes: one request a member, as the original has it, so that one who is not there keeps it from
 * nobody; departments and tags by one more. What was told to whom is remembered until all are told, so that a retry
 * tells only those who are left.
 */
import { delivered, type Outcome } from '../../domain/outcome.ts'
import type { WechatOptions } from './options.ts'

/** As the API takes it. */
export interface Receiver {
  readonly touser: string
  readonly toparty: string
  readonly totag: string
}

export interface Told {
  readonly outcome: Outcome
  /** Who could not be told, in WeCom's words; given with a success too. */
  readonly missing?: string
}

/** Messages that are told in part: each waits for its retry, and there are few since the sink sends one at a time. */
const mostInPart = 1_000

export class Recipients {
  readonly #receivers: readonly Receiver[]
  readonly #warn: (receiver: string, why: string) => void
  readonly #warned = new Set<string>()
  /** By message: the receivers that have it. */
  readonly #inPart = new Map<string, Set<Receiver>>()

  /** `warn` is called once a receiver that cannot be told. */
  constructor(
    { to_user: users, toParty = [], toTag = [] }: Pick<WechatOptions, 'to_user' | 'toParty' | 'toTag'>,
    warn: (receiver: string, why: string) => void,
  ) {
    this.#warn = warn
    const groups = { touser: '', toparty: toParty.join('|'), totag: toTag.join('|') }
    const hasGroups = toParty.length > 0 || toTag.length > 0
    const named = users ?? (hasGroups ? [] : ['@all'])
    this.#receivers = [
      ...named.map((touser) => ({ touser, toparty: '', totag: '' })),
      ...(hasGroups ? [groups] : []),
    ]
  }

  /**
   * Tells everybody who does not have message `id` yet. Delivered once each who can be told has it; where nobody can,
   * the outcome is the first one's.
   */
  async tell(id: string, post: (receiver: Receiver) => Promise<Told>): Promise<Outcome> {
    const have = this.#inPart.get(id) ?? new Set<Receiver>()
    let again: Outcome | undefined
    let nobody: Outcome | undefined
    for (const receiver of this.#receivers) {
      if (have.has(receiver)) continue
      const { outcome, missing } = await post(receiver)
      if (missing !== undefined) this.#warnOnce(receiver, missing)
      if (outcome.kind === 'delivered') have.add(receiver)
      else if (missing !== undefined) nobody ??= outcome
      else again ??= outcome
      // What is told to one too many, or to none for want of a connection, is told to the others neither.
      if (again?.kind === 'retry' && again.reason !== 'server-error') break
    }
    if (again === undefined) {
      this.#inPart.delete(id)
      return have.size > 0 ? delivered : (nobody ?? delivered)
    }
    if (again.kind === 'rejected') this.#inPart.delete(id)
    else if (have.size > 0) this.#remember(id, have)
    return again
  }

  #remember(id: string, have: Set<Receiver>): void {
    this.#inPart.set(id, have)
    for (const oldest of this.#inPart.keys()) {
      if (this.#inPart.size <= mostInPart) break
      this.#inPart.delete(oldest)
    }
  }

  #warnOnce({ touser, toparty, totag }: Receiver, why: string): void {
    const receiver = touser || [toparty, totag].filter(Boolean).join(' ')
    if (this.#warned.has(receiver)) return
    this.#warned.add(receiver)
    this.#warn(receiver, why)
  }
}
