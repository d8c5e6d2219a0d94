/** Reads `--sink=dingtalk:…` as the original does, and says where that surprises people. */
import { firstOf, repeatedOnes, valuesOf } from '../../sink-kit/argument-values.ts'
import { readChatFilter } from '../../sink-kit/chat-filter.ts'
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { pickOptions, unusedOptions } from '../../sink-kit/kit-options.ts'
import { optionsInPath } from '../../sink-kit/options-in-path.ts'
import { present } from '../../sink-kit/present.ts'
import { joinUrl, splitUrl } from '../../sink-kit/raw-url.ts'
import type { ReadArgument, SinkArgument } from '../../sink-kit/sink.ts'

const ownNames: ReadonlySet<string> = new Set([
  'access_token',
  'sign',
  'level',
  'label',
  'namespaces',
  'kinds',
  'msg_type',
  'cluster_id',
  'region',
])

/** Those that do not add up: the first value counts. */
const singleNames = ['access_token', 'sign', 'level', 'msg_type', 'cluster_id', 'region']

/** What DingTalk's robot does not take as text: the original sends it all the same. */
const knownTypes = ['text', 'markdown', 'card']

/** Options of the kit that this sink has a use for. */
const usedOptions = [
  'ca',
  'cert',
  'key',
  'serverName',
  'insecure',
  'platform',
  'plainHttp',
  'atMobiles',
  'atUserIds',
  'atAll',
  'keywords',
] as const

export function readDingtalkArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const warnings = [...repeatedOnes(argument, singleNames)]
  const mistakes: string[] = []
  const first = (name: string): string | undefined => firstOf(argument, name)
  const chat = readChatFilter(argument)
  return {
    options: {
      ...pickOptions(kit, usedOptions),
      url: readUrl(argument, kit.plainHttp ?? false, warnings, mistakes),
      ...present({
        access_token: first('access_token'),
        sign: first('sign') || undefined,
        cluster_id: first('cluster_id'),
        region: first('region'),
      }),
      msg_type: readMessageType(first('msg_type'), warnings, mistakes),
      label: valuesOf(argument, 'label'),
    },
    filter: chat.filter,
    warnings: [...warnings, ...chat.mistakes],
    mistakes: [...mistakes, ...chat.mistakes],
    errors: unusedOptions(kit, usedOptions),
    originalRefuses: first('access_token') === undefined,
  }
}

/** Host and path; the rest of the URL is not sent, as in the original. */
function readUrl(argument: SinkArgument, plainHttp: boolean, warnings: string[], mistakes: string[]): string {
  const parts = splitUrl(argument.url)
  if (!parts) return argument.url
  const inPath = optionsInPath(argument.url, ownNames, `--sink=dingtalk:${parts.scheme}://${parts.host}/`)
  warnings.push(...inPath)
  mistakes.push(...inPath)
  const keepsPlain = plainHttp && parts.scheme === 'http'
  if (parts.scheme === 'http' && !plainHttp) {
    warnings.push(
      'messages are sent over https although the URL says http, as kube-eventer does; ' +
        'write https, or `ke.plainHttp=true` for a gateway without TLS',
    )
  }
  const scheme = keepsPlain ? 'http' : 'https'
  return joinUrl({ ...parts, scheme, userinfo: undefined, query: undefined })
}

function readMessageType(value: string | undefined, warnings: string[], mistakes: string[]): string {
  if (value === undefined || value === '') return 'text'
  if (!knownTypes.includes(value)) {
    const mistake =
      'option `msg_type` is none of text, markdown, card: DingTalk refuses such a message; write `msg_type=text`'
    warnings.push(mistake)
    mistakes.push(mistake)
  }
  return value
}
