/** A double of a MySQL server on the real protocol: one table in memory, and the ways in which a server fails. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createServer } from 'mysql2'
import type { Connection } from 'mysql2'
import { readInsert } from './insert.ts'
import { requiredColumns } from '../table.ts'

/** How statements are answered. */
export type ServerBehaviour = 'takes' | 'fails' | 'refuses-rows' | 'hangs'

export interface ServerDouble {
  /** `127.0.0.1:port` */
  readonly host: string
  behave(how: ServerBehaviour): void
  /** What is in the table, by column, in order. */
  readonly rows: readonly ReadonlyMap<string, string>[]
  /** Statements other than those that read, in order. */
  readonly statements: readonly string[]
  /** Resolves when an insert has come that gets no answer. */
  reached(): Promise<void>
  close(): Promise<void>
}

/** Error numbers of MySQL. */
const tooLong = { code: 1406, message: "Data too long for column 'message' at row 1" }
const engineFailed = { code: 1030, message: 'Got error 168 from storage engine' }

const columns = [...requiredColumns, 'resource_version', 'count', 'cluster']

/** Listens on the loopback address; `user` alone may log in, with any password. */
export async function startServerDouble(user: string): Promise<ServerDouble> {
  const rows: ReadonlyMap<string, string>[] = []
  const statements: string[] = []
  const connections = new Set<Connection>()
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
  let how: ServerBehaviour = 'takes'

  const execute = (connection: Connection, statement: string): void => {
    const answer = answersOf(connection)
    if (statement.startsWith('SELECT @@')) {
      return answer.table(['@@max_allowed_packet', '@@sql_mode'], [['1048576', 'STRICT_TRANS_TABLES']])
    }
    if (/FROM information_schema\.COLUMNS/.test(statement)) {
      const found = columns.map((name) => [name, name === 'count' ? null : 'utf8mb4', ''])
      return answer.table(['COLUMN_NAME', 'CHARACTER_SET_NAME', 'EXTRA'], found)
    }
    if (/FROM information_schema\.STATISTICS/.test(statement)) {
      return answer.table(
        ['INDEX_NAME', 'COLUMN_NAME'],
        [
          ['event_state', 'event_id'],
          ['event_state', 'resource_version'],
        ],
      )
    }
    if (/FROM information_schema\.TABLES/.test(statement)) return answer.table(['ENGINE'], [['InnoDB']])
    statements.push(statement)
    if (how === 'hangs') return reach()
    if (how === 'fails') return answer.error(engineFailed)
    if (how === 'refuses-rows') return answer.error(tooLong)
    // What is between the two is not stored.
    if (statement === 'START TRANSACTION') transactions.set(connection, rows.length)
    else if (statement === 'ROLLBACK') rows.splice(transactions.get(connection) ?? rows.length)
    else rows.push(...readInsert(statement))
    answer.ok()
  }
  const transactions = new Map<Connection, number>()

  const server = createServer((connection: Connection) => {
    connections.add(connection)
    socketOf(connection).setNoDelay(true)
    connection.on('error', () => {})
    connection.on('end', () => connections.delete(connection))
    connection.on('query', (statement: string) => execute(connection, statement))
    // The library takes every SET for a prepared statement's.
    connection.on('stmt_prepare', (statement: string) => {
      statements.push(statement)
      answersOf(connection).ok()
    })
    Reflect.apply(method(connection, 'serverHandshake'), connection, [
      {
        protocolVersion: 10,
        serverVersion: '8.0.99-double',
        connectionId: 1,
        statusFlags: 2,
        characterSet: 45,
        // All but TLS and compression.
        capabilityFlags: 0xffffff & ~0x800 & ~0x20,
        authCallback: (account: { readonly user: string }, done: (none: null, error?: object) => void) => {
          const error = { code: 1045, message: `Access denied for user '${account.user}'@'localhost'` }
          done(null, account.user === user ? undefined : error)
          connection.sequenceId = 0
        },
      },
    ])
  })
  const listener: unknown = Reflect.get(server, '_server')
  Reflect.apply(server.listen, server, [0, '127.0.0.1'])
  if (!isListener(listener)) throw new Error("the client library's server has no listener any more")
  if (!listener.listening) await once(listener, 'listening')
  const host = `127.0.0.1:${listener.address().port}`
  return {
    host,
    behave: (next) => {
      how = next
    },
    rows,
    statements,
    reached: () => reached,
    close: async () => {
      if (!listener.listening) return
      const closed = once(listener, 'close')
      listener.close()
      for (const connection of connections) socketOf(connection).destroy()
      await closed
    },
  }
}

interface Answers {
  ok(): void
  error(error: { readonly code: number; readonly message: string }): void
  table(names: readonly string[], rows: readonly (readonly (string | null)[])[]): void
}

/** The library's types leave out what a server answers with. */
function answersOf(connection: Connection): Answers {
  const call = (name: string, ...args: readonly unknown[]): void => {
    Reflect.apply(method(connection, name), connection, args)
    // The library leaves counting to whoever answers: each statement begins anew.
    connection.sequenceId = 0
  }
  return {
    ok: () => call('writeOk'),
    error: (error) => call('writeError', error),
    table: (names, rows) => {
      const definitions = names.map((name) => ({
        catalog: 'def',
        schema: '',
        table: '',
        orgTable: '',
        name,
        orgName: name,
        characterSet: 45,
        columnLength: 256,
        columnType: 253,
        flags: 0,
        decimals: 0,
      }))
      const objects = rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]])))
      call('writeTextResult', objects, definitions)
    },
  }
}

function method(connection: Connection, name: string): (...args: unknown[]) => unknown {
  const found: unknown = Reflect.get(connection, name)
  if (typeof found !== 'function') throw new Error(`the client library has no ${name} any more`)
  return (...args) => Reflect.apply(found, connection, args)
}

function socketOf(connection: Connection): Socket {
  // Left out of the library's types as well.
  const { stream } = connection as unknown as { readonly stream: Socket }
  return stream
}

interface Listener extends NodeJS.EventEmitter {
  readonly listening: boolean
  address(): { readonly port: number }
  close(): void
}

function isListener(value: unknown): value is Listener {
  return typeof value === 'object' && value !== null && 'listening' in value && 'address' in value
}
