// Continue tokens: where the next page of a list starts, and at which version, as base64 of a small JSON.
import { badRequest } from './status.ts'

export interface ContinueToken {
  /** The version all pages are read at; -1: whatever is newest, given out when the first version is gone. */
  readonly revision: number
  /** First key of the page, within the namespace if the list is of one. */
  readonly start: string
}

const encoding = 'meta.k8s.io/v1'

/** The token for the page that follows `lastKey`. */
export function tokenAfter(lastKey: string, revision: number): string {
  return encodeToken({ revision, start: `${lastKey}\u0000` })
}

export function encodeToken(token: ContinueToken): string {
  // The API server escapes the final NUL as its JSON library does; JSON.stringify happens to do the same.
  const json = JSON.stringify({ v: encoding, rv: token.revision, start: token.start })
  return Buffer.from(json).toString('base64url')
}

/** Throws a 400 refusal for a token that no server gave out. */
export function decodeToken(text: string): ContinueToken {
  const bad = (why: string): never => {
    throw badRequest(`invalid continue token: continue key is not valid: ${why}`)
  }
  const illegal = /[^A-Za-z0-9_-]/.exec(text)
  if (illegal || text.length % 4 === 1) {
    return bad(`illegal base64 data at input byte ${illegal ? illegal.index : text.length - 1}`)
  }
  const json = Buffer.from(text, 'base64url').toString('latin1')
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return bad(json === '' ? 'unexpected end of JSON input' : notJson(json))
  }
  const { v, rv, start } =
    typeof parsed === 'object' && parsed !== null ? { ...noFields, ...parsed } : noFields
  if (v !== encoding) return bad(`server does not recognize this encoded version "${String(v ?? '')}"`)
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0) {
    return bad(`incorrect encoded start resourceVersion (version ${encoding})`)
  }
  if (typeof start !== 'string' || start === '') return bad(`encoded start key empty (version ${encoding})`)
  return { revision: rv, start }
}

const noFields: { readonly v?: unknown; readonly rv?: unknown; readonly start?: unknown } = {}

function notJson(json: string): string {
  const first = json.trimStart().charAt(0)
  const beginsAValue = /[[{"\dtfn-]/.test(first)
  return beginsAValue
    ? 'unexpected end of JSON input'
    : `invalid character '${first}' looking for beginning of value`
}
