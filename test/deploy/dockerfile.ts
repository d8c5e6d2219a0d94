/** Reads the Dockerfile: its stages, what each instruction says, and which files .dockerignore lets it see. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Instruction {
  /** `COPY`, `RUN`, … */
  readonly keyword: string
  /** `--from=build` as `from: 'build'`. */
  readonly flags: Readonly<Record<string, string>>
  /** What follows, as it stands there. */
  readonly text: string
}

export interface Stage {
  readonly base: string
  /** Undefined for the last one, which is the image. */
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

const root = join(import.meta.dirname, '..', '..')

/** @throws Error for a line that is no instruction, or stands before the first FROM. */
export function readDockerfile(): Stage[] {
  const text = readFileSync(join(root, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ')
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = []
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const instruction = readInstruction(line)
    if (instruction.keyword === 'FROM') {
      const [base = '', as, name] = instruction.text.split(/\s+/)
      if (as !== undefined && as !== 'AS') throw new Error(`Dockerfile: ${line}`)
      stages.push({ base, name, instructions: [] })
    } else {
      const stage = stages.at(-1)
      if (stage === undefined) throw new Error(`Dockerfile: ${line}: no FROM yet`)
      stage.instructions.push(instruction)
    }
  }
  return stages
}

function readInstruction(line: string): Instruction {
  const match = /^([A-Z]+)((?:\s+--[\w-]+=\S+)*)\s+(.+)$/.exec(line)
  if (!match) throw new Error(`Dockerfile: ${line}: no instruction`)
  const [, keyword = '', flags = '', text = ''] = match
  const named = [...flags.matchAll(/--([\w-]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value])
  return { keyword, flags: Object.fromEntries(named), text: text.trim() }
}

/** The paths that .dockerignore lets through: it leaves out everything, then names what counts. */
export function pathsInContext(): string[] {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
  const [first, ...rest] = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (first !== '*' || !rest.every((line) => line.startsWith('!')))
    throw new Error('.dockerignore no longer leaves out everything first: read it anew here')
  return rest.map((line) => line.slice(1))
}
