/**
 * Keys for Alibaba Cloud from where kube-eventer looks for them, and from a service account's role (RRSA): found when
 * they are first needed, renewed before they end and when they are refused, by one search at a time.
 */
import type { Clock } from '../../domain/clock.ts'
import type { Env } from '../../domain/proxy.ts'
import type { Logger } from '../../telemetry/telemetry.ts'
import { CloudError } from './ask.ts'
import type { AlibabaCredentials } from './keys.ts'
import { metadataService } from './metadata.ts'
import { fromServiceAccount } from './service-account-role.ts'
import { fromTokenConfig } from './token-config.ts'

export interface AlibabaCredentialSource {
  /** Throws a `CloudError` that says where was looked and what was missing. */
  get(): Promise<AlibabaCredentials>
  /**
   * The cloud refused these: others are looked for at the next `get`, unless they are the user's own or were looked
   * for a moment ago. Answers whether that is so.
   */
  refused(credentials: AlibabaCredentials): boolean
}

export interface CredentialOptions {
  /** The sink's own options; each counts more than its variable, `AccessKeyId` and `AccessKeySecret`. */
  readonly accessKeyId?: string
  readonly accessKeySecret?: string
  /** Of the cluster, for the address of STS; absent: the one for all regions. */
  readonly region: () => string | undefined
  /** STS is asked inside the cloud's own network. */
  readonly internal: boolean
  readonly env: Env
  readonly clock: Clock
  readonly log: Logger
  /** Aborts everything at once. */
  readonly signal: AbortSignal
  /** Where the token of a managed cluster lies. */
  readonly tokenConfigPath?: string
}

/** Fetched anew so long before they end, ms; those in use until then need no wait. */
const renewBeforeMs = 300_000
/** Not looked for again within this time, ms, because they were refused or are near their end. */
const leastAgeMs = 10_000
const usualTokenConfigPath = '/var/addon/token-config'

export function alibabaCredentials(options: CredentialOptions): AlibabaCredentialSource {
  return new Source(options)
}

class Source implements AlibabaCredentialSource {
  readonly #options: CredentialOptions
  #known: AlibabaCredentials | undefined
  #searchedAtMs = 0
  #finding: Promise<AlibabaCredentials> | undefined
  /** What was last said about sources that had no keys. */
  #said = ''

  constructor(options: CredentialOptions) {
    this.#options = options
  }

  get(): Promise<AlibabaCredentials> {
    const known = this.#known
    if (!known) return this.#find()
    const { endsAtMs = Number.POSITIVE_INFINITY } = known
    const leftMs = endsAtMs - this.#options.clock.wallMs()
    if (leftMs > renewBeforeMs || (leftMs > 0 && this.#isFresh())) return Promise.resolve(known)
    const finding = this.#find()
    if (leftMs <= 0) return finding
    // Those at hand are good for a while: nobody waits, and what fails is tried again.
    finding.catch(() => undefined)
    return Promise.resolve(known)
  }

  refused(credentials: AlibabaCredentials): boolean {
    if (credentials !== this.#known) return this.#known !== undefined
    if (credentials.securityToken === undefined || this.#isFresh()) return false
    this.#known = undefined
    return true
  }

  #isFresh(): boolean {
    return this.#options.clock.monotonicMs() - this.#searchedAtMs < leastAgeMs
  }

  #find(): Promise<AlibabaCredentials> {
    if (this.#finding) return this.#finding
    this.#searchedAtMs = this.#options.clock.monotonicMs()
    this.#finding = this.#search().finally(() => (this.#finding = undefined))
    return this.#finding
  }

  async #search(): Promise<AlibabaCredentials> {
    const { env, log } = this.#options
    const accessKeyId = this.#options.accessKeyId ?? env['AccessKeyId']
    const accessKeySecret = this.#options.accessKeySecret ?? env['AccessKeySecret']
    if (accessKeyId && accessKeySecret) return this.#keep({ accessKeyId, accessKeySecret })
    const failures: CloudError[] = []
    const { tokenConfigPath = usualTokenConfigPath } = this.#options
    const sources = [
      () => fromTokenConfig(tokenConfigPath),
      () => fromServiceAccount(this.#options),
      () => metadataService(this.#options).credentials(),
    ]
    for (const source of sources) {
      try {
        const found = await source()
        if (found === undefined) continue
        if (failures.length > 0) this.#warn(log, failures)
        return this.#keep(found)
      } catch (error) {
        if (!(error instanceof CloudError)) throw error
        failures.push(error)
      }
    }
    const isAway = failures.every(({ isUnreachable }) => isUnreachable)
    throw new CloudError(
      `no keys for Alibaba Cloud: ${failures.map(({ message }) => message).join('; ')}; ` +
        'give accessKeyId and accessKeySecret, or a role to the service account or to the node',
      isAway,
    )
  }

  #warn(log: Logger, failures: readonly CloudError[]): void {
    const text = failures.map(({ message }) => message).join('; ')
    if (text !== this.#said)
      log.warn(`keys for Alibaba Cloud come from another place than the first: ${text}`)
    this.#said = text
  }

  #keep(found: AlibabaCredentials): AlibabaCredentials {
    this.#known = found
    return found
  }
}
