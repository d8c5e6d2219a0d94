/** Reads `--sink=sls:…` as the original does, and says where that surprises people. */
import { firstOf, repeatedOnes, valuesOf } from '../../sink-kit/argument-values.ts'
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { pickOptions, unusedOptions } from '../../sink-kit/kit-options.ts'
import { nearest } from '../../sink-kit/nearest.ts'
import { present } from '../../sink-kit/present.ts'
import type { ReadArgument, SinkArgument } from '../../sink-kit/sink.ts'

/** Options of the kit that this sink has a use for. */
const usedOptions = ['endpoint', 'signature', 'ca', 'cert', 'key', 'serverName', 'insecure'] as const

const textNames = ['project', 'logStore', 'topic', 'regionId', 'accessKeyId', 'accessKeySecret'] as const
const ownNames: readonly string[] = [...textNames, 'internal', 'label']

export function readSlsArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const warnings: string[] = []
  const mistakes: string[] = []
  const both = (sentence: string): void => {
    warnings.push(sentence)
    mistakes.push(sentence)
  }
  warnOfNames(argument, both)
  for (const sentence of repeatedOnes(argument, [...textNames, 'internal'])) both(sentence)
  return {
    options: {
      ...pickOptions(kit, usedOptions),
      ...present(Object.fromEntries(textNames.map((name) => [name, firstOf(argument, name)]))),
      internal: readInternal(firstOf(argument, 'internal'), both),
      label: readLabels(valuesOf(argument, 'label'), both),
    },
    filter: { level: 'all' },
    warnings,
    mistakes,
    errors: unusedOptions(kit, usedOptions),
    originalRefuses:
      firstOf(argument, 'project') === undefined || firstOf(argument, 'logStore') === undefined,
  }
}

function readInternal(text: string | undefined, both: (sentence: string) => void): boolean {
  if (text === undefined || /^(?:1|t|T|TRUE|true|True)$/.test(text)) return true
  if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false
  both('option `internal` is neither true nor false and counts as true: write internal=false, or remove it')
  return true
}

/** `name,value`, repeated; of a name that is there twice the last value counts. */
function readLabels(given: readonly string[], both: (sentence: string) => void): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const text of given) {
    const [name = '', value, ...more] = text.split(',')
    if (value === undefined || more.length > 0) {
      both('a `label` without exactly one comma is left out: write label=name,value')
    } else labels[name] = value
  }
  return labels
}

function warnOfNames({ query }: SinkArgument, both: (sentence: string) => void): void {
  for (const name of new Set(query.map(([given]) => given))) {
    if (ownNames.includes(name)) continue
    const meant = nearest(name, ownNames)
    const remedy = meant === undefined ? 'remove it' : `meant: \`${meant}\`?`
    both(`there is no option \`${name}\` here and it does nothing: ${remedy}`)
  }
}
