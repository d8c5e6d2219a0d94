/** One `--sink` argument and its declaration become a validated sink, or the list of all that is wrong with it. */
import { commandLineSpelling, reviewFilter } from '../sink-kit/filter-review.ts'
import { paceWith } from '../sink-kit/kit-options.ts'
import { changeQuery } from '../sink-kit/raw-url.ts'
import { splitArgument } from '../sink-kit/split-argument.ts'
import type { Pace, SinkDeclaration } from '../sink-kit/sink.ts'
import type { Problem, SinkConfig } from './config.ts'
import { errorAt, isShowableType, warningAt } from './problems.ts'
import { reportingTypes, tellsReports } from './report-config.ts'
import type { Environment } from './expand-env.ts'
import { toSinkArgument } from './sink-argument.ts'
import { validateOptions } from './sink-options.ts'
import { didYouMean } from './suggestion.ts'
import type { UriArgument } from './uri-argument.ts'
import { displayOf, shownHost } from './uri-argument.ts'

export interface ReadSinkResult {
  /** Absent where a problem is an error. */
  readonly sink?: SinkConfig
  /** Each names the sink, since the others run. */
  readonly problems: readonly Problem[]
  /** The original would have started with it all the same, and failed at each event. */
  readonly originalStarts?: boolean
}

export interface ReadSinkContext {
  readonly registry: ReadonlyMap<string, SinkDeclaration>
  readonly env: Environment
  /** The longest that a sink which sends batches may wait, ms, unless `ke.linger` says otherwise. */
  readonly frequencyMs: number
  /** Refuse likely mistakes that the original takes for something. */
  readonly strict: boolean
}

/** `where` is the place that problems name: `--sink (the 2nd)`. */
export function readSink(
  argument: UriArgument,
  where: string,
  { registry, env, frequencyMs, strict }: ReadSinkContext,
): ReadSinkResult {
  const declaration = registry.get(argument.name)
  if (!declaration) return { problems: [unknownSink(argument, where, [...registry.keys()])] }

  const shown = displayOf(argument)
  const split = splitArgument(toSinkArgument(argument.url, env))
  const { kit, own, filter: kitFilter, problems: kitProblems, files: secretFiles } = split
  const {
    options,
    filter,
    warnings,
    mistakes = [],
    errors = [],
    originalRefuses = false,
    pace,
  } = declaration.readArgument(own, kit)
  const review = reviewFilter({ ...filter, ...kitFilter }, commandLineSpelling)
  const refused = strict ? mistakes : []
  const validated = validateOptions(declaration.schema, options)
  const problems: Problem[] = [
    ...kitProblems.map(({ what, remedy }) => errorAt(where, what, remedy, shown)),
    ...(validated.ok ? [] : validated.issues.map(({ what, remedy }) => errorAt(where, what, remedy, shown))),
    ...[...errors, ...refused].map((sentence) => errorAt(where, sentence, '', shown)),
    ...warnings
      .filter((sentence) => !refused.includes(sentence))
      .map((sentence) => warningAt(where, sentence, '', shown)),
    ...review.errors.map(({ what, remedy }) => errorAt(where, what, remedy, shown)),
    ...review.mistakes.map(({ what, remedy }) => (strict ? errorAt : warningAt)(where, what, remedy, shown)),
    ...review.warnings.map(({ what, remedy }) => warningAt(where, what, remedy, shown)),
  ]
  if (kit.report && validated.ok && !tellsReports({ declaration, options: validated.options })) {
    const remedy = `give it to a sink that can: ${reportingTypes(registry)}`
    problems.push(
      errorAt(
        where,
        `option \`ke.report\`: the sink ${declaration.name} cannot tell a report`,
        remedy,
        shown,
      ),
    )
  }
  if (!validated.ok || problems.some(({ severity }) => severity === 'error')) {
    // Of a URL it looks at the host alone, and at nothing else of a sink before there is an event.
    return { problems, originalStarts: argument.url.host !== '' && !originalRefuses }
  }
  const sink: SinkConfig = {
    declaration,
    ...(kit.name !== undefined && { givenName: kit.name }),
    endpoint: endpointOf(argument),
    host: shownHost(argument.url),
    options: validated.options,
    filter: review.filter,
    pace: paceWith(withinFrequency({ ...declaration.pace, ...pace }, frequencyMs), kit),
    origin: where,
    ...(kit.report && { report: kit.report }),
    ...(secretFiles.length > 0 && { secretFiles }),
  }
  return { sink, problems }
}

/** The kit's own options tune a sink and do not make it another one; where a secret's file lies does. */
function endpointOf({ name, url }: UriArgument): string {
  const keeps = (option: string): boolean => !option.startsWith('ke.') || option.startsWith('ke.file.')
  return `${name}:${changeQuery(url.text, keeps)}`
}

export function withinFrequency(pace: Pace, frequencyMs: number): Pace {
  return { ...pace, lingerMs: Math.min(pace.lingerMs, frequencyMs) }
}

function unknownSink(argument: UriArgument, where: string, known: readonly string[]): Problem {
  const { name } = argument
  const isWord = isShowableType(name)
  const shown = isWord ? name : 'unknown sink'
  const what = isWord ? `there is no sink ${name}` : 'there is no sink of this name'
  if (name === 'https' || name === 'http') {
    const remedy = `put the sink's name before the URL: webhook:${name}://…`
    return errorAt(where, 'the name of the sink is missing', remedy, shown)
  }
  const suggestion = isWord ? didYouMean(name, known) : undefined
  const list = `sinks are ${known.join(', ')}`
  return errorAt(where, what, suggestion === undefined ? list : `${suggestion} ${list}`, shown)
}
