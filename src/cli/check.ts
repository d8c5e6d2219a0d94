/** `kube-eventer check`: whether a configuration would work, before it is run. */
import { checkConfig, findingOf, type Finding } from '../app/check.ts'
import { sinkRegistry } from '../app/registry.ts'
import { loadConfig } from '../config/load.ts'
import { renderProblems } from '../config/problems.ts'
import { systemClock } from '../domain/clock.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import type { CommandExitCode, CommandIo } from './command-io.ts'
import { jsonFlag, printJson, runCommand, type CommandDeclaration } from './command.ts'

export const checkCommand: CommandDeclaration = {
  name: 'check',
  summary: 'look whether a configuration would work, without sending anything',
  usage: ['[--json] FLAGS OF run'],
  about: `Takes the flags of run; kube-eventer --help tells them. Reads the configuration as strictly as --strict does,
asks each cluster whether this account may get, list and watch events, and reaches each sink's destination without
sending an alert. Tells what is wrong, why and what to do. Nothing is made and nothing is sent.`,
  flags: [jsonFlag],
  takesRunFlags: true,
  positional: { least: 0, most: 0 },
  examples: [
    {
      title: 'What the pod would run',
      argv: [
        'check',
        '--source=kubernetes:https://kubernetes.default',
        '--sink=webhook:https://hooks.example.test/alerts?method=POST',
      ],
    },
    { title: 'A configuration file, in a pipeline', argv: ['check', '--config=kube-eventer.yaml', '--json'] },
  ],
  exitCodes: [
    [0, 'nothing is wrong; there may be warnings'],
    [1, 'something is wrong'],
    [2, 'the configuration cannot be read at all'],
  ],
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** `argv` is what follows `check`. */
export function check(argv: readonly string[], io: CommandIo): Promise<CommandExitCode> {
  return runCommand(checkCommand, argv, io, async (given) => {
    const ofRun = argv.filter((argument) => !/^--?json(?:=.*)?$/.test(argument))
    // A strict reading stops at the first sink that is wrong; what can be reached is looked at all the same.
    const strict = await loadConfig(['--strict', ...ofRun], io.env, sinkRegistry)
    const lenient = await loadConfig(ofRun, io.env, sinkRegistry)
    const problems = 'problems' in strict ? strict.problems : []
    if (lenient.kind !== 'run') {
      io.err(renderProblems(problems, { colour: io.colour.err }))
      return 2
    }
    const found = [
      ...problems.map(findingOf),
      ...(await checkConfig(lenient.config, {
        env: io.env,
        clock: systemClock,
        log: silent,
        signal: io.signal,
      })),
    ]
    const ok = found.every(({ state }) => state !== 'error')
    if (given.isSet('json')) printJson(io, { ok, findings: found })
    else io.out(found.map((finding) => findingText(finding, io.colour.out)).join(''))
    return ok ? 0 : 1
  })
}

const colours = { ok: 32, warning: 33, error: 31 } as const

function findingText({ state, subject, what, remedy }: Finding, colour: boolean): string {
  const label = state.padEnd(7)
  const shown = colour ? `\u001b[${colours[state]}m${label}\u001b[0m` : label
  const lines = [`${subject}: ${what}`, ...(remedy === '' ? [] : [remedy])].join('\n').split('\n')
  return `${shown}  ${lines.join('\n           ')}\n`
}
