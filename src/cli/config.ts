/** `kube-eventer config from-flags`: the configuration file that means the same as a command line. */
import { sinkRegistry } from '../app/registry.ts'
import type { Problem } from '../config/config.ts'
import { fileFromFlags } from '../config/file/from-flags.ts'
import { loadConfig } from '../config/load.ts'
import { errorAt, renderProblems, wantsColour } from '../config/problems.ts'
import { didYouMean } from '../config/suggestion.ts'
import type { ExitCode } from './run.ts'

const help = `kube-eventer config from-flags prints the configuration file that means the same as a command line,
kube-eventer's included. It holds the secrets that the command line holds.

Usage:
  kube-eventer config from-flags -- FLAGS OF THE COMMAND LINE

Examples:
  kube-eventer config from-flags -- --source=kubernetes:https://kubernetes.default --sink=log > config.yaml
  kube-eventer config from-flags -- \\
    '--source=kubernetes:https://kubernetes.default' \\
    '--sink=webhook:https://hooks.example.test/alerts?level=Warning&method=POST'

Then: kube-eventer --config=config.yaml; --print-config shows what it comes to, without secrets.
Exit codes: 0 printed; 2 something is wrong with the command line: a sink that is wrong is left out, and told.
`

/** `argv` is what follows `config`. */
export async function config(argv: readonly string[]): Promise<ExitCode> {
  const [action, ...rest] = argv
  const dashes = rest.indexOf('--')
  const own = dashes === -1 ? rest : rest.slice(0, dashes)
  if (action === undefined || [action, ...own].some((argument) => /^--?(h|help)$/.test(argument))) {
    process.stdout.write(help)
    return action === undefined ? 2 : 0
  }
  if (action !== 'from-flags') {
    const remedy = didYouMean(action, ['from-flags']) ?? 'write config from-flags -- FLAGS'
    return tell([errorAt('command line', 'config has no such subcommand', remedy)])
  }
  const flags = withoutProgram(dashes === -1 ? rest : rest.slice(dashes + 1))
  const parsed = await loadConfig(flags, process.env, sinkRegistry)
  switch (parsed.kind) {
    case 'help':
    case 'version':
      return tell([errorAt('command line', 'it starts nothing', 'give the flags of a run')])
    case 'invalid':
      return tell(parsed.problems)
    case 'run': {
      const { yaml, errors } = await fileFromFlags(parsed)
      process.stdout.write(yaml)
      return errors.length === 0 ? 0 : tell(errors)
    }
  }
}

/** A manifest's `command` begins with the program: `/kube-eventer`, perhaps with `run`. */
function withoutProgram(argv: readonly string[]): readonly string[] {
  const from = /(^|\/)kube-eventer$/.test(argv[0] ?? '') ? 1 : 0
  return argv.slice(argv[from] === 'run' ? from + 1 : from)
}

function tell(problems: readonly Problem[]): 2 {
  process.stderr.write(renderProblems(problems, { colour: wantsColour(process.stderr, process.env) }))
  return 2
}
