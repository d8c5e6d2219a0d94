/** Reads `--sink=honeycomb:…` as the original does: the key may stand in the environment. */
import { firstOf, repeatedOnes } from '../../sink-kit/argument-values.ts'
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { pickOptions, unusedOptions } from '../../sink-kit/kit-options.ts'
import { present } from '../../sink-kit/present.ts'
import type { ReadArgument, SinkArgument } from '../../sink-kit/sink.ts'

/** Options of the kit that this sink has a use for. */
const usedOptions = ['ca', 'cert', 'key', 'serverName', 'insecure', 'format', 'gzip'] as const

export function readHoneycombArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const writekey = firstOf(argument, 'writekey') ?? argument.env['HONEYCOMB_WRITEKEY']
  return {
    options: {
      ...present({ writekey, dataset: firstOf(argument, 'dataset'), apihost: firstOf(argument, 'apihost') }),
      ...pickOptions(kit, usedOptions),
    },
    filter: { level: 'all' },
    warnings: repeatedOnes(argument, ['writekey', 'dataset', 'apihost']),
    errors: [
      ...unusedOptions(kit, usedOptions),
      ...(writekey === undefined
        ? ['the environment has no HONEYCOMB_WRITEKEY either: set it, or write `ke.file.writekey=/path`']
        : []),
    ],
    originalRefuses: writekey === undefined || writekey === '',
  }
}
