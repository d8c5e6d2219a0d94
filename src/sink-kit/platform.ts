/**
 * What chat platforms mean by their answers, and how much they take. Many answer 200 and put the failure into the
 * body, and some answer 400 to a wrong key, so that the status alone would lose events. `platforms/` has the table.
 */
import type { RejectReason, RetryReason } from '../domain/outcome.ts'
import type { AnswerObject, Meaning, PlatformName, Reading, Row } from './platforms/row.ts'
import { platformNames } from './platforms/row.ts'
import { rows } from './platforms/table.ts'
import type { SinkQuota } from './quota.ts'
import { decodeQuery, splitHost, splitUrl } from './raw-url.ts'
import type { RawUrl } from './raw-url.ts'

/** What an answer's body means. */
export type Verdict =
  | { readonly kind: 'fine' }
  | { readonly kind: 'retry'; readonly reason: RetryReason; readonly afterMs?: number; readonly text: string }
  | { readonly kind: 'rejected'; readonly reason: RejectReason; readonly text: string }
  /** It failed, by a code that is in no document: the status tells how. */
  | { readonly kind: 'unknown'; readonly text: string }

export interface Platform {
  readonly name: PlatformName
  /** Bytes that a message's body may have; `undefined` where the platform tells no bound. */
  readonly maxBodyBytes: number | undefined
  /** Reads an answer's body; `undefined` where it says nothing that the platform documents. */
  readVerdict(body: string): Verdict | undefined
}

/** Spellings that people use for the same platform. */
const aliases: ReadonlyMap<string, PlatformName> = new Map([
  ['lark', 'feishu'],
  ['wechat', 'wecom'],
  ['weixin', 'wecom'],
])

/** The name of a platform as written in `ke.platform`; `undefined` if there is none of that name. */
export function platformNamed(text: string): PlatformName | 'none' | undefined {
  if (text === 'none') return 'none'
  return platformNames.find((name) => name === text) ?? aliases.get(text)
}

/** The platform that answers at `hostname`, or the one that was told; `undefined`: the status alone counts. */
export function platformFor(hostname: string, told?: PlatformName | 'none'): Platform | undefined {
  const row = rowFor(told, ({ hosts, sharedHosts = [] }) => isUnder(hostname, [...hosts, ...sharedHosts]))
  return (
    row && {
      name: row.name,
      maxBodyBytes: row.maxBodyBytes,
      readVerdict: (body) => readVerdict(row, body),
    }
  )
}

/**
 * What the robot at `url` takes in a time; `undefined` where it is of no platform that we know, or of one that tells
 * its limits as they are met. `body` tells bodies apart (where their template comes from), for platforms that read
 * there who gets a message.
 */
export function quotaAt(url: string, told?: PlatformName | 'none', body = ''): SinkQuota | undefined {
  const parts = splitUrl(url)
  if (!parts) return undefined
  const { hostname } = splitHost(parts.host, parts.scheme)
  const row = rowFor(told, ({ hosts }) => isUnder(hostname, hosts))
  return row && row.quotas.length > 0 ? { key: robotKey(row, parts, body), limits: row.quotas } : undefined
}

function rowFor(told: PlatformName | 'none' | undefined, isAt: (row: Row) => boolean): Row | undefined {
  return told === undefined ? rows.find(isAt) : rows.find(({ name }) => name === told)
}

function isUnder(hostname: string, hosts: readonly string[]): boolean {
  const host = hostname.toLowerCase()
  return hosts.some((one) => host === one || host.endsWith(`.${one}`))
}

/** The same robot by another sink, or by another URL of its platform, is the same robot. */
function robotKey(
  { name, robotIn, recipientInBody }: Row,
  { path, query = '' }: RawUrl,
  body: string,
): string {
  const pairs = query.split('&').map((pair) => pair.split('='))
  const value = pairs
    .find(([key]) => key === robotIn)
    ?.slice(1)
    .join('=')
  const robot = `${name} ${value === undefined ? path : (decodeQuery(value) ?? value)}`
  return recipientInBody ? `${robot} ${body}` : robot
}

function readVerdict(row: Row, body: string): Verdict | undefined {
  const reading = row.read(body, parseObject(body))
  return reading && (reading.kind === 'fine' ? reading : verdictOf(row, reading))
}

function verdictOf(row: Row, reading: Extract<Reading, { kind: 'failed' }>): Verdict {
  const { text } = reading
  const meaning = meaningOf(row, reading)
  switch (meaning) {
    case 'throttled':
      return { kind: 'retry', reason: 'throttled', afterMs: reading.afterMs ?? row.throttledMs, text }
    case 'blocked':
      return { kind: 'retry', reason: 'throttled', afterMs: row.blockedMs ?? row.throttledMs, text }
    case 'bad-message':
      return { kind: 'rejected', reason: 'bad-message', text }
    case 'refused':
    case 'server-error':
      return { kind: 'retry', reason: meaning, text }
    case undefined:
      return { kind: 'unknown', text }
  }
}

function meaningOf(
  { texts = [], codes }: Row,
  { code, text }: { code: string; text: string },
): Meaning | undefined {
  const hit = texts.find(([pattern]) => pattern.test(text))
  if (hit) return hit[1]
  return Object.hasOwn(codes, code) ? codes[code] : undefined
}

function parseObject(body: string): AnswerObject | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
