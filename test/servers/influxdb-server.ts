/** A real InfluxDB 1 server, from Debian's package. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { findOnPath, installDebianPackages } from './debian.ts'
import { freePorts, startProcess, until } from './processes.ts'
import type { OwnedProcess } from './processes.ts'

export function installInfluxdb(print: (line: string) => void): Promise<void> {
  if (findOnPath('influxd') === undefined) installDebianPackages(['influxdb'], print)
  return Promise.resolve()
}

/** A series, or what a statement shows. */
export interface Table {
  readonly name?: string | undefined
  readonly columns: readonly string[]
  readonly values: readonly (readonly unknown[])[]
}

export interface InfluxdbServer {
  readonly port: number
  /** Asks a statement as the administrator; times are ms. Throws an `Error` with what the server says. */
  ask(statement: string, database?: string): Promise<readonly Table[]>
  stop(): Promise<void>
  start(): Promise<void>
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

export interface InfluxdbOptions {
  /** A free one where absent. */
  readonly port?: number
  /** Users are asked for their passwords; the administrator is `admin`, `admin-secret`. */
  readonly hasUsers?: boolean
  /** Lines of the section `[data]`. */
  readonly data?: readonly string[]
}

const admin = { user: 'admin', password: 'admin-secret' } as const

const answerSchema = z.object({
  error: z.optional(z.string()),
  results: z.optional(
    z.array(
      z.object({
        error: z.optional(z.string()),
        series: z.optional(
          z.array(
            z.object({
              name: z.optional(z.string()),
              columns: z.array(z.string()),
              values: z._default(z.array(z.array(z.unknown())), []),
            }),
          ),
        ),
      }),
    ),
  ),
})

export async function startInfluxdb(options: InfluxdbOptions = {}): Promise<InfluxdbServer> {
  const { hasUsers = false, data = [] } = options
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-influxdb-'))
  const [free = 0, backupPort = 0] = await freePorts(2)
  const port = options.port ?? free
  const config = join(folder, 'influxdb.conf')
  const url = `http://127.0.0.1:${port}`
  const credentials = Buffer.from(`${admin.user}:${admin.password}`).toString('base64')

  const ask: InfluxdbServer['ask'] = async (statement, database = '') => {
    const answer = await fetch(
      `${url}/query?${new URLSearchParams({ db: database, epoch: 'ms' }).toString()}`,
      {
        method: 'POST',
        headers: { authorization: `Basic ${credentials}`, connection: 'close' },
        body: new URLSearchParams({ q: statement }),
      },
    )
    const { error, results = [] } = z.parse(answerSchema, await answer.json())
    const said = error ?? results.find((result) => result.error !== undefined)?.error
    if (said !== undefined) throw new Error(`${statement}: ${said}`)
    return results.flatMap(({ series = [] }) => series)
  }
  const start = async (): Promise<OwnedProcess> => {
    writeFileSync(config, configText(folder, port, backupPort, hasUsers, data))
    const started = startProcess('influxd', 'influxd', ['run', '-config', config])
    await until('InfluxDB to answer', async () => (await fetch(`${url}/ping`)).status === 204, [started])
    return started
  }
  let server = await start()
  if (hasUsers) {
    await ask(`CREATE USER ${admin.user} WITH PASSWORD '${admin.password}' WITH ALL PRIVILEGES`)
  }
  return {
    port,
    ask,
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

function configText(
  folder: string,
  port: number,
  backupPort: number,
  hasUsers: boolean,
  data: readonly string[],
): string {
  return `reporting-disabled = true
bind-address = "127.0.0.1:${backupPort}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
${data.map((line) => `  ${line}\n`).join('')}[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
  auth-enabled = ${hasUsers}
`
}
