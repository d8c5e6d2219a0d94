/** `--help`: made from the tables of subcommands and flags, the sinks' declarations and a few examples. */
import { sinkRegistry } from '../app/registry.ts'
import { flags as declaredFlags } from '../config/flag-table.ts'
import type { FlagDeclaration } from '../config/go-flags.ts'
import { kitOptionSummaries } from '../config/option-summaries.ts'
import { recordingOptions, sourceOptions } from '../config/source-argument.ts'
import { subcommands as declaredSubcommands } from './subcommands.ts'
import type { Subcommand } from './subcommands.ts'

/** A name and what it is, as subcommands, sinks and options have it. */
export interface Summary {
  readonly name: string
  readonly summary: string
}

export interface HelpSubjects {
  readonly subcommands: readonly Subcommand[]
  readonly flags: readonly FlagDeclaration[]
  readonly sinks: readonly Summary[]
  readonly sourceOptions: readonly Summary[]
  readonly recordingOptions: readonly Summary[]
  /** Those that every sink has. */
  readonly sinkOptions: readonly Summary[]
}

export interface HelpExample {
  readonly title: string
  /** The arguments, one a line. */
  readonly argv: readonly string[]
}

/** Whole command lines; each is parsed in a test. */
export const helpExamples: readonly HelpExample[] = [
  {
    title: 'In a cluster: warnings to a webhook, as JSON in a POST',
    argv: [
      '--source=kubernetes:https://kubernetes.default',
      '--sink=webhook:https://hooks.example.test/alerts?level=Warning&method=POST&header=Content-Type=application/json',
    ],
  },
  {
    title: 'From a workstation: every event as a line of JSON, those of the last hour first',
    argv: [
      '--source=kubernetes:?inClusterConfig=false&auth=/home/me/.kube/config',
      '--sink=log',
      '--look-back=1h',
    ],
  },
  {
    title:
      'Two destinations, with a directory that lets a restart lose nothing; the key comes from the environment',
    argv: [
      '--source=kubernetes:https://kubernetes.default',
      '--sink=webhook:https://hooks.example.test/alerts?key=${ALERTS_KEY}&level=Warning&method=POST',
      '--sink=log',
      '--data-dir=/var/lib/kube-eventer',
    ],
  },
]

/** The help of this program, for standard output. */
export function programHelp(): string {
  return helpText({
    subcommands: declaredSubcommands,
    flags: declaredFlags,
    sinks: [...sinkRegistry.values()],
    sourceOptions,
    recordingOptions,
    sinkOptions: kitOptionSummaries(),
  })
}

/** The whole text, ending in a line break. */
export function helpText({
  subcommands,
  flags,
  sinks,
  sourceOptions: ofSource,
  recordingOptions: ofRecording,
  sinkOptions,
}: HelpSubjects): string {
  return [
    'kube-eventer watches the events of Kubernetes and delivers each at least once.',
    '',
    'Usage:',
    '  kube-eventer [SUBCOMMAND] --source=kubernetes:URL?OPTIONS --sink=NAME:URL?OPTIONS [--sink=…] [FLAGS]',
    '',
    ...section('Subcommands', subcommands),
    ...section('Sinks', sinks),
    ...flagSections(flags),
    ...section('Options of a source, in its URL after ?, joined by &', ofSource),
    ...section('Options of --source=recording:FILE, which plays a file of record', ofRecording),
    ...section('Options of every sink, in its URL after ?, joined by &', sinkOptions),
    '$VAR and ${VAR} in --source and --sink are expanded from the environment.',
    'Flags are written -x=v, --x=v, -x v or --x v; booleans --x or --x=false.',
    '',
    'Examples:',
    ...helpExamples.flatMap(({ title, argv }) => [`  # ${title}`, ...shellLines(argv), '']),
    'Exit codes: 0 stopped on request; 1 could not start or go on; 2 wrong usage.',
    '',
  ].join('\n')
}

const firstColumn = 28
const screenColumns = 110

function section(title: string, rows: readonly Summary[]): readonly string[] {
  return [`${title}:`, ...rows.flatMap(({ name, summary }) => row(name, summary)), '']
}

function row(name: string, text: string): readonly string[] {
  const start = `  ${name}`
  if (text === '') return [start]
  const indent = ' '.repeat(firstColumn)
  const lines = brokenAt(screenColumns - firstColumn, text).map((line) => `${indent}${line}`)
  if (start.length + 2 > firstColumn) return [start, ...lines]
  return [`${start.padEnd(firstColumn)}${lines[0]?.trimStart() ?? ''}`, ...lines.slice(1)]
}

/** At blanks; a word that is too long keeps a line of its own. */
function brokenAt(columns: number, text: string): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

function flagSections(flags: readonly FlagDeclaration[]): readonly string[] {
  const groups = [...new Set(flags.map(({ group }) => group))]
  return groups.flatMap((group) => {
    const members = flags.filter((flag) => flag.group === group)
    const isIgnored = members.every(({ ignored }) => ignored === true)
    if (isIgnored) return [`${group}:`, ...wrapped(members.map(({ name }) => `--${name}`)), '']
    return [`${group}:`, ...members.flatMap((flag) => row(spelling(flag), helpOf(flag))), '']
  })
}

function spelling({ name, valueName }: FlagDeclaration): string {
  return valueName === undefined ? `--${name}` : `--${name}=${valueName}`
}

function helpOf(flag: FlagDeclaration): string {
  return flag.default === undefined ? flag.help : `${flag.help} (default ${flag.default})`
}

function wrapped(words: readonly string[]): readonly string[] {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length > 98) lines.push(`  ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** As a shell takes it: the arguments in quotes, since `&`, `?` and `$` mean something there. */
function shellLines(argv: readonly string[]): readonly string[] {
  return [
    '  kube-eventer \\',
    ...argv.map((argument, at) => `    '${argument}'${at < argv.length - 1 ? ' \\' : ''}`),
  ]
}
