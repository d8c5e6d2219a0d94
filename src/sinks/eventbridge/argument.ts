/** Reads `--sink=eventbridge:…` as the original does, and says where that surprises people. */
import { firstOf } from '../../sink-kit/argument-values.ts'
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { pickOptions, unusedOptions } from '../../sink-kit/kit-options.ts'
import { present } from '../../sink-kit/present.ts'
import type { ReadArgument, SinkArgument } from '../../sink-kit/sink.ts'

/** Options of the kit that this sink has a use for. */
const usedOptions = ['endpoint', 'ownerAccountId', 'ca', 'cert', 'key', 'serverName', 'insecure'] as const

export function readEventbridgeArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const mistakes: string[] = []
  const { env } = argument
  const first = (name: string): string | undefined => firstOf(argument, name)
  const clusterId = first('clusterId') ?? env['ClusterId'] ?? ''
  const regionId = first('regionId') ?? env['RegionId']
  const eventBusName = (first('eventBusName') ?? env['EventBusName']) || undefined
  return {
    options: {
      ...pickOptions(kit, usedOptions),
      ...present({
        regionId,
        eventBusName,
        accessKeyId: first('accessKeyId'),
        accessKeySecret: first('accessKeySecret'),
      }),
      clusterId,
      internal: readInternal(first('internal'), mistakes),
    },
    filter: { level: 'all' },
    warnings: mistakes,
    mistakes,
    errors: unusedOptions(kit, usedOptions),
    originalRefuses: clusterId === '',
  }
}

function readInternal(text: string | undefined, mistakes: string[]): boolean {
  if (text === undefined || /^(?:1|t|T|TRUE|true|True)$/.test(text)) return true
  if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false
  mistakes.push(
    'option `internal` is neither true nor false and counts as true: write internal=false, or remove it',
  )
  return true
}
