/**
 * A user who gets credentials from a program (kubeconfig's `exec`), as cloud providers have it. Follows the
 * ExecCredential API of client.authentication.k8s.io, v1 and v1beta1: the program is run again when what it gave has
 * expired or was not accepted.
 */
import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import type { Clock } from '../domain/clock.ts'
import { textOf } from '../domain/text-of.ts'
import { ApiFault } from './api-fault.ts'
import type { Credentials } from './credentials.ts'
import { isRecord } from './event-shape.ts'
import type { YamlPlace } from './kubeconfig-yaml.ts'

const knownVersions = ['v1', 'v1beta1'].map((version) => `client.authentication.k8s.io/${version}`)
/** A program that asks its cloud takes seconds. */
const timeoutMs = 60_000
const maxOutputBytes = 1024 * 1024
/** So long before it expires a credential is fetched anew, so that it does not expire on its way. */
const earlyMs = 10_000

export interface ExecCommand {
  readonly apiVersion: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What to do where the program is missing; '' if the kubeconfig does not say. */
  readonly installHint: string
  readonly wantsCluster: boolean
}

export interface ExecSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Asked before each run of a program that wants it: a CA may lie in a file. */
  readonly cluster: () => Promise<ExecCluster>
}

/**
 * The cluster as a program is told of it that asks for it (`provideClusterInfo`): `spec.cluster` of the ExecCredential in
 * KUBERNETES_EXEC_INFO, with the API's own names (client.authentication.k8s.io/v1, Cluster).
 */
export interface ExecCluster {
  readonly server: string
  readonly 'tls-server-name'?: string
  readonly 'insecure-skip-tls-verify'?: true
  /** PEM in base64. */
  readonly 'certificate-authority-data'?: string
  readonly 'proxy-url'?: string
  readonly 'disable-compression'?: true
  /** What the kubeconfig has for programs in the cluster's extension `client.authentication.k8s.io/exec`. */
  readonly config: unknown
}

export interface ExecCredential {
  readonly token?: string
  /** PEM. */
  readonly cert?: string
  /** PEM. */
  readonly key?: string
  /** ms since 1970; absent: until it is not accepted. */
  readonly expiresAtMs?: number
}

/** What a kubeconfig says of the program; throws `SourceConfigError` where it cannot be run from here. */
export function readExec(exec: YamlPlace, kubeconfig: string): ExecCommand {
  const apiVersion = exec.text('apiVersion') ?? ''
  if (!knownVersions.includes(apiVersion)) {
    const remedy = `write one of ${knownVersions.join(', ')}, as far as the program speaks it`
    throw exec.error('the apiVersion of exec is none that is known', remedy)
  }
  const command = exec.text('command') ?? ''
  if (command === '') throw exec.error('exec names no command', 'add `command: <program>`')
  if (exec.text('interactiveMode') === 'Always') {
    const remedy = 'use a user that needs nobody at a terminal'
    throw exec.error('the program of exec wants to ask somebody, and nobody is there', remedy)
  }
  const env = exec.at('env').items()
  return {
    apiVersion,
    // A path is relative to the kubeconfig, a name is looked for in PATH.
    command: command.includes('/') && !command.startsWith('/') ? join(dirname(kubeconfig), command) : command,
    args: exec
      .at('args')
      .items()
      .map((item) => item.text() ?? ''),
    env: Object.fromEntries(env.map((one) => [one.text('name') ?? '', one.text('value') ?? ''])),
    installHint: exec.text('installHint') ?? '',
    wantsCluster: exec.flag('provideClusterInfo'),
  }
}

export class ExecPlugin {
  readonly #command: ExecCommand
  readonly #around: ExecSurroundings
  #held: ExecCredential | undefined
  #running: Promise<ExecCredential> | undefined

  constructor(command: ExecCommand, around: ExecSurroundings) {
    this.#command = command
    this.#around = around
  }

  /** What holds now; the program runs once for all who wait. Rejects with `ApiFault` `unauthorized`. */
  credential(): Promise<ExecCredential> {
    const held = this.#held
    const { expiresAtMs = Number.POSITIVE_INFINITY } = held ?? {}
    if (held !== undefined && this.#around.clock.wallMs() < expiresAtMs - earlyMs)
      return Promise.resolve(held)
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
    return this.#running
  }

  credentials(): Credentials {
    return {
      authorization: async () => {
        const { token } = await this.credential()
        return token === undefined ? undefined : `Bearer ${token}`
      },
      renew: () => {
        this.#held = undefined
        return true
      },
    }
  }

  async #run(): Promise<ExecCredential> {
    const output = await this.#output(await this.#info())
    this.#held = this.#read(output)
    return this.#held
  }

  async #info(): Promise<string> {
    const { apiVersion, wantsCluster } = this.#command
    let cluster: ExecCluster | undefined
    try {
      if (wantsCluster) cluster = await this.#around.cluster()
    } catch (error) {
      throw this.#fault(`it wants to know the cluster, and ${textOf(error)}`, error)
    }
    return JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { cluster, interactive: false } })
  }

  #output(info: string): Promise<string> {
    const { command, args, env } = this.#command
    return new Promise((resolve, reject) => {
      const child = execFile(
        command,
        [...args],
        {
          env: { ...this.#around.env, ...env, KUBERNETES_EXEC_INFO: info },
          timeout: timeoutMs,
          maxBuffer: maxOutputBytes,
          encoding: 'utf8',
        },
        // What it writes to standard error is not told: it may hold anything.
        (error, stdout) => (error ? reject(this.#fault(howItEnded(error), error)) : resolve(stdout)),
      )
      child.stdin?.end()
    })
  }

  #read(output: string): ExecCredential {
    const { apiVersion } = this.#command
    let parsed: unknown
    try {
      parsed = JSON.parse(output)
    } catch {
      throw this.#fault('it did not print JSON')
    }
    if (!isRecord(parsed) || parsed.kind !== 'ExecCredential' || parsed.apiVersion !== apiVersion) {
      throw this.#fault(`it did not print an ExecCredential of ${apiVersion}`)
    }
    const { status } = parsed
    if (!isRecord(status)) throw this.#fault('it printed an ExecCredential without a status')
    const token = textIn(status, 'token')
    const cert = textIn(status, 'clientCertificateData')
    const key = textIn(status, 'clientKeyData')
    if (token === undefined && (cert === undefined || key === undefined)) {
      throw this.#fault('it gave neither a token nor a client certificate with its key')
    }
    const expiresAtMs = Date.parse(textIn(status, 'expirationTimestamp') ?? '')
    return {
      ...(token !== undefined && { token }),
      ...(cert !== undefined && key !== undefined && { cert, key }),
      ...(!Number.isNaN(expiresAtMs) && { expiresAtMs }),
    }
  }

  #fault(why: string, cause?: unknown): ApiFault {
    const { command, installHint } = this.#command
    const hint = installHint === '' ? '' : `; ${installHint.trim()}`
    return new ApiFault(
      'unauthorized',
      `the program ${command} gave no credentials: ${why}${hint}`,
      {},
      cause,
    )
  }
}

function howItEnded(error: Error & { code?: unknown; killed?: boolean; signal?: unknown }): string {
  if (error.code === 'ENOENT') return 'there is no such program; in an image it must be added'
  if (error.code === 'EACCES') return 'it may not be run by this user'
  if (error.killed === true) return `it took longer than ${timeoutMs / 1000} s, or printed too much`
  return typeof error.code === 'number' ? `it ended with code ${error.code}` : 'it could not be run'
}

function textIn(record: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = record[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
