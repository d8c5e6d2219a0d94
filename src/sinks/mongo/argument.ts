/** Reads `--sink=mongo:?URI` as the original does, and says where that surprises people. */
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { pickOptions, unusedOptions } from '../../sink-kit/kit-options.ts'
import { decodeQuery } from '../../sink-kit/raw-url.ts'
import type { ReadArgument, SinkArgument } from '../../sink-kit/sink.ts'
import { tlsOf } from '../../sink-kit/trust.ts'
import { clientUri, readMongoUri } from './uri.ts'

const usedOptions = [
  'ca',
  'cert',
  'key',
  'serverName',
  'insecure',
  'database',
  'collection',
  'expireAfter',
] as const

export function readMongoArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const warnings: string[] = []
  const errors: string[] = [...unusedOptions(kit, usedOptions)]
  const { written, own } = takeApart(argument.url)
  if (own.uri !== undefined && written !== '') {
    errors.push(
      'the connection string is given twice: in the argument and by `ke.file.uri`; keep one of them',
    )
  }
  const uri = own.uri ?? written
  warnOf(uri, kit, warnings, errors)
  return {
    options: {
      ...pickOptions(kit, usedOptions),
      uri,
      ...(own.password === undefined ? {} : { password: own.password }),
    },
    filter: { level: 'all' },
    warnings,
    errors,
  }
}

const fromFiles = ['uri', 'password'] as const

/** The query as written, and what came from files (`ke.file.uri=/path`). */
function takeApart(url: string): {
  readonly written: string
  readonly own: { readonly [Name in (typeof fromFiles)[number]]?: string }
} {
  const query = /^[^?#]*\?([^#]*)/.exec(url)?.[1] ?? ''
  const own: { [Name in (typeof fromFiles)[number]]?: string } = {}
  const written = query.split('&').filter((pair) => {
    const name = fromFiles.find((one) => pair.startsWith(`${one}=`))
    if (name === undefined) return true
    own[name] = decodeQuery(pair.slice(name.length + 1)) ?? ''
    return false
  })
  return { written: written.join('&'), own }
}

function warnOf(text: string, kit: KitOptions, warnings: string[], errors: string[]): void {
  const read = readMongoUri(text)
  if (!read.ok) return
  const misplaced = read.uri.options.find(([name]) => name.startsWith('ke.'))
  if (misplaced) {
    const [name] = misplaced
    errors.push(
      `option \`${name}\` stands right after the connection string's \`?\`, where it is an option of the driver: ` +
        `write \`&${name}=…\` without that \`?\``,
    )
  }
  const { notes, tls } = clientUri(read.uri, tlsOf(kit))
  warnings.push(...notes)
  if (tls?.insecure) {
    warnings.push(
      "the server's certificate is not verified: whoever is in between can read and change all; " +
        'name the authority that signed it with `ke.ca=/path`',
    )
  }
}
