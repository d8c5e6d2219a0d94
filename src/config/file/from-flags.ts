/** A command line becomes the configuration file that means the same, with what deserves an explanation beside it. */
import type { CommandLine } from '../from-command-line.ts'
import { placeOf } from '../problems.ts'
import type { Config, Problem } from '../config.ts'
import { writeConfig } from './write.ts'

export interface FileFromFlags {
  readonly yaml: string
  /** Sinks that could not be read: they are not in it. */
  readonly errors: readonly Problem[]
}

/** `parsed` is what `parseCommandLine` made of it; its secrets are written out. */
export async function fileFromFlags(parsed: Extract<CommandLine, { kind: 'run' }>): Promise<FileFromFlags> {
  const { config, problems } = parsed
  const errors = problems.filter(({ severity }) => severity === 'error')
  const yaml = await writeConfig(config, {
    secrets: 'written',
    defaults: 'left-out',
    comments: {
      file: fileComments(config, errors, problems),
      sinks: config.sinks.map(({ givenName, origin }) => [
        ...(givenName === undefined ? newNameComment : []),
        ...problems.filter(({ where }) => where === origin).map(sentence),
      ]),
    },
  })
  return { yaml, errors }
}

const newNameComment = [
  "The sink's place in the events belongs to its name. To go on where it stopped, write the name",
  'that the log and the metrics tell; under a new one it starts with the next event.',
]

function fileComments(
  config: Config,
  errors: readonly Problem[],
  problems: readonly Problem[],
): readonly string[] {
  const origins = new Set(config.sinks.map(({ origin }) => origin))
  const others = problems.filter(({ severity, where }) => severity === 'warning' && !origins.has(where))
  return [
    'Made from a command line; it holds the secrets that were in it. Any of them may come from elsewhere:',
    '{env: NAME} for a variable of the environment, {file: /path} for a file.',
    ...errors.map((problem) => `Left out: ${placeOf(problem)}: ${sentence(problem)}`),
    ...others.map((problem) => `${placeOf(problem)}: ${sentence(problem)}`),
  ]
}

function sentence({ what, remedy }: Problem): string {
  return remedy === '' ? what : `${what}; ${remedy}`
}
