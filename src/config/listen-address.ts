/** An address to listen on, as in `127.0.0.1:8085`, `[::1]:8085` and `:8085`. */

/** `ip` without brackets, '' for all; `undefined`: it is none. */
export function readListenAddress(text: string): { ip: string; port: number } | undefined {
  const [, ip = '', port = ''] = /^(\[[\da-fA-F:.]+\]|[\w.-]*):(\d{1,5})$/.exec(text) ?? []
  if (port === '' || Number(port) > 65_535) return undefined
  return { ip: ip.replace(/^\[|\]$/g, ''), port: Number(port) }
}

/** As `readListenAddress` reads it. */
export function writeListenAddress({ ip, port }: { readonly ip: string; readonly port: number }): string {
  return `${ip.includes(':') ? `[${ip}]` : ip}:${port}`
}
