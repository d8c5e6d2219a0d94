/** Reads `--sink=honeycomb:…` as the original does: the key may stand in the environment. */
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { unusedOptions } from '../../sink-kit/kit-options.ts'
import type { ReadArgument, SinkArgument } from '../../sink-kit/sink.ts'

/** Options of the kit that this sink has a use for. */
const usedOptions = ['ca', 'cert', 'key', 'serverName', 'insecure', 'format', 'gzip'] as const

const ownNames = ['writekey', 'dataset', 'apihost'] as const

export function readHoneycombArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const all = (name: string): readonly string[] =>
    argument.query.filter(([key]) => key === name).map(([, value]) => value)
  const writekey = all('writekey')[0] ?? argument.env['HONEYCOMB_WRITEKEY']
  const given = { writekey, dataset: all('dataset')[0], apihost: all('apihost')[0] }
  const tuned = usedOptions.map((name) => [name, kit[name]] as const)
  return {
    options: Object.fromEntries(
      [...Object.entries(given), ...tuned].filter(([, value]) => value !== undefined),
    ),
    filter: { level: 'all' },
    warnings: ownNames
      .filter((name) => all(name).length > 1)
      .map((name) => `option \`${name}\` is given more than once: the first one counts`),
    errors: [
      ...unusedOptions(kit, usedOptions),
      ...(writekey === undefined
        ? ['the environment has no HONEYCOMB_WRITEKEY either: set it, or write `ke.file.writekey=/path`']
        : []),
    ],
    originalRefuses: writekey === undefined || writekey === '',
  }
}
