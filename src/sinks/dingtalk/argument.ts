/** Reads `--sink=dingtalk:…` as the original does, and says where that surprises people. */
import { readChatFilter } from '../../sink-kit/chat-filter.ts'
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { unusedOptions } from '../../sink-kit/kit-options.ts'
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
  const warnings: string[] = []
  const mistakes: string[] = []
  const first = (name: string): string | undefined => valuesOf(argument, name)[0]
  warnOfRepeated(argument, warnings)
  const chat = readChatFilter(argument)
  const given = Object.fromEntries(
    usedOptions.filter((name) => kit[name] !== undefined).map((name) => [name, kit[name]]),
  )
  return {
    options: {
      ...given,
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

function valuesOf(argument: SinkArgument, name: string): readonly string[] {
  return argument.query.filter(([key]) => key === name).map(([, value]) => value)
}

/** Without the fields that are `undefined`. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function warnOfRepeated(argument: SinkArgument, warnings: string[]): void {
  for (const name of ['access_token', 'sign', 'level', 'msg_type', 'cluster_id', 'region']) {
    if (valuesOf(argument, name).length > 1) {
      warnings.push(`option \`${name}\` is given more than once: the first one counts`)
    }
  }
}

/** Host and path; the rest of the URL is not sent, as in the original. */
function readUrl(argument: SinkArgument, plainHttp: boolean, warnings: string[], mistakes: string[]): string {
  const parts = splitUrl(argument.url)
  if (!parts) return argument.url
  const [inPath] = [...parts.path.matchAll(/&([^=&]+)=/g)]
    .map(([, name = '']) => name)
    .filter((name) => ownNames.has(name) || name.startsWith('ke.'))
  if (inPath !== undefined) {
    const mistake =
      `the URL has no \`?\`, so \`&${inPath}=…\` is a part of its path and no option; ` +
      `write --sink=dingtalk:${parts.scheme}://${parts.host}/…?${inPath}=…`
    warnings.push(mistake)
    mistakes.push(mistake)
  }
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
