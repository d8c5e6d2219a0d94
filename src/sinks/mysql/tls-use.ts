/** How TLS is used, of what the data source name asks for and what the kit's options say together. */
import type { TlsUse } from './parameters.ts'

/** The kit's options for TLS. */
export type TlsParts = { readonly [Name in 'ca' | 'cert' | 'key' | 'serverName']?: string | undefined } & {
  readonly insecure?: boolean | undefined
}

/** Whether any of them is given. */
export function hasTlsParts({ ca, cert, key, serverName, insecure }: TlsParts): boolean {
  return [ca, cert, key, serverName].some((part) => part !== undefined) || insecure === true
}

/** Who names an authority, a certificate or a name wants TLS, whatever `tls` says. */
export function tlsUseOf(asked: TlsUse, parts: TlsParts): Exclude<TlsUse, 'named'> {
  if (asked === 'off' && !hasTlsParts(parts)) return 'off'
  if (asked === 'preferred') return 'preferred'
  return asked === 'unverified' || parts.insecure === true ? 'unverified' : 'verify'
}
