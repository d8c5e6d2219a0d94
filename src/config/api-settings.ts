/** Where the API listens, from the flags and the file; beyond the loopback device only with a token. */
import { BlockList, isIP } from 'node:net'
import type { Config, Problem } from './config.ts'
import { readListenAddress } from './listen-address.ts'
import { errorAt } from './problems.ts'

/** As a file has it. */
export interface ApiSettings {
  readonly listen?: { readonly ip: string; readonly port: number } | undefined
  readonly tokenFile?: string | undefined
  /** Where in the file. */
  readonly where: string
}

const example = 'write --api-listen=127.0.0.1:8085'

/** Flags count more than the file, each by itself. `undefined`: it listens nowhere. */
export function readApi(
  flags: { readonly listen: string | undefined; readonly tokenFile: string | undefined },
  file: ApiSettings | undefined,
  problems: Problem[],
): Config['api'] {
  const listen = flags.listen === undefined ? file?.listen : readListen(flags.listen, problems)
  const tokenFile = flags.tokenFile ?? file?.tokenFile
  const isInFile = flags.listen === undefined && flags.tokenFile === undefined
  const where = isInFile ? (file?.where ?? '--api-listen') : '--api-listen'
  if (flags.tokenFile === '')
    problems.push(
      errorAt(
        '--api-token-file',
        'its value is empty',
        'name a file: --api-token-file=/etc/kube-eventer/token',
      ),
    )
  if (listen === undefined) {
    if (tokenFile !== undefined && flags.listen === undefined)
      problems.push(
        errorAt(
          where,
          'there is a token for the API, and nothing listens',
          `${example}, or remove the token`,
        ),
      )
    return undefined
  }
  if (tokenFile === undefined && !isLoopback(listen.ip)) {
    const what =
      'the API would show events to whoever reaches the pod: beyond the loopback device it needs a token'
    problems.push(
      errorAt(where, what, 'add --api-token-file=FILE (`http.api.tokenFile`), or listen on 127.0.0.1'),
    )
  }
  return { ...listen, ...(tokenFile !== undefined && { tokenFile }) }
}

function readListen(text: string, problems: Problem[]): { ip: string; port: number } | undefined {
  const address = readListenAddress(text)
  if (address === undefined)
    problems.push(errorAt('--api-listen', 'this is no address to listen on', example))
  return address
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

function isLoopback(ip: string): boolean {
  if (ip === 'localhost') return true
  const family = isIP(ip)
  return family !== 0 && loopback.check(ip, family === 4 ? 'ipv4' : 'ipv6')
}
