/** The connections of a sink: opened when they are needed, set up, and told what the table looks like. */
import { connect as connectTcp, isIP } from 'node:net'
import type { Socket } from 'node:net'
import type { Connection, ConnectionOptions, RowDataPacket, SslOptions } from 'mysql2'
import type { Location } from '../../gotime/location.ts'
import type { SinkContext } from '../../sink-kit/sink.ts'
import { loadTlsMaterial, tlsOf } from '../../sink-kit/trust.ts'
import { untilAborted } from '../../sink-kit/until-aborted.ts'
import type { Dsn } from './dsn.ts'
import type { MysqlOptions } from './options.ts'
import type { ConnectionSettings, TlsUse } from './parameters.ts'
import type { RowText, StatementFrame } from './rows.ts'
import { emptyInsert, insertFrame, rowTextFor } from './rows.ts'
import type { TableName, TableShape } from './table.ts'
import { addColumns, createTable, shapeOf, shownTable } from './table.ts'

/** One connection that is set up. */
export interface Session {
  readonly shape: TableShape
  readonly frame: StatementFrame
  readonly rowText: RowText
  /** For a table whose engine cannot take a row back: all that an insert is, without a row. */
  readonly emptyInsert: string
  /** The longest statement, bytes. */
  readonly maxStatementBytes: number
  /** It was idle before: that it is broken says nothing about the server. */
  readonly isReused: boolean
  /** Rejects with the client library's error. After an abort the connection is gone. */
  run(statement: string, signal: AbortSignal): Promise<void>
}

export interface SessionsOptions {
  readonly options: MysqlOptions
  readonly dsn: Dsn
  readonly settings: ConnectionSettings
  readonly tls: Exclude<TlsUse, 'named'>
  readonly table: TableName
  readonly zone: Location
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: SinkContext['log']
}

/** The table cannot be used as it is; the text says how to change that. */
export class UnusableTableError extends Error {}

/** The server's errors for what the user has no right to. */
const mayNotErrors: readonly number[] = [1044, 1142, 1227]

/** What is subtracted from the server's `max_allowed_packet`: the packet's own head. */
const packetHead = 1_024

export class Sessions {
  readonly #parts: SessionsOptions
  readonly #mysql: typeof import('mysql2')
  readonly #warned = new Set<string>()
  readonly #idle: OpenSession[] = []
  readonly #open = new Set<Socket>()
  /** One for all connections: the client library makes the certificates' context once an object. */
  #ssl: Promise<SslOptions> | undefined

  constructor(mysql: typeof import('mysql2'), parts: SessionsOptions) {
    this.#mysql = mysql
    this.#parts = parts
  }

  /** One that is idle, else a new one. Rejects with the client library's error or an `UnusableTableError`. */
  async take(signal: AbortSignal): Promise<Session> {
    const idle = this.#idle.pop()
    return idle ? { ...idle, isReused: true } : this.#connect(signal)
  }

  /** Gives one back that is whole. */
  give(session: Session): void {
    if (isOpenSession(session) && !session.socket.destroyed) this.#idle.push(session)
  }

  /** Ends one that is not. */
  drop(session: Session): void {
    if (isOpenSession(session)) session.socket.destroy()
  }

