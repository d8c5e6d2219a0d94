/** `kube-eventer sinks`: the sinks that there are, and what each takes, from their declarations. */
import { sinkRegistry } from '../app/registry.ts'
import { sinkReference, type OptionReference, type SinkReference } from '../app/sink-reference.ts'
import { errorAt, quoteName } from '../config/problems.ts'
import { didYouMean } from '../config/suggestion.ts'
import type { CommandExitCode, CommandIo } from './command-io.ts'
import { jsonFlag, printJson, runCommand, UsageFailure, type CommandDeclaration } from './command.ts'
import { table } from './table.ts'

export const sinksCommand: CommandDeclaration = {
  name: 'sinks',
  summary: 'tell the sinks that there are, or all about one',
  usage: ['[NAME] [--json]'],
  about: `Without a name: each sink and what it is. With one: its options, examples and how it is driven. With --json also
the JSON Schema of its options in a configuration file. Nothing is asked of a program or of a cluster.`,
  flags: [jsonFlag],
  positional: { least: 0, most: 1 },
  examples: [
    { title: 'All of them', argv: ['sinks'] },
    { title: 'All about one', argv: ['sinks', 'webhook'] },
    { title: "The schema of one's options", argv: ['sinks', 'webhook', '--json'] },
  ],
  exitCodes: [
    [0, 'told'],
    [2, 'wrong usage, such as a name that no sink has'],
  ],
}

/** `argv` is what follows `sinks`. */
export function sinks(argv: readonly string[], io: CommandIo): Promise<CommandExitCode> {
  return runCommand(sinksCommand, argv, io, async (given) => {
    const [name] = given.positional
    if (name === undefined) {
      const all = [...sinkRegistry.values()].map(({ name: one, summary }) => ({ name: one, summary }))
      if (given.isSet('json')) printJson(io, all)
      else io.out(table(all.map(({ name: one, summary }) => [one, summary])))
      return 0
    }
    const declaration = sinkRegistry.get(name)
    if (declaration === undefined) throw unknownSink(name)
    const reference = sinkReference(declaration)
    if (given.isSet('json')) printJson(io, reference)
    else io.out(referenceText(reference))
    return 0
  })
}

function unknownSink(name: string): UsageFailure {
  const names = [...sinkRegistry.keys()]
  const what = `there is no sink ${quoteName(name) ?? 'of this name'}`
  const list = `sinks are ${names.join(', ')}`
  const suggestion = didYouMean(name, names)
  return new UsageFailure([
    errorAt('command line', what, suggestion === undefined ? list : `${suggestion} ${list}`),
  ])
}

/** For people; ends in a line break. */
function referenceText({ name, summary, options, kitOptions, examples, pace }: SinkReference): string {
  return [
    `${name}: ${summary}\n`,
    '\nOptions, as a configuration file has them:\n',
    indented(options.flatMap(optionRows)),
    '\nOptions of every sink, as --sink has them:\n',
    indented(kitOptions.flatMap((option) => [[option.name], ['', option.summary]])),
    '\nExamples:\n',
    ...examples.map(({ title, argument }) => `  # ${title}\n  --sink='${argument}'\n\n`),
    'How it is driven, unless options say otherwise:\n',
    indented([
      ['sends in flight at once', String(pace.concurrency)],
      ['events a send', pace.batchCount === 1 ? '1' : `up to ${pace.batchCount}`],
      ['a send may take', `${pace.timeoutMs / 1000} s`],
      [
        'an event is retried for',
        pace.retryForMs === 'journal' ? 'as long as the journal keeps it' : `${pace.retryForMs / 60_000} min`,
      ],
    ]),
  ].join('')
}

function optionRows(option: OptionReference): readonly (readonly string[])[] {
  const facts = [
    option.type,
    ...(option.required ? ['required'] : []),
    ...(option.secret ? ['secret'] : []),
    ...(option.default === undefined ? [] : [`default ${option.default}`]),
  ]
  return [[option.name, facts.join(', ')], ...(option.summary === '' ? [] : [['', option.summary]])]
}

function indented(rows: readonly (readonly string[])[]): string {
  return table(rows.map(([first = '', ...others]) => [`  ${first}`, ...others]))
}
