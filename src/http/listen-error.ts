/** Why a port could not be opened, and what to do about it. */

/** `health`: health and metrics; `api`: what is asked with a token. */
export type Listener = 'health' | 'api'

const subjects: Readonly<Record<Listener, string>> = {
  health: 'health and metrics cannot be served',
  api: 'the API cannot be served',
}

export class HttpListenError extends Error {
  override readonly name = 'HttpListenError'
  readonly ip: string
  readonly port: number
  /** Of the system: `EADDRINUSE`, `EACCES`, … */
  readonly code: string

  constructor(listener: Listener, ip: string, port: number, code: string, cause: unknown) {
    const { what, remedy } = listener === 'health' ? explain(code) : explainApi(code)
    super(`${subjects[listener]} on ${addressText(ip, port)}: ${what}; ${remedy}`, { cause })
    this.ip = ip
    this.port = port
    this.code = code
  }
}

/** `0.0.0.0:8084`, `[::1]:8084` */
export function addressText(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

function explain(code: string): { what: string; remedy: string } {
  switch (code) {
    case 'EADDRINUSE':
      return {
        what: 'the port is taken',
        remedy: 'stop what listens there, or choose another --healthz-port',
      }
    case 'EACCES':
      return { what: 'not permitted', remedy: 'choose a --healthz-port above 1023' }
    case 'EADDRNOTAVAIL':
      return {
        what: 'this machine has no such address',
        remedy: 'correct --healthz-ip; 0.0.0.0 is all of them',
      }
    case 'EAFNOSUPPORT':
      return { what: 'this machine has no IPv6', remedy: 'set --healthz-ip=0.0.0.0' }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { what: 'the address is no IP and no name that resolves', remedy: 'correct --healthz-ip' }
    default:
      return { what: code, remedy: 'check --healthz-ip and --healthz-port' }
  }
}

function explainApi(code: string): { what: string; remedy: string } {
  const { what } = explain(code)
  return { what, remedy: 'correct --api-listen, or `http.api.listen`: an address and a free port above 1023' }
}
