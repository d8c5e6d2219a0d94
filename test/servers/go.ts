/** Go, for tools that are built from their sources: modules are downloaded, and long builds say that they go on. */
import { spawn, spawnSync } from 'node:child_process'
import { findOnPath } from './debian.ts'

/** @throws Error that names `what` is to be built, where there is no Go. */
export function demandGo(what: string): void {
  if (findOnPath('go') === undefined)
    throw new Error(`${what}: built with Go, which is not on the PATH: install Go 1.24 or newer`)
}

/** Runs go, and says every half minute that it still does. */
export async function go(
  args: readonly string[],
  cwd: string,
  print: (line: string) => void,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const startedAtMs = performance.now()
  const elapsed = (): string => `${Math.round((performance.now() - startedAtMs) / 1000)} s`
  const progress = setInterval(() => print(`  go ${args[0]}: ${elapsed()}`), 30_000)
  try {
    const { promise, resolve, reject } = Promise.withResolvers<number | null>()
    const stdio = ['ignore', 'ignore', 'pipe'] as const
    const child = spawn('go', args, { cwd, env: { ...process.env, ...env }, stdio: [...stdio] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000)
    })
    child.on('error', reject).on('close', resolve)
    const code = await promise
    if (code !== 0) throw new Error(`go ${args.join(' ')} failed (${code}):\n${said}`)
    print(`  go ${args[0]}: done in ${elapsed()}`)
  } finally {
    clearInterval(progress)
  }
}

export interface GoModule {
  /** Path of its go.mod. */
  readonly goMod: string
  /** Path of its sources, read-only. */
  readonly dir: string
}

/** Brings a module (`path@version`) into Go's own cache. */
export function downloadGoModule(module: string): GoModule {
  const { status, stdout, stderr } = spawnSync('go', ['mod', 'download', '-json', module], {
    // Outside of any module, so that no go.mod here has a say.
    cwd: '/',
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${module} cannot be downloaded:\n${stdout}${stderr}`)
  const answer: unknown = JSON.parse(stdout)
  if (typeof answer === 'object' && answer !== null && 'GoMod' in answer && 'Dir' in answer)
    return { goMod: String(answer.GoMod), dir: String(answer.Dir) }
  throw new Error(`go mod download answered without GoMod and Dir: ${stdout}`)
}
