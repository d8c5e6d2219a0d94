/** Reads `--sink=wechat:…` as the original does, and says where that surprises people. */
import { readChatFilter } from '../../sink-kit/chat-filter.ts'
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { unusedOptions } from '../../sink-kit/kit-options.ts'
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

export function readWechatArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const warnings: string[] = []
  const all = (name: string): readonly string[] =>
    argument.query.filter(([key]) => key === name).map(([, value]) => value)
  const first = (name: string): string | undefined => all(name)[0]
  for (const name of ['corp_id', 'corp_secret', 'agent_id', 'to_user', 'level']) {
    if (all(name).length > 1)
      warnings.push(`option \`${name}\` is given more than once: the first one counts`)
  }
  const given = usedOptions.filter((name) => kit[name] !== undefined).map((name) => [name, kit[name]])
  const own = ['corp_id', 'corp_secret', 'agent_id', 'to_user']
    .map((name) => [name, first(name)] as const)
    // An empty list of members means everybody.
    .filter(([name, value]) => value !== undefined && !(name === 'to_user' && value === ''))
  const { filter, mistakes } = readChatFilter(argument)
  return {
    options: { ...Object.fromEntries(given), ...Object.fromEntries(own), label: all('label') },
    filter,
    warnings: [...warnings, ...mistakes],
    mistakes,
    errors: unusedOptions(kit, usedOptions),
    originalRefuses: !isAccepted(first('corp_id'), first('corp_secret'), first('agent_id')),
  }
}

/** What the original makes a sink of. */
function isAccepted(corp?: string, secret?: string, agent?: string): boolean {
  return corp !== undefined && secret !== undefined && /^[+-]?\d+$/.test(agent ?? '')
}
