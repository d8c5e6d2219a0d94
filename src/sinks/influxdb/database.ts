/** The database of InfluxDB 1 and its retention policy: made before the first point, and anew where they are gone. */
import type { Clock } from '../../domain/clock.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { HttpAnswer, HttpClient } from '../../sink-kit/http-client.ts'
import { describeAnswer, outcomeOfAnswer } from '../../sink-kit/http-outcome.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'
import type { SinkContext } from '../../sink-kit/sink.ts'
import { errorIn, rowsIn, statementErrorIn } from './answers.ts'
import { policy, quoted, statement } from './api.ts'
import { readRetention, toldSeconds } from './retention.ts'

export interface DatabaseOptions {
  readonly client: Pick<HttpClient, 'request'>
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly name: string
  /** As the option has it; absent: for ever, and a policy that is there stays as it is. */
  readonly retention: string | undefined
  readonly log: SinkContext['log']
  readonly clock: Clock
  readonly redact: Redactor
}

/** The rows of a statement, what the server says is wrong with it, or why there is no answer. */
type Said =
  | { readonly kind: 'rows'; readonly rows: readonly (readonly unknown[])[] }
  | { readonly kind: 'error'; readonly text: string }
  | { readonly kind: 'failed'; readonly outcome: Outcome }

export class Database {
  readonly #options: DatabaseOptions
  #isThere = false
  #making: Promise<Outcome | undefined> | undefined
  readonly #told = new Set<string>()

  constructor(options: DatabaseOptions) {
    this.#options = options
  }

  /** Makes what is not there. An outcome: the server could not be asked, and nothing can be written now. */
  ensure(signal: AbortSignal): Promise<Outcome | undefined> {
    if (this.#isThere) return Promise.resolve(undefined)
    this.#making ??= this.#make(signal).finally(() => (this.#making = undefined))
    return this.#making
  }

  /** It may be gone: the next `ensure` looks. */
  forget(): void {
    this.#isThere = false
  }

  /** Whether the user may make databases; nothing is made. */
  async mayMake(signal: AbortSignal): Promise<boolean> {
    const said = await this.#ask('SHOW USERS', signal)
    return said.kind === 'rows'
  }

  async #make(signal: AbortSignal): Promise<Outcome | undefined> {
    const { name, retention } = this.#options
    const duration = retention === undefined ? '' : `DURATION ${durationOf(retention)} `
    const create = `CREATE DATABASE ${quoted(name)} WITH ${duration}NAME ${quoted(policy)}`
    const said = await this.#ask(create, signal)
    if (said.kind === 'failed') return said.outcome
    if (said.kind === 'error') {
      const failed = /existing policy/.test(said.text)
        ? await this.#fitPolicy(signal)
        : // Who may not make it may well write to it: the write tells.
          this.#tell(`the database could not be made: ${said.text}`)
      if (failed) return failed
    }
    this.#isThere = true
    return undefined
  }

  /** The database is there, without the policy or with another duration. */
  async #fitPolicy(signal: AbortSignal): Promise<Outcome | undefined> {
    const { name, retention } = this.#options
    const shown = await this.#ask(`SHOW RETENTION POLICIES ON ${quoted(name)}`, signal)
    if (shown.kind === 'failed') return shown.outcome
    if (shown.kind === 'error') return this.#tell(`the retention policies cannot be seen: ${shown.text}`)
    const [, told] = shown.rows.find(([rowName]) => rowName === policy) ?? []
    const on = `RETENTION POLICY ${quoted(policy)} ON ${quoted(name)} DURATION ${durationOf(retention)}`
    if (told === undefined) {
      // Beside those that are there, whose programs go on as before: it does not become the default one.
      return this.#change(`CREATE ${on} REPLICATION 1`, `made the retention policy ${policy}`, signal)
    }
    const wanted = readRetention(retention ?? '')
    if (!wanted || wanted.seconds === toldSeconds(String(told))) return undefined
    if (wanted.seconds > toldSeconds(String(told))) {
      return this.#change(`ALTER ${on}`, `made the retention policy ${policy} longer`, signal)
    }
    return this.#tell(
      `the retention policy ${policy} keeps points for ${String(told)}, which is longer than \`retention\` says; ` +
        `nothing is deleted unasked: run ALTER ${on}`,
    )
  }

  async #change(text: string, done: string, signal: AbortSignal): Promise<Outcome | undefined> {
    const said = await this.#ask(text, signal)
    if (said.kind === 'failed') return said.outcome
    if (said.kind === 'error') return this.#tell(`${text} failed: ${said.text}`)
    this.#options.log.info(done)
    return undefined
  }

  /** Said once, however often it is met. */
  #tell(what: string): undefined {
    if (this.#told.has(what)) return
    this.#told.add(what)
    this.#options.log.warn(what)
  }

  async #ask(text: string, signal: AbortSignal): Promise<Said> {
    const { client, headers, redact } = this.#options
    const reply = await client.request(statement(text, headers), signal)
    if (reply.kind === 'failed') return { kind: 'failed', outcome: reply.outcome }
    const error = statementErrorIn(reply.body)
    if (error !== undefined) return { kind: 'error', text: redact(error) }
    if (reply.status >= 200 && reply.status < 300) return { kind: 'rows', rows: rowsIn(reply.body) }
    return this.#refused(reply)
  }

  /** A user that may only write, or is none: then the write says what is wrong. Else the server is not well. */
  #refused(answer: HttpAnswer): Said {
    const { redact, clock } = this.#options
    const said = errorIn(answer.body)
    const outcome = outcomeOfAnswer({ ...answer, body: said }, undefined, clock.wallMs(), redact)
    if (outcome.kind === 'retry' && outcome.reason !== 'refused') return { kind: 'failed', outcome }
    return { kind: 'error', text: describeAnswer(`answered ${answer.status}`, said, redact) }
  }
}

function durationOf(retention: string | undefined): string {
  return readRetention(retention ?? '')?.text ?? 'INF'
}
