/** Chooses the command. */
import { chooseSubcommand, subcommands } from './subcommands.ts'
import { renderProblems, wantsColour } from '../config/problems.ts'
import { type CommandExitCode, processIo, whenNobodyReads } from './command-io.ts'
import { programHelp } from './help.ts'
import { versionText } from './version.ts'

/** `argv` is what follows the program's name; `entry` the program's own file. */
export async function main(argv: readonly string[], entry: URL): Promise<CommandExitCode> {
  const chosen = chooseSubcommand(argv, subcommands, 'run')
  if (chosen.kind === 'unknown') {
    process.stderr.write(
      renderProblems([chosen.problem], { colour: wantsColour(process.stderr, process.env) }),
    )
    return 2
  }
  switch (chosen.name) {
    case 'help':
      whenNobodyReads(() => {})
      process.stdout.write(programHelp())
      return 0
    case 'version':
      whenNobodyReads(() => {})
      process.stdout.write(versionText())
      return 0
    case 'run':
      return (await import('./run.ts')).run(chosen.argv, entry)
    case 'config':
      whenNobodyReads(() => {})
      return (await import('./config.ts')).config(chosen.argv)
    case 'demo':
      return (await import('./demo.ts')).demo(chosen.argv, entry)
    case 'status':
      return (await import('./status.ts')).status(chosen.argv, processIo())
    case 'tail':
      return (await import('./tail.ts')).tail(chosen.argv, processIo())
    case 'sinks':
      return (await import('./sinks.ts')).sinks(chosen.argv, processIo())
    case 'check':
      return (await import('./check.ts')).check(chosen.argv, processIo())
    case 'rbac':
      return (await import('./rbac.ts')).rbac(chosen.argv, processIo())
    case 'dead':
      return (await import('./dead.ts')).dead(chosen.argv, processIo())
    case 'replay':
      return (await import('./replay.ts')).replay(chosen.argv, processIo())
    case 'explain':
      return (await import('./explain.ts')).explain(chosen.argv, processIo())
    case 'search':
      return (await import('./search.ts')).search(chosen.argv, processIo())
    case 'report':
      return (await import('./report.ts')).report(chosen.argv, processIo())
    case 'render':
      return (await import('./render.ts')).render(chosen.argv, processIo())
    case 'record':
      return (await import('./record.ts')).record(chosen.argv, processIo())
  }
}
