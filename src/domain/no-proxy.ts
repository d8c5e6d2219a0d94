/** Which destinations go past a proxy: loopback, and what `NO_PROXY` lists. Go's rules, to the odd ones. */
import { holdsIp, isLoopback, parseIp, parsePrefix, sameIp, type IpAddress } from './ip-address.ts'

interface Destination {
  /** In lower case, in ASCII. */
  readonly host: string
  readonly address: IpAddress | undefined
  readonly port: string
}

/**
 * `noProxy` holds entries between commas: `*`, a prefix (`10.0.0.0/8`), an address, `example.test` (that name and all
 * below), `.example.test` and `*.example.test` (below only); but for prefixes each may end in a port. What makes no
 * sense exempts nothing.
 */
export function isExempt(hostname: string, port: number, noProxy: string): boolean {
  const host = toAscii(hostname.trim().toLowerCase())
  // A zone (`fe80::1%eth0`) is no part of the address, nor may it pass for a domain.
  const address = parseIp(host.replace(/%.*$/, ''))
  if (host === 'localhost' || (address !== undefined && isLoopback(address))) return true
  const destination = { host, address, port: String(port) }
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && exempts(entry, destination))
}

function exempts(entry: string, { host, address, port }: Destination): boolean {
  if (entry === '*') return true
  const prefix = parsePrefix(entry)
  if (prefix !== undefined) return address !== undefined && holdsIp(prefix, address)
  const { name, onlyPort } = splitPort(entry)
  if (name === '' || (onlyPort !== '' && onlyPort !== port)) return false
  const listed = parseIp(name)
  if (listed !== undefined) return address !== undefined && sameIp(listed, address)
  if (address !== undefined) return false
  const domain = toAscii(name.startsWith('*.') ? name.slice(1) : name)
  if (domain.startsWith('.')) return host.endsWith(domain)
  return host === domain || host.endsWith(`.${domain}`)
}

/** IPv6 needs brackets only where a port follows, and then has them: `[::1]` alone is no address, as in Go. */
function splitPort(entry: string): { name: string; onlyPort: string } {
  const [, bracketed, plain, onlyPort] = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(entry) ?? []
  if (onlyPort === undefined) return { name: entry, onlyPort: '' }
  return { name: bracketed ?? plain ?? '', onlyPort }
}

/** A name in the letters of its language as DNS knows it. */
function toAscii(name: string): string {
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  if (/^[\u0000-\u007f]*$/.test(name)) return name
  const url = `http://${name}`
  return URL.canParse(url) ? new URL(url).hostname : name
}
