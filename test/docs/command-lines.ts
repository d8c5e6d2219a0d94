/** Whether a documented command line is one that the program takes; nothing is started. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandDeclarations } from '../../src/cli/commands.ts'
import { readArguments } from '../../src/cli/command.ts'
import { chooseSubcommand, subcommands } from '../../src/cli/subcommands.ts'
import type { Problem } from '../../src/config/config.ts'
import { parseCommandLine } from '../../src/config/from-command-line.ts'
import { renderProblems } from '../../src/config/problems.ts'
import type { SinkDeclaration } from '../../src/sink-kit/sink.ts'
import { environmentFor, root } from './pages.ts'

type Registry = ReadonlyMap<string, SinkDeclaration>

/** What is wrong with `words`; `undefined`: nothing, or it is no command of the project. */
export function wrongWith(words: readonly string[], registry: Registry): string | undefined {
  const program = words.findIndex((word) => /^(?:bin\/|\/)?kube-eventer$/.test(word))
  if (program === 0 || (program > 0 && words[program - 1] === '--' && words[0] === 'kubectl')) {
    return wrongWithProgram(words.slice(program + 1), registry)
  }
  const [first, second, third, ...rest] = words
  if (first === 'npm' && second === 'run') return wrongWithScript(third ?? '', rest, registry)
  if (first === 'npm' && second === 'start') {
    return third === '--' ? wrongWithProgram(rest, registry) : 'write npm start -- FLAGS'
  }
  const file = words.find((word) => word.endsWith('.ts'))
  if ((first === 'node' || first === 'npx') && file !== undefined) {
    return existsSync(join(root, file)) ? undefined : `there is no ${file}`
  }
  return undefined
}

function wrongWithScript(name: string, rest: readonly string[], registry: Registry): string | undefined {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const hasScript = JSON.stringify(manifest).includes(`"${name}":`)
  if (!hasScript) return `package.json has no script ${name}`
  return name === 'demo' && rest.length > 0
    ? wrongWithProgram(['demo', ...rest.slice(1)], registry)
    : undefined
}

function wrongWithProgram(argv: readonly string[], registry: Registry): string | undefined {
  const chosen = chooseSubcommand(argv, subcommands, 'run')
  if (chosen.kind === 'unknown') return textOf([chosen.problem])
  const { name, argv: rest } = chosen
  const declaration = commandDeclarations.find((one) => one.name === name)
  if (declaration) {
    const read = readArguments(declaration, rest)
    if (read.kind === 'invalid') return textOf(read.problems)
    const own = declaration.flags.map((flag) => flag.name)
    const ofRun = rest.filter((word) => !own.includes(/^--?([^=]+)/.exec(word)?.[1] ?? ''))
    // A warning is what `check` is asked for.
    return declaration.takesRunFlags ? wrongWithRun(ofRun, registry, 'error') : undefined
  }
  switch (name) {
    case 'run':
      return wrongWithRun(rest, registry)
    case 'demo': {
      const ofRun = rest.filter((word) => !/^--(?:speed|recording)=/.test(word))
      return wrongWithRun(['--source=kubernetes:', ...ofRun], registry)
    }
    case 'config': {
      const [action, dashes, ...flags] = rest
      if (action === '--help') return undefined
      if (action !== 'from-flags' || dashes !== '--') return 'write config from-flags -- FLAGS'
      return /^\/?kube-eventer$/.test(flags[0] ?? '')
        ? wrongWithRun(flags.slice(1), registry)
        : wrongWithRun(flags, registry)
    }
    default:
      return undefined
  }
}

/** A warning is wrong as well: who copies a line shall not be told that it should have been another. */
function wrongWithRun(argv: readonly string[], registry: Registry, only?: 'error'): string | undefined {
  const env = environmentFor(argv.join(' '))
  const withFile = argv.some((word) => /^--?c(?:onfig)?(?:=|$)/.test(word))
  const parsed = withFile
    ? parseCommandLine(argv, env, registry, { ok: true, file: someFile(registry), warnings: [] })
    : parseCommandLine(argv, env, registry)
  const problems = 'problems' in parsed ? parsed.problems : []
  // Secrets from files are there on the reader's machine.
  const real = problems.filter(
    ({ what, severity }) => !/cannot be read \(ENOENT\)/.test(what) && severity === (only ?? severity),
  )
  return real.length === 0 ? undefined : textOf(real)
}

function someFile(registry: Registry): Extract<Parameters<typeof parseCommandLine>[3], { ok: true }>['file'] {
  const lookBack = { kind: 'none' } as const
  const source = {
    cluster: 'file',
    server: '',
    inClusterConfig: true,
    useServiceAccount: false,
    insecure: false,
    lookBack,
  }
  const read = parseCommandLine(['--source=kubernetes:', '--sink=log'], {}, registry)
  const sinks = read.kind === 'run' ? read.config.sinks : []
  return { sources: [{ source, where: 'config.yaml:1:1' }], sinks, reports: [], journal: {} }
}

function textOf(problems: readonly Problem[]): string {
  return renderProblems(problems, { colour: false }).trim()
}