  /** Ends all of them, at once where something is still running on one. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(takeLeave))
    for (const socket of this.#open) socket.destroy()
  }

  async #connect(signal: AbortSignal): Promise<Session> {
    const config = await this.#config()
    try {
      return await this.#openWith(config, signal)
    } catch (error) {
      // As the driver does: `preferred` goes on without where the server has none.
      const hasNoTls = error instanceof Error && 'code' in error && error.code === 'HANDSHAKE_NO_SSL_SUPPORT'
      if (this.#parts.tls !== 'preferred' || !hasNoTls) throw error
      const { ssl: _without, ...plain } = config
      return this.#openWith(plain, signal)
    }
  }

  async #openWith(config: ConnectionOptions, signal: AbortSignal): Promise<Session> {
    signal.throwIfAborted()
    const socket = this.#dial()
    const connection = this.#mysql.createConnection({ ...config, stream: () => socket })
    // What happens while it is idle: it is found destroyed when it is wanted.
    connection.on('error', () => socket.destroy())
    const forget = (): void => {
      this.#open.delete(socket)
      const at = this.#idle.findIndex((idle) => idle.socket === socket)
      if (at !== -1) this.#idle.splice(at, 1)
    }
    this.#open.add(socket)
    socket.once('close', forget)
    const query = (statement: string): Promise<unknown> =>
      new Promise((resolve, reject) => {
        connection.query(statement, (error, rows) => (error ? reject(error) : resolve(rows)))
      })
    const run = (statement: string, until: AbortSignal): Promise<unknown> =>
      untilAborted(query(statement), until, () => socket.destroy())
    try {
      const connected = new Promise<void>((resolve, reject) => {
        connection.connect((error) => (error ? reject(error) : resolve()))
      })
      await untilAborted(connected, signal, () => socket.destroy())
      const ask: Ask = async (statement) => rowsOf(await run(statement, signal))
      const server = await this.#setUp(ask)
      const shape = await this.#look(ask)
      for (const remark of shape.remarks) this.#warnOnce(remark)
      const { table, zone, settings } = this.#parts
      const session: OpenSession = {
        connection,
        socket,
        shape,
        frame: insertFrame(table, shape),
        rowText: rowTextFor(shape.columns, server.hasBackslashEscapes, zone),
        emptyInsert: emptyInsert(table, shape),
        maxStatementBytes: Math.min(server.maxPacketBytes, settings.maxPacketBytes) - packetHead,
        isReused: false,
        run: async (statement, until) => void (await run(statement, until)),
      }
      return session
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  #dial(): Socket {
    const { address } = this.#parts.dsn
    if (address.kind === 'unix') return connectTcp({ path: address.path })
    const { host, port, family } = address
    const socket = connectTcp({
      host,
      port,
      family,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 15_000,
    })
    // Node verifies a certificate against this name where no other is given, and knows it of names alone, not of
    // addresses: without it one that was made for an address would never fit.
    if (isIP(host) !== 0) Reflect.set(socket, '_host', host)
    return socket
  }

  async #config(): Promise<ConnectionOptions> {
    const { dsn, settings, options, tls } = this.#parts
    const { serverName } = options
    const host = serverName ?? (dsn.address.kind === 'tcp' ? dsn.address.host : 'localhost')
    this.#ssl ??= tls === 'off' ? undefined : this.#loadTls()
    // Files that could not be read now may be there at the next try.
    this.#ssl?.catch(() => (this.#ssl = undefined))
    const ssl = await this.#ssl
    return {
      // For TLS alone: the connection itself is made by `stream`.
      host,
      user: dsn.user,
      password: options.password ?? dsn.password,
      ...(dsn.database === '' ? {} : { database: dsn.database }),
      connectTimeout: settings.connectTimeoutMs,
      connectAttributes: { ...settings.attributes, program_name: 'kube-eventer' },
      compress: settings.compress,
      enableCleartextPlugin: settings.allowCleartext,
      // A server could ask for any file of this machine.
      flags: ['-LOCAL_FILES'],
      // Rows are few and small: no code is made for reading them.
      disableEval: true,
      rowsAsArray: true,
      ...(ssl ? { ssl } : {}),
    }
  }

  async #loadTls(): Promise<SslOptions> {
    const { options, tls, env } = this.#parts
    const isVerified = tls === 'verify'
    const { ca, cert, key } = await loadTlsMaterial({ ...tlsOf(options), insecure: !isVerified }, env)
    return {
      ca: [...ca],
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      rejectUnauthorized: isVerified,
      verifyIdentity: isVerified,
    }
  }

  /** Character set and variables, and what is to be known of the server. */
  async #setUp(
    ask: Ask,
  ): Promise<{ readonly maxPacketBytes: number; readonly hasBackslashEscapes: boolean }> {
    const { charsets, variables } = this.#parts.settings
    await firstThatWorks(charsets.map((charset) => () => ask(`SET NAMES ${charset}`)))
    for (const [name, value] of variables) await ask(`SET ${name}=${value}`)
    // A server may be told to begin without: what is told as delivered would be gone with the connection.
    await ask('SET autocommit=1')
    const [row = []] = await ask('SELECT @@max_allowed_packet, @@sql_mode')
    const [maxPacket, sqlMode] = row
    return {
      maxPacketBytes: Number(maxPacket) > packetHead * 2 ? Number(maxPacket) : packetHead * 2,
      hasBackslashEscapes: !String(sqlMode).includes('NO_BACKSLASH_ESCAPES'),
    }
  }

  /** Looks at the table, and makes it where there is none. */
  async #look(ask: Ask): Promise<TableShape> {
    const { table, dsn } = this.#parts
    if (dsn.database === '' && table.database === undefined) {
      throw new UnusableTableError(
        'the data source name has no database: write it after the slash, or `table=database.table`',
      )
    }
    let columns = await columnsOf(ask, table)
    if (columns.length === 0) {
      await this.#makeTable(ask)
      this.#parts.log.info(`made the table ${shownTable(table)}, which was not there`)
      columns = await columnsOf(ask, table)
    }
    const looked = shapeOf(table, {
      columns,
      uniqueIndexes: await uniqueIndexesOf(ask, table, columns),
      engine: await engineOf(ask, table),
    })
    if ('shape' in looked) return looked.shape
    const { missing } = looked
    throw new UnusableTableError(
      `the table ${shownTable(table)} has no ${missing.join(', ')}; to add ${missing.length > 1 ? 'them' : 'it'}: ${addColumns(table, missing)}`,
    )
  }

  async #makeTable(ask: Ask): Promise<void> {
    const { table } = this.#parts
    const statement = createTable(table)
    try {
      await ask(statement)
    } catch (error) {
      const isDenied =
        error instanceof Error && 'errno' in error && mayNotErrors.includes(Number(error.errno))
      if (!isDenied) throw error
      throw new UnusableTableError(
        `there is no table ${shownTable(table)} that the user may write to, and the user may not make it; ` +
          `GRANT INSERT, SELECT, UPDATE on it to the user, or make it: ${statement.replaceAll(/\s+/g, ' ')}`,
        { cause: error },
      )
    }
  }

  #warnOnce(remark: string): void {
    if (this.#warned.has(remark)) return
    this.#warned.add(remark)
    this.#parts.log.warn(remark)
  }
}

