/** Reads `--sink=wechat:…` as the original does, and says where that surprises people. */
import { firstOf, repeatedOnes, valuesOf } from '../../sink-kit/argument-values.ts'
import { readChatFilter } from '../../sink-kit/chat-filter.ts'
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { pickOptions, unusedOptions } from '../../sink-kit/kit-options.ts'
import { present } from '../../sink-kit/present.ts'
import type { ReadArgument, SinkArgument } from '../../sink-kit/sink.ts'

/** Options of the kit that this sink has a use for. */
const usedOptions = [
  'ca',
  'cert',
  'key',
  'serverName',
  'insecure',
  'endpoint',
  'toParty',
  'toTag',
  'format',
] as const

/** Those that do not add up: the first value counts. */
const singleNames = ['corp_id', 'corp_secret', 'agent_id', 'to_user', 'level']

export function readWechatArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const first = (name: string): string | undefined => firstOf(argument, name)
  const [corp_id, corp_secret, agent_id] = [first('corp_id'), first('corp_secret'), first('agent_id')]
  const { filter, mistakes } = readChatFilter(argument)
  return {
    options: {
      ...pickOptions(kit, usedOptions),
      // An empty list of members means everybody.
      ...present({ corp_id, corp_secret, agent_id, to_user: first('to_user') || undefined }),
      label: valuesOf(argument, 'label'),
    },
    filter,
    warnings: [...repeatedOnes(argument, singleNames), ...mistakes],
    mistakes,
    errors: unusedOptions(kit, usedOptions),
    originalRefuses: !isAccepted(corp_id, corp_secret, agent_id),
  }
}

/** What the original makes a sink of. */
function isAccepted(corp?: string, secret?: string, agent?: string): boolean {
  return corp !== undefined && secret !== undefined && /^[+-]?\d+$/.test(agent ?? '')
}
