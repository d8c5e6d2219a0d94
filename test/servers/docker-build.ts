/** Does what `docker build` does with the Dockerfile, as far as it goes without containers: in folders of a test. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathsInContext, readDockerfile } from '../deploy/dockerfile.ts'
import type { Instruction, Stage } from '../deploy/dockerfile.ts'

const root = join(import.meta.dirname, '..', '..')

/**
 * Runs the build's commands in a clean copy of what .dockerignore lets through, then copies what the last stage
 * copies; answers that folder. `args` are build arguments.
 */
export function dockerBuild(folder: string, args: Readonly<Record<string, string>>): string {
  const [build, image] = readDockerfile()
  if (build === undefined || image === undefined) throw new Error('the Dockerfile has no two stages')
  const context = join(folder, 'context')
  for (const path of pathsInContext()) cpSync(join(root, path), join(context, path), { recursive: true })
  const stage = join(folder, 'stage')
  runStage(build, context, stage, args)
  const target = join(folder, 'image')
  mkdirSync(target)
  for (const { keyword, flags, text } of image.instructions) {
    if (keyword !== 'COPY') continue
    const [source = '', destination = ''] = text.split(' ')
    const copied = join(stage, source)
    // Without --chown the builder's root owns what it copies; the new folders of a copy are its own too.
    execFileSync('chown', ['--no-dereference', '-R', flags['chown'] ?? '0:0', copied])
    // What is there already keeps its owner and mode: `cp` would give it the copied folder's.
    execFileSync('sh', [
      '-euc',
      'tar -C "$1" -c . | tar -C "$2" -xp --no-overwrite-dir',
      'copy',
      copied,
      join(target, destination),
    ])
  }
  return target
}

/** Absolute paths of the stage stand for paths under `stage`. */
function runStage(
  { instructions }: Stage,
  context: string,
  stage: string,
  args: Readonly<Record<string, string>>,
): void {
  let workdir = '/'
  // The machine's own way to registries (proxies, authorities) stays.
  const env: NodeJS.ProcessEnv = { ...process.env }
  const does: Readonly<Record<string, (instruction: Instruction) => void>> = {
    WORKDIR: ({ text }) => {
      workdir = text
      mkdirSync(join(stage, workdir), { recursive: true })
    },
    ARG: ({ text }) => {
      env[text] = args[text] ?? ''
    },
    COPY: ({ text }) => {
      const words = text.split(' ')
      const destination = join(stage, workdir, words.at(-1) ?? '')
      for (const source of words.slice(0, -1))
        cpSync(join(context, source), source === '.' ? destination : join(destination, source), {
          recursive: true,
        })
    },
    RUN: ({ text }) => {
      const command = text.replaceAll(/=(\/\w+)/g, (_, path: string) => `=${join(stage, path)}`)
      const { status, stdout, stderr } = spawnSync('sh', ['-euc', command], {
        cwd: join(stage, workdir),
        env,
        encoding: 'utf8',
      })
      if (status !== 0) throw new Error(`RUN ${text} failed (${status}):\n${stdout}${stderr}`)
    },
  }
  for (const instruction of instructions) {
    const run = does[instruction.keyword]
    if (run === undefined) throw new Error(`${instruction.keyword} ${instruction.text}: not known here`)
    run(instruction)
  }
}
