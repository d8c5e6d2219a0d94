// Lists: one page in key order at one revision, with the token for the next.
import { decodeToken, encodeToken, tokenAfter } from './continue-token.ts'
import { lowerBound } from './sorted.ts'
import { badListVersion, badRequest, expiredContinue, expiredList } from './status.ts'
import { futureVersion, invalidListOptions } from './status.ts'
import { parseObject, type Collection, type Revisions, type Snapshot } from './store.ts'
import type { FieldSelector } from './field-selector.ts'
import type { View } from './views.ts'

export interface ListOptions {
  /** '' for all namespaces. */
  readonly namespace: string
  /** 0: everything in one answer. */
  readonly limit: number
  readonly continueToken: string
  readonly resourceVersion: string
  readonly resourceVersionMatch: string
  readonly selector: FieldSelector | undefined
  /** Treat the continue token as if compaction had overtaken it. */
  readonly tokenExpired: boolean
}

/** The list's whole body. Throws a refusal for options that the API server would refuse. */
export function listBody(
  collection: Collection,
  revisions: Revisions,
  options: ListOptions,
  view: View,
): Buffer {
  validate(options)
  const prefix = options.namespace ? `${options.namespace}/` : ''
  const { snapshot, revision, start } = whereToRead(collection, revisions, options)
  const from = lowerBound(snapshot.keys, (key) => key >= prefix + start)
  const to = prefix
    ? lowerBound(snapshot.keys, (key) => key >= `${options.namespace}0`)
    : snapshot.keys.length

  const items: Buffer[] = []
  let at = from
  for (; at < to; at++) {
    if (options.limit > 0 && items.length >= options.limit) break
    const state = snapshot.get(snapshot.keys[at] ?? '')
    if (!state || (options.selector && !options.selector.matches(parseObject(state)))) continue
    items.push(view.item(state))
  }
  const last = snapshot.keys[at - 1] ?? ''
  const more = at < to
  const metadata = {
    resourceVersion: String(revision),
    continue: more ? tokenAfter(last.slice(prefix.length), revision) : undefined,
    // With a selector the API server does not know how many will match.
    remainingItemCount: more && !options.selector ? to - at : undefined,
  }
  const head = `{"kind":"${view.listKind}","apiVersion":"${view.listApiVersion}","metadata":`
  const parts: Buffer[] = [Buffer.from(`${head}${JSON.stringify(metadata)},"items":[`)]
  items.forEach((item, index) => parts.push(...(index === 0 ? [item] : [comma, item])))
  return Buffer.concat([...parts, tail])
}

const comma = Buffer.from(',')
const tail = Buffer.from(']}\n')

interface Reading {
  readonly snapshot: Snapshot
  readonly revision: number
  readonly start: string
}

function whereToRead(collection: Collection, revisions: Revisions, options: ListOptions): Reading {
  const at = (revision: number, start: string): Reading | undefined => {
    if (revision > revisions.current) throw futureVersion(revision, revisions.current)
    const snapshot = collection.snapshot(revision)
    return snapshot && { snapshot, revision, start }
  }
  const present = (start: string): Reading => {
    return { snapshot: collection.present(), revision: revisions.current, start }
  }

  if (options.continueToken) {
    const token = decodeToken(options.continueToken)
    if (token.revision < 0) return present(token.start)
    const reading = options.tokenExpired ? undefined : at(token.revision, token.start)
    if (!reading) throw expiredContinue(encodeToken({ revision: -1, start: token.start }))
    return reading
  }

  const asked = parseVersion(options.resourceVersion)
  // Without a match rule a version together with a limit means exactly that version.
  const exact =
    options.resourceVersionMatch === 'Exact' || (!options.resourceVersionMatch && options.limit > 0)
  if (asked > 0 && exact) {
    const reading = at(asked, '')
    if (!reading) throw expiredList()
    return reading
  }
  if (asked > revisions.current) throw futureVersion(asked, revisions.current)
  return present('')
}

function parseVersion(text: string): number {
  if (text === '') return 0
  if (!/^\d+$/.test(text)) throw badListVersion(text)
  return Number(text)
}

function validate(options: ListOptions): void {
  const { resourceVersion, resourceVersionMatch: match, continueToken } = options
  if (continueToken && resourceVersion && resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue')
  }
  if (!match) return
  const forbid = (why: string): never => {
    throw invalidListOptions(`resourceVersionMatch: Forbidden: ${why}`)
  }
  if (!resourceVersion) forbid('resourceVersionMatch is forbidden unless resourceVersion is provided')
  if (continueToken) forbid('resourceVersionMatch is forbidden when continue is provided')
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    const known = 'supported values: "Exact", "NotOlderThan"'
    throw invalidListOptions(`resourceVersionMatch: Unsupported value: "${match}": ${known}`)
  }
  if (match === 'Exact' && resourceVersion === '0') {
    forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
  }
}
