/** A real MariaDB server with a database of its own, from Debian's package. */
import { execFileSync } from 'node:child_process'
import { chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getuid } from 'node:process'
import { createConnection } from 'mysql2'
import type { Connection } from 'mysql2'
import { findOnPath, installDebianPackages } from './debian.ts'
import { freePorts, startProcess, until } from './processes.ts'
import type { OwnedProcess } from './processes.ts'

export function installMariadb(print: (line: string) => void): Promise<void> {
  if (findOnPath('mariadbd') === undefined) installDebianPackages(['mariadb-server'], print)
  return Promise.resolve()
}

export interface MariadbServer {
  readonly port: number
  /** Path of its Unix socket. */
  readonly socket: string
  /** Runs statements as root, one after another; answers the rows of the last one, columns by name. */
  run(...statements: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]>
  stop(): Promise<void>
  start(): Promise<void>
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

export interface MariadbOptions {
  /** The server's own, besides those that it needs. */
  readonly args?: readonly string[]
  /** A free one where absent. */
  readonly port?: number
  /** Paths of PEM files. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string }
}

/** Root has no password. */
export async function startMariadb({
  args = [],
  tls,
  port: given,
}: MariadbOptions = {}): Promise<MariadbServer> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-mariadb-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  const tlsFiles = Object.entries(tls ?? {}).map(([name, path]) => {
    const copy = join(folder, `${name}.pem`)
    copyFileSync(path, copy)
    return { option: `--ssl-${name}=${copy}`, copy }
  })
  const account = accountFor([folder, data, ...tlsFiles.map(({ copy }) => copy)])
  execFileSync(
    'mariadb-install-db',
    [
      '--no-defaults',
      `--datadir=${data}`,
      ...account,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ],
    { stdio: 'pipe' },
  )
  const [port = 0] = given === undefined ? await freePorts(1) : [given]
  const socket = join(folder, 'socket')
  const run = async (statements: readonly string[]): Promise<Readonly<Record<string, unknown>>[]> => {
    const connection = createConnection({ host: '127.0.0.1', port, user: 'root', multipleStatements: false })
    // What goes wrong is told by the statement as well.
    connection.on('error', () => {})
    try {
      let rows: Readonly<Record<string, unknown>>[] = []
      for (const statement of statements) rows = await ask(connection, statement)
      return rows
    } finally {
      connection.destroy()
    }
  }
  const start = async (): Promise<OwnedProcess> => {
    const started = startProcess('mariadbd', 'mariadbd', [
      '--no-defaults',
      `--datadir=${data}`,
      ...account,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${socket}`,
      `--pid-file=${join(folder, 'pid')}`,
      '--innodb-flush-log-at-trx-commit=0',
      '--skip-log-bin',
      ...tlsFiles.map(({ option }) => option),
      ...args,
    ])
    await until('MariaDB to answer', () => run(['SELECT 1']), [started])
    return started
  }
  let server = await start()
  return {
    port,
    socket,
    run: (...statements) => run(statements),
    stop: async () => void (await server.stop('SIGTERM')),
    start: async () => {
      server = await start()
    },
    freeze: () => void process.kill(server.pid, 'SIGSTOP'),
    thaw: () => void process.kill(server.pid, 'SIGCONT'),
    close: async () => {
      await server.stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** It refuses to run as root: then the package's own account does, and the files are its. */
function accountFor(paths: readonly string[]): string[] {
  if (getuid?.() !== 0) return []
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'mysql'], { encoding: 'utf8' }))
  for (const path of paths) chownSync(path, id('-u'), id('-g'))
  return ['--user=mysql']
}

function ask(connection: Connection, statement: string): Promise<Readonly<Record<string, unknown>>[]> {
  return new Promise((resolve, reject) => {
    connection.query(statement, (error, rows) => {
      if (error) reject(error)
      else resolve(Array.isArray(rows) ? rows.map((row) => ({ ...row })) : [])
    })
  })
}

/** The table as kube-eventer documents it. */
export function originalTable(name: string, charset = 'utf8mb4'): string {
  return (
    `CREATE TABLE ${name} (id bigint(20) not null auto_increment primary key, name varchar(64) not null default '', ` +
    "namespace varchar(64) not null default '', event_id varchar(64) not null default '', type varchar(64) not null " +
    "default '', reason varchar(64) not null default '', message text not null, kind varchar(64) not null default '', " +
    "first_occurrence_time varchar(64) not null default '', last_occurrence_time varchar(64) not null default '') " +
    `ENGINE=InnoDB default CHARSET=${charset}`
  )
}
