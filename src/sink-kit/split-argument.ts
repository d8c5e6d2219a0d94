/** Takes the kit's options (`ke.…`) out of a sink's argument, and reads those that stand in files. */
import { readFileSync } from 'node:fs'
import * as z from 'zod/mini'
import type { KitFilter } from './filter-argument.ts'
import { kitFilterNames, readKitFilter } from './filter-argument.ts'
import type { KitOptions } from './kit-options.ts'
import { kitOptionNames, kitSchema } from './kit-options.ts'
import { nearest } from './nearest.ts'
import type { OptionProblem } from './option-problem.ts'
import { changeQuery } from './raw-url.ts'
import type { SinkArgument } from './sink.ts'

export interface SplitArgument {
  readonly kit: KitOptions
  /** What the kit's options say of the filter, to be added to the sink's own. */
  readonly filter: KitFilter
  /** The argument without any `ke.` option, with the options from files added at its end. */
  readonly own: SinkArgument
  readonly problems: readonly OptionProblem[]
  /** That options were read from. */
  readonly files: readonly string[]
}

const prefix = 'ke.'
const filePrefix = 'file.'

/**
 * Splits an argument. An option that is wrong is reported and left out. `read` gives a file's text and throws as
 * `readFileSync` does.
 */
export function splitArgument(
  argument: SinkArgument,
  read: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): SplitArgument {
  const problems: OptionProblem[] = []
  const given = new Map<string, string>()
  const files: string[] = []
  const fromFiles: (readonly [name: string, value: string])[] = []
  const filters: (readonly [name: string, value: string])[] = []
  const take = (name: string, value: string): void => {
    if (kitFilterNames.includes(name)) filters.push([name, value])
    else if (given.has(name)) problems.push(repeated(name))
    else given.set(name, value)
  }
  for (const [fullName, value] of argument.query) {
    if (!fullName.startsWith(prefix)) continue
    const name = fullName.slice(prefix.length)
    if (name.startsWith(filePrefix)) {
      const option = name.slice(filePrefix.length)
      const content = readOption(fullName, value, read, problems)
      if (content === undefined) continue
      files.push(value)
      if (option.startsWith(prefix)) take(option.slice(prefix.length), content)
      else fromFiles.push([option, content])
    } else if (kitOptionNames.includes(name) || kitFilterNames.includes(name)) take(name, value)
    else problems.push(unknown(name))
  }
  const { filter, problems: filterProblems } = readKitFilter(filters)
  problems.push(...filterProblems)
  return {
    kit: readKit(given, problems),
    filter,
    own: {
      ...argument,
      url: changeQuery(argument.url, (name) => !name.startsWith(prefix), fromFiles),
      query: [...argument.query.filter(([name]) => !name.startsWith(prefix)), ...fromFiles],
    },
    problems,
    files,
  }
}

function readKit(given: ReadonlyMap<string, string>, problems: OptionProblem[]): KitOptions {
  const read = z.safeParse(kitSchema, Object.fromEntries(given))
  if (read.success) return read.data
  const wrong = new Set<string>()
  for (const { path, message } of read.error.issues) {
    const name = String(path[0] ?? '')
    wrong.add(name)
    problems.push({
      option: `${prefix}${name}`,
      what: `option \`${prefix}${name}${shown(given.get(name) ?? '')}\` ${message}`,
      remedy: 'correct its value, or remove it',
    })
  }
  return z.parse(kitSchema, Object.fromEntries([...given].filter(([name]) => !wrong.has(name))))
}

/** What stands in the wrong place may be a secret: only short plain values are shown. */
function shown(value: string): string {
  return /^[\w.+-]{0,16}$/.test(value) ? `=${value}` : ''
}

function readOption(
  fullName: string,
  path: string,
  read: (path: string) => string,
  problems: OptionProblem[],
): string | undefined {
  if (fullName === `${prefix}${filePrefix}`) {
    problems.push({
      option: fullName,
      what: `option \`${fullName}\` names no option`,
      remedy: `write \`${prefix}${filePrefix}<option>=/path\``,
    })
    return undefined
  }
  try {
    return read(path).replace(/\r?\n$/, '')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    problems.push({
      option: fullName,
      // A value that is no path may be the secret itself.
      what: `option \`${fullName}\`: ${path.startsWith('/') ? path : 'its path'} cannot be read (${code})`,
      remedy: 'mount the file there, readable for the user that the program runs as',
    })
    return undefined
  }
}

function repeated(name: string): OptionProblem {
  const option = `${prefix}${name}`
  return { option, what: `option \`${option}\` is given twice`, remedy: 'keep one of them' }
}

function unknown(name: string): OptionProblem {
  const option = `${prefix}${name}`
  if (kitFilterNames.includes(`${name}!`)) {
    return {
      option,
      what: `there is no option \`${option}\``,
      remedy: `to leave events out write \`${option}!=…\`; what is sent is said by the sink's own \`${name}=…\`, where it has that`,
    }
  }
  const meant = nearest(name, [...kitOptionNames, ...kitFilterNames, `${filePrefix}<option>`])
  return {
    option,
    what: `there is no option \`${option}\``,
    remedy: meant === undefined ? 'remove it' : `meant: \`${prefix}${meant}\`?`,
  }
}
