/** The parameters of Go's MySQL driver: which of them matter to a program that only writes, and what they mean here. */
import { parseGoDuration } from '../../gotime/duration.ts'
import { parameterValue } from './dsn.ts'

/**
 * How TLS is used.
 * - `verify`: always, and the server must prove its name
 * - `unverified`: always, with whatever certificate
 * - `preferred`: with whatever certificate, and without where the server has none
 * - `named`: as a Go program has registered under a name; here the `ke.` options say how
 */
export type TlsUse = 'off' | 'verify' | 'unverified' | 'preferred' | 'named'

export interface ConnectionSettings {
  readonly tls: TlsUse
  /** What `SET NAMES` says, tried in order. */
  readonly charsets: readonly string[]
  /** Session variables, each set by a statement of its own as written: a text has its quotes in the value. */
  readonly variables: readonly (readonly [name: string, value: string])[]
  readonly connectTimeoutMs: number
  /** The longest statement that the user allows, bytes. */
  readonly maxPacketBytes: number
  readonly compress: boolean
  /** Send the password as it is where the server asks for that. */
  readonly allowCleartext: boolean
  /** What the server shows of this client. */
  readonly attributes: Readonly<Record<string, string>>
}

export interface ReadParameters {
  readonly settings: ConnectionSettings
  /** What the driver refuses too, each a sentence with its remedy. */
  readonly problems: readonly string[]
  /** What is accepted and does something else than one may think, each a sentence with its remedy. */
  readonly notes: readonly string[]
}

/** The default of `timeout`, ms: a server that is gone is noticed by then. */
const connectTimeoutMs = 10_000
/** Longest statement that is sent, bytes. One packet of the protocol has 16 MiB. */
const longestStatement = 8 * 1_048_576

/** They only say how rows are read, or how the driver sends what is sent in one statement here. */
const withoutEffect: ReadonlySet<string> = new Set([
  'checkConnLiveness',
  'clientFoundRows',
  'columnsWithAlias',
  'interpolateParams',
  'multiStatements',
  'parseTime',
  'rejectReadOnly',
  'allowAllFiles',
  'allowNativePasswords',
])

/**
 * Character sets in which a byte of one character may be a quote or a backslash of another, and those that no client
 * may speak: texts are sent as utf8mb4 instead, and the server converts.
 */
const unspeakable: ReadonlySet<string> = new Set(
  'big5 cp932 eucjpms gb18030 gb2312 gbk sjis ucs2 utf16 utf16le utf32'.split(' '),
)

/** Whether `name` is a parameter of the driver itself; any other is a session variable. */
export function isDriversOwn(name: string): boolean {
  return withoutEffect.has(name) || Object.hasOwn(readers, name)
}

/** Reads a data source name's parameters; of one that is given twice the last counts, as in the driver. */
export function readParameters(
  parameters: readonly (readonly [name: string, value: string])[],
): ReadParameters {
  const draft: Draft = {
    tls: 'off',
    charsets: ['utf8mb4'],
    variables: new Map(),
    connectTimeoutMs,
    maxPacketBytes: longestStatement,
    compress: false,
    allowCleartext: false,
    attributes: {},
    problems: [],
    notes: [],
  }
  for (const [name, value] of new Map(parameters)) {
    const read = readers[name]
    if (read) read(value, draft)
    else if (withoutEffect.has(name)) {
      if (readBool(value) === undefined) draft.problems.push(noBool(name))
    } else readVariable(name, value, draft)
  }
  const { problems, notes, variables, ...rest } = draft
  return { settings: { ...rest, variables: [...variables] }, problems, notes }
}

interface Draft {
  tls: TlsUse
  charsets: readonly string[]
  readonly variables: Map<string, string>
  connectTimeoutMs: number
  maxPacketBytes: number
  compress: boolean
  allowCleartext: boolean
  attributes: Readonly<Record<string, string>>
  readonly problems: string[]
  readonly notes: string[]
}

type Reader = (value: string, draft: Draft) => void

