/** IP addresses and prefixes as Go's net package compares them. */

/** 4 bytes, or 16; an IPv4 address that is written as an IPv6 one (`::ffff:10.0.0.1`) is the IPv4 address. */
export type IpAddress = readonly number[]

export interface IpPrefix {
  readonly network: IpAddress
  /** Of `network`'s 32 or 128. */
  readonly bits: number
}

/** `undefined` for what is no address: names, zones (`fe80::1%eth0`), brackets, leading zeros in IPv4. */
export function parseIp(text: string): IpAddress | undefined {
  const bytes = parseIpv4(text) ?? parseIpv6(text)
  return bytes && unmapped(bytes)
}

/** `10.0.0.0/8`, `2001:db8::/32`. */
export function parsePrefix(text: string): IpPrefix | undefined {
  const [, address = '', digits] = /^([^/]+)\/(\d+)$/.exec(text) ?? []
  const bytes = parseIpv4(address) ?? parseIpv6(address)
  const bits = Number(digits)
  if (bytes === undefined || bits > bytes.length * 8) return undefined
  const masked = bytes.map((byte, index) => byte & maskByte(bits, index))
  const network = unmapped(masked)
  return { network, bits: bits - (masked.length - network.length) * 8 }
}

export function sameIp(a: IpAddress, b: IpAddress): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

/** An IPv6 prefix holds no IPv4 address, `::/0` neither. */
export function holdsIp({ network, bits }: IpPrefix, address: IpAddress): boolean {
  return (
    network.length === address.length &&
    network.every((byte, index) => byte === ((address[index] ?? 0) & maskByte(bits, index)))
  )
}

export function isLoopback(address: IpAddress): boolean {
  return address.length === 4 ? address[0] === 127 : sameIp(address, [...zeros(15), 1])
}

/** The bits of byte `index` that a prefix of `bits` covers. */
function maskByte(bits: number, index: number): number {
  const covered = Math.min(8, Math.max(0, bits - index * 8))
  return (0xff << (8 - covered)) & 0xff
}

function unmapped(bytes: readonly number[]): IpAddress {
  return bytes.length === 16 && sameIp(bytes.slice(0, 12), [...zeros(10), 255, 255]) ? bytes.slice(12) : bytes
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return undefined
  const bytes = parts.map(Number)
  return bytes.every((byte) => byte <= 255) ? bytes : undefined
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2 || !text.includes(':')) return undefined
  const [head, tail] = halves.map((half, index) => groups(half, index === halves.length - 1))
  if (head === undefined) return undefined
  if (halves.length === 1) return head.length === 16 ? head : undefined
  // `::` stands for at least one group of zeros.
  if (tail === undefined || head.length + tail.length > 14) return undefined
  return [...head, ...zeros(16 - head.length - tail.length), ...tail]
}

/** Groups between colons as bytes; the last of all may be an IPv4 address. */
function groups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    const ipv4 = isEnd && index === parts.length - 1 ? parseIpv4(part) : undefined
    if (ipv4 !== undefined) bytes.push(...ipv4)
    else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) {
      const group = Number.parseInt(part, 16)
      bytes.push(group >> 8, group & 0xff)
    } else return undefined
  }
  return bytes
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0)
}
