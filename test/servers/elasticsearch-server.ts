/** One running Elasticsearch or OpenSearch of a test: started, stopped, frozen, asked. */
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getuid } from 'node:process'
import { freePorts, until } from './processes.ts'
import { copySearchEngine } from './search-engines.ts'
import type { SearchEngineCopy, SearchEngineKind } from './search-engines.ts'

export interface SearchEngineServer {
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** `user:password` of one who may do everything; absent where the server asks nobody. */
  readonly admin: { readonly name: string; readonly password: string } | undefined
  /** As the admin; answers status and parsed body. */
  ask(method: string, path: string, body?: unknown): Promise<EngineAnswer>
  /** It goes away in good order. */
  stop(): Promise<void>
  /** It comes back, with its data, on its port. */
  start(): Promise<void>
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

export interface EngineAnswer {
  readonly status: number
  readonly body: unknown
}

/** Where the tests are root: the servers refuse to run as root. */
const nobody = 65_534
const admin = { name: 'elastic', password: 'admin-password' }
/** The longest that a start may take, ms: two cores, shared with others. */
const startWithinMs = 120_000

const running = new Set<number>()
// They are no children of ours: they detach themselves.
process.on('exit', () => {
  for (const pid of running) kill(pid, 'SIGKILL')
})

export async function startSearchEngine(kind: SearchEngineKind): Promise<SearchEngineServer> {
  const [port = 0, transportPort = 0] = await freePorts(2)
  const folder = mkdtempSync(join(tmpdir(), `kube-eventer-${kind.product}-`))
  chmodSync(folder, 0o755)
  const hasUsers = kind.product === 'elasticsearch'
  const copy = copySearchEngine(kind, folder, settingsOf(port, transportPort, hasUsers))
  if (hasUsers) makeKeystore(kind, copy)
  if (getuid?.() === 0) run('chown', ['-R', `${nobody}:${nobody}`, folder])
  const url = `http://127.0.0.1:${port}`
  const credentials = hasUsers ? admin : undefined
  let pid = 0
  const ask: SearchEngineServer['ask'] = async (method, path, body) => {
    const authorization =
      credentials && `Basic ${Buffer.from(`${credentials.name}:${credentials.password}`).toString('base64')}`
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        connection: 'close',
        'content-type': 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : parsed(text) }
  }
  const start = async (): Promise<void> => {
    pid = await launch(kind, copy, folder)
    running.add(pid)
    await until(
      `${kind.product} ${kind.version} to be ready`,
      async () => {
        if (!isAlive(pid)) throw new Error(`it has ended:\n${logOf(folder)}`)
        return (await ask('GET', '/_cluster/health?wait_for_status=yellow&timeout=1s')).status === 200
      },
      [],
      startWithinMs,
    )
  }
  const stop = async (): Promise<void> => {
    kill(pid, 'SIGCONT')
    kill(pid, 'SIGTERM')
    await until(`${kind.product} to end`, () => !isAlive(pid))
    running.delete(pid)
  }
  await start()
  return {
    url,
    admin: credentials,
    ask,
    start,
    stop,
    freeze: () => kill(pid, 'SIGSTOP'),
    thaw: () => kill(pid, 'SIGCONT'),
    close: async () => {
      if (isAlive(pid)) await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function settingsOf(port: number, transportPort: number, hasUsers: boolean): readonly string[] {
  return [
    'cluster.name: tests',
    'node.name: n1',
    'network.host: 127.0.0.1',
    `http.port: ${port}`,
    `transport.port: ${transportPort}`,
    'discovery.type: single-node',
    'cluster.routing.allocation.disk.threshold_enabled: false',
    ...(hasUsers ? ['xpack.security.enabled: true', 'xpack.security.authc.api_key.enabled: true'] : []),
  ]
}

function environmentOf(kind: SearchEngineKind, { javaHome }: SearchEngineCopy): NodeJS.ProcessEnv {
  const prefix = kind.product === 'elasticsearch' ? 'ES' : 'OPENSEARCH'
  return {
    PATH: process.env['PATH'],
    HOME: '/tmp',
    [`${prefix}_JAVA_HOME`]: javaHome,
    // A collector is named in jvm.options already.
    [`${prefix}_JAVA_OPTS`]: '-Xms256m -Xmx256m -XX:TieredStopAtLevel=1',
  }
}

function makeKeystore(kind: SearchEngineKind, copy: SearchEngineCopy): void {
  const tool = join(copy.home, 'bin', 'elasticsearch-keystore')
  const env = environmentOf(kind, copy)
  run(tool, ['create'], { env })
  run(tool, ['add', '-x', 'bootstrap.password'], { env, input: admin.password })
}

/** Starts it detached, which is how its own process is told from those that start it; answers its pid. */
async function launch(kind: SearchEngineKind, copy: SearchEngineCopy, folder: string): Promise<number> {
  const pidFile = join(copy.data, 'pid')
  rmSync(pidFile, { force: true })
  const server = [join(copy.home, 'bin', kind.product), '-d', '-p', pidFile]
  const as = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']
  const [command = '', ...args] = getuid?.() === 0 ? [...as, ...server] : server
  // Into a file: it keeps what it was given to write to, and so would keep a pipe of ours open.
  const log = openSync(startLogOf(folder), 'a')
  const starting = spawn(command, args, {
    env: environmentOf(kind, copy),
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  if (starting.pid !== undefined) running.add(starting.pid)
  const { promise: started, resolve } = Promise.withResolvers<unknown>()
  starting.on('exit', resolve).on('error', resolve)
  await started
  if (starting.pid !== undefined) running.delete(starting.pid)
  return until(
    `${kind.product} to start`,
    () => existsSync(pidFile) && Number(readFileSync(pidFile, 'utf8').trim()),
    [],
    startWithinMs,
  ).catch((error: unknown) => {
    throw new Error(`${kind.product} ${kind.version} does not start:\n${logOf(folder)}`, { cause: error })
  })
}

function startLogOf(folder: string): string {
  return join(folder, 'start.log')
}

function logOf(folder: string): string {
  return [startLogOf(folder), join(folder, 'logs', 'tests.log')]
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8').slice(-4_000))
    .join('\n')
}

function isAlive(pid: number): boolean {
  // One that has ended stays in the table until its parent asks, and as a child of nobody of ours that may be late.
  return pid !== 0 && kill(pid, 0) && !/^State:\s+Z/m.test(statusOf(pid))
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}

function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function run(
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { ...options, encoding: 'utf8' })
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? ''}${stdout}${stderr}`)
}