/** How long a server may take to close a connection that it was asked to close, ms. */
const leaveMs = 500

/** Says goodbye, so that the server counts no broken connection. */
async function takeLeave({ connection, socket }: OpenSession): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const impatience = setTimeout(() => socket.destroy(), leaveMs)
  connection.end()
  await closed
  clearTimeout(impatience)
}

interface OpenSession extends Session {
  readonly connection: Connection
  readonly socket: Socket
}

function isOpenSession(session: Session): session is OpenSession {
  return 'socket' in session
}

type Row = readonly unknown[]
type Ask = (statement: string) => Promise<readonly Row[]>

/** Of a statement without rows: none. */
function rowsOf(result: unknown): readonly Row[] {
  return Array.isArray(result) ? result.filter((row): row is RowDataPacket & Row => Array.isArray(row)) : []
}

async function columnsOf(
  ask: Ask,
  table: TableName,
): Promise<{ name: string; charset: string | undefined; isAutoIncrement: boolean }[]> {
  const rows = await ask(
    `SELECT COLUMN_NAME, CHARACTER_SET_NAME, EXTRA FROM information_schema.COLUMNS WHERE ${isTable(table)}`,
  )
  return rows.map(([name, charset, extra]) => ({
    name: String(name),
    charset: typeof charset === 'string' ? charset : undefined,
    isAutoIncrement: /auto_increment/i.test(String(extra)),
  }))
}

async function uniqueIndexesOf(
  ask: Ask,
  table: TableName,
  columns: readonly { readonly name: string; readonly isAutoIncrement: boolean }[],
): Promise<{ index: string; column: string; isAutoIncrement: boolean }[]> {
  const rows = await ask(
    `SELECT INDEX_NAME, COLUMN_NAME FROM information_schema.STATISTICS WHERE ${isTable(table)} AND NON_UNIQUE = 0`,
  )
  return rows.map(([index, column]) => ({
    index: String(index),
    column: String(column),
    isAutoIncrement: columns.some(({ name, isAutoIncrement }) => isAutoIncrement && name === column),
  }))
}

async function engineOf(ask: Ask, table: TableName): Promise<string | undefined> {
  const [row] = await ask(`SELECT ENGINE FROM information_schema.TABLES WHERE ${isTable(table)}`)
  return typeof row?.[0] === 'string' ? row[0] : undefined
}

function isTable({ database, table }: TableName): string {
  // Quotes doubled: right whatever the session's mode. A name with a backslash is nobody's.
  const text = (name: string): string => `'${name.replaceAll("'", "''")}'`
  return `TABLE_SCHEMA = ${database === undefined ? 'DATABASE()' : text(database)} AND TABLE_NAME = ${text(table)}`
}

async function firstThatWorks(tries: readonly (() => Promise<unknown>)[]): Promise<void> {
  let last: unknown
  for (const attempt of tries) {
    try {
      await attempt()
      return
    } catch (error) {
      last = error
    }
  }
  if (last !== undefined) throw last
}
