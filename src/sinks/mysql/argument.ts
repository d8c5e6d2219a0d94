/** Reads `--sink=mysql:?DSN` as the original does, and says where that surprises people. */
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { pickOptions, unusedOptions } from '../../sink-kit/kit-options.ts'
import { decodeQuery } from '../../sink-kit/raw-url.ts'
import type { ReadArgument, SinkArgument } from '../../sink-kit/sink.ts'
import { readDsn } from './dsn.ts'
import { isDriversOwn, readParameters } from './parameters.ts'
import { tlsUseOf } from './tls-use.ts'

const usedOptions = ['ca', 'cert', 'key', 'serverName', 'insecure'] as const

/** What may stand beside the data source name; `dsn` and `password` come from files (`ke.file.password=/path`). */
const ownNames = ['table', 'dsn', 'password'] as const
type OwnName = (typeof ownNames)[number]

export function readMysqlArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const warnings: string[] = []
  const errors: string[] = [...unusedOptions(kit, usedOptions)]
  const { written, own } = takeApart(argument.url)
  if (own.dsn !== undefined && written !== '') {
    errors.push('the data source name is given twice: in the argument and by `ke.file.dsn`; keep one of them')
  }
  const dsn = own.dsn ?? withParametersThatCount(written, own.table !== undefined, warnings)
  warnOf(dsn, kit, warnings, errors)
  return {
    options: {
      ...pickOptions(kit, usedOptions),
      dsn,
      ...(own.password === undefined ? {} : { password: own.password }),
      ...(own.table ? { table: own.table } : {}),
    },
    filter: { level: 'all' },
    warnings,
    errors,
  }
}

/** The query as written, without the pairs that are ours. */
function takeApart(url: string): {
  readonly written: string
  readonly own: Partial<Record<OwnName, string>>
} {
  const query = /^[^?#]*\?([^#]*)/.exec(url)?.[1] ?? ''
  const own: Partial<Record<OwnName, string>> = {}
  const written = query.split('&').filter((pair) => {
    const equals = pair.indexOf('=')
    const name = ownNames.find((one) => one === decodeQuery(equals === -1 ? pair : pair.slice(0, equals)))
    if (name === undefined) return true
    // Of a repeated option the first counts, as in Go.
    own[name] ??= equals === -1 ? '' : (decodeQuery(pair.slice(equals + 1)) ?? '')
    return false
  })
  return { written: written.join('&'), own }
}

/**
 * With `table=` the original takes what stands before the first `&` for the whole data source name. The parameters
 * after it count here; but what the server would refuse must not stop a command line that worked.
 */
function withParametersThatCount(written: string, hasTable: boolean, warnings: string[]): string {
  const [start = '', ...later] = written.split('&')
  if (!hasTable || later.length === 0) return written
  const kept = later.filter((pair) => {
    const [name = ''] = pair.split('=', 1)
    const counts =
      isDriversOwn(name) && readParameters([[name, pair.slice(name.length + 1)]]).problems.length === 0
    if (!counts) {
      warnings.push(
        `the parameter ${/^\w{1,40}$/.test(name) ? `\`${name}\` ` : ''}is ignored, as kube-eventer does beside ` +
          '`table`; remove it, or put it first after the `?` of the data source name if it is a session variable',
      )
    }
    return counts
  })
  return [start, ...kept].join('&')
}

function warnOf(dsn: string, kit: KitOptions, warnings: string[], errors: string[]): void {
  const read = readDsn(dsn)
  if (!read.ok) return
  const misplaced = read.dsn.parameters.find(([name]) => name.startsWith('ke.') || name === 'table')
  if (misplaced) {
    const [name] = misplaced
    errors.push(
      `option \`${name}\` stands right after the database's \`?\`, where it is a parameter of the server: ` +
        `write \`&${name}=…\` without that \`?\``,
    )
  }
  const { notes, settings } = readParameters(read.dsn.parameters)
  warnings.push(...notes)
  const use = tlsUseOf(settings.tls, kit)
  if (use === 'unverified' || use === 'preferred') {
    warnings.push(
      `the server's certificate is not verified${use === 'preferred' ? ', and TLS is not insisted on' : ''}: ` +
        'whoever is in between can read and change all; write `tls=true`, with `ke.ca=/path` for an authority of your own',
    )
  }
}