const readers: Readonly<Record<string, Reader>> = {
  tls: (value, draft) => {
    const flag = readBool(value)
    if (flag !== undefined) draft.tls = flag ? 'verify' : 'off'
    else if (value.toLowerCase() === 'skip-verify') draft.tls = 'unverified'
    else if (value.toLowerCase() === 'preferred') draft.tls = 'preferred'
    else draft.tls = 'named'
  },
  allowFallbackToPlaintext: (value, draft) => {
    const flag = readBool(value)
    if (flag === undefined) draft.problems.push(noBool('allowFallbackToPlaintext'))
    else if (flag) {
      draft.notes.push('`allowFallbackToPlaintext` does nothing here: write `tls=preferred`')
    }
  },
  charset: (value, draft) => {
    draft.charsets = value.split(',').map((name) => speakable(name, draft))
  },
  // Only how texts are compared on the connection: nothing is compared here.
  collation: () => {},
  loc: () => {},
  timeTruncate: () => {},
  timeout: (value, draft) => {
    const read = parseGoDuration(value)
    if (!read.ok) draft.problems.push(noDuration('timeout'))
    else if (read.duration.ms > 0) draft.connectTimeoutMs = Math.min(read.duration.ms, 3_600_000)
  },
  readTimeout: (value, draft) => noteTimeout('readTimeout', value, draft),
  writeTimeout: (value, draft) => noteTimeout('writeTimeout', value, draft),
  maxAllowedPacket: (value, draft) => {
    if (!/^-?\d+$/.test(value))
      draft.problems.push('`maxAllowedPacket` is no number: write bytes, or remove it')
    // 0 is what the server says, which counts in any case.
    else if (Number(value) > 0) draft.maxPacketBytes = Math.min(Number(value), longestStatement)
  },
  compress: (value, draft) => {
    const flag = readBool(value)
    if (flag === undefined) draft.problems.push(noBool('compress'))
    else draft.compress = flag
  },
  allowCleartextPasswords: (value, draft) => {
    const flag = readBool(value)
    if (flag === undefined) draft.problems.push(noBool('allowCleartextPasswords'))
    else draft.allowCleartext = flag
  },
  allowOldPasswords: (value, draft) => {
    const flag = readBool(value)
    if (flag === undefined) draft.problems.push(noBool('allowOldPasswords'))
    else if (flag) {
      draft.notes.push(
        '`allowOldPasswords` does nothing: passwords of before MySQL 4.1 are not sent; ' +
          "set the account's password anew on the server",
      )
    }
  },
  connectionAttributes: (value, draft) => {
    const pairs = (parameterValue(value) ?? '').split(',').map((pair) => pair.split(':'))
    draft.attributes = Object.fromEntries(
      pairs.flatMap(([name = '', ...rest]) => (name === '' ? [] : [[name, rest.join(':')]])),
    )
  },
  serverPubKey: (_value, draft) => {
    draft.problems.push(
      '`serverPubKey` names a key that only a Go program can register: write `tls=true` instead',
    )
  },
  strict: (_value, draft) => {
    draft.problems.push(
      "`strict` is no parameter any more: write `sql_mode='STRICT_ALL_TABLES'`, or remove it",
    )
  },
}

function readVariable(name: string, written: string, draft: Draft): void {
  const value = parameterValue(written)
  if (!/^[\w.@]+$/.test(name)) draft.problems.push('has a parameter whose name is none: remove it')
  else if (value === undefined)
    draft.problems.push(`\`${name}\` has a '%' that escapes nothing: write it as %25`)
  else if (name.toLowerCase() === 'autocommit') {
    draft.notes.push('`autocommit` is always on: what is told as delivered is there to stay')
  } else draft.variables.set(name, value)
}

function speakable(name: string, draft: Draft): string {
  const charset = name.trim().toLowerCase()
  // Four bytes a character in any case: an emoji in a message is nothing rare.
  if (charset === 'utf8' || charset === 'utf8mb3' || charset === 'utf8mb4') return 'utf8mb4'
  if (unspeakable.has(charset)) {
    draft.notes.push(
      `\`charset=${charset}\` is for the table: texts are sent as utf8mb4, and the server converts`,
    )
    return 'utf8mb4'
  }
  if (!/^\w+$/.test(charset)) {
    draft.problems.push('`charset` is no name of a character set: write `charset=utf8mb4`')
    return 'utf8mb4'
  }
  return charset
}

function noteTimeout(name: string, value: string, draft: Draft): void {
  if (!parseGoDuration(value).ok) draft.problems.push(noDuration(name))
  else draft.notes.push(`\`${name}\` does nothing here: \`ke.timeout\` says how long a batch may take`)
}

/** As the driver reads it. */
function readBool(value: string): boolean | undefined {
  if (['1', 'true', 'TRUE', 'True'].includes(value)) return true
  return ['0', 'false', 'FALSE', 'False'].includes(value) ? false : undefined
}

function noBool(name: string): string {
  return `\`${name}\` is neither true nor false: write \`${name}=true\`, or remove it`
}

function noDuration(name: string): string {
  return `\`${name}\` is no duration: write 30s, 5m or 1h30m`
}
