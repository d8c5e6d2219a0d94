/** `render --functions`: the functions of templates, from their table. */
import {
  libraries,
  refusedFunctions,
  toldFunctions,
  type ToldFunction,
} from '../../app/function-reference.ts'
import { errorAt, quoteName } from '../../config/problems.ts'
import { didYouMean } from '../../config/suggestion.ts'
import type { CommandIo } from '../command-io.ts'
import { printJson, UsageFailure } from '../command.ts'
import { table } from '../table.ts'

/** All of them, or the one of that name. Throws `UsageFailure` where there is none. */
export function tellFunctions(name: string | undefined, asJson: boolean, io: CommandIo): void {
  if (name === undefined) {
    if (asJson) printJson(io, { functions: toldFunctions, refused: Object.fromEntries(refusedFunctions) })
    else io.out(allText())
    return
  }
  const told = toldFunctions.find((one) => one.name === name)
  const reason = refusedFunctions.get(name)
  if (told === undefined && reason === undefined) throw unknownFunction(name)
  if (asJson) printJson(io, told ?? { name, refused: reason })
  else io.out(told === undefined ? `${name}: refused: ${reason}\n` : oneText(told))
}

function allText(): string {
  const groups = [...new Set(toldFunctions.map(({ group }) => group))]
  const told = groups.flatMap((group) => {
    const members = toldFunctions.filter((one) => one.group === group)
    const rows = members.map(({ usage, summary }) => [`  ${usage}`, summary])
    return [{ library: members[0]?.library, text: `${group}\n${table(rows)}\n` }]
  })
  const of = (library: ToldFunction['library']): string =>
    told.flatMap((group) => (group.library === library ? [group.text] : [])).join('')
  const refused = [...refusedFunctions].map(([name, reason]) => [`  ${name}`, reason])
  return [
    `${libraries.go}\n\n${of('go')}`,
    `${libraries.sprig}\n\n${of('sprig')}`,
    `Refused\n${table(refused)}`,
  ].join('')
}

function oneText({ usage, library, group, summary, example, output }: ToldFunction): string {
  return [
    `${usage}\n  ${summary}\n`,
    `\n  ${example}\n`,
    ...output.split('\n').map((line, at) => `  ${at === 0 ? '→' : ' '} ${line}\n`),
    `\n${library === 'go' ? libraries.go : `${group}. ${libraries.sprig}`}\n`,
  ].join('')
}

function unknownFunction(name: string): UsageFailure {
  const names = [...toldFunctions.map((one) => one.name), ...refusedFunctions.keys()]
  const remedy = didYouMean(name, names) ?? 'kube-eventer render --functions tells all'
  return new UsageFailure([
    errorAt('command line', `there is no function ${quoteName(name) ?? 'of this name'}`, remedy),
  ])
}
