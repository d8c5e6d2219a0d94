/** Reads `--sink=influxdb:…` as the original does, and says where that surprises people. */
import { firstOf } from '../../sink-kit/argument-values.ts'
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { pickOptions, unusedOptions } from '../../sink-kit/kit-options.ts'
import { present } from '../../sink-kit/present.ts'
import { splitUrl } from '../../sink-kit/raw-url.ts'
import type { ReadArgument, SinkArgument } from '../../sink-kit/sink.ts'
import { readRetention } from './retention.ts'

/** Options of the kit that this sink has a use for. */
const usedOptions = [
  'ca',
  'cert',
  'key',
  'serverName',
  'insecure',
  'token',
  'org',
  'bucket',
  'tags',
  'gzip',
] as const

/** What the original comes with. */
const originalUser = 'root'

export function readInfluxdbArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const warnings: string[] = []
  const mistakes: string[] = []
  const first = (name: string): string | undefined => firstOf(argument, name)
  const flags = readFlags(first)
  const tags = kit.tags ?? 'original'
  if (kit.tags === undefined) {
    warnings.push(
      "each event is a series of its own, as in kube-eventer: the server's memory grows with them, and InfluxDB 1 " +
        'takes no new ones after 100,000 (max-values-per-tag); `ke.tags=bounded` keeps ids and names of objects in ' +
        'fields, `ke.tags=original` keeps this without a warning',
    )
  }
  return {
    options: {
      ...pickOptions(kit, usedOptions),
      ...(argument.host === '' ? {} : { url: addressOf(argument, warnings) }),
      ...(kit.bucket === undefined && kit.token === undefined
        ? {
            db: first('db') || 'k8s',
            user: first('user') ?? originalUser,
            pw: first('pw') ?? originalUser,
          }
        : present({ db: first('db'), user: first('user'), pw: first('pw') })),
      ...present({
        retention: readRetentionOption(first('retention'), warnings, mistakes),
        cluster_name: first('cluster_name'),
        withfields: first('withfields'),
      }),
      ...(kit.insecure === undefined ? present({ insecure: first('insecuressl') }) : {}),
      tags,
    },
    filter: { level: 'all' },
    warnings,
    mistakes,
    errors: [...flags.errors, ...unusedOptions(kit, usedOptions)],
    originalRefuses: flags.originalRefuses,
  }
}

/** Of the URL scheme and host alone count; any scheme but https is http. */
function addressOf({ url, scheme, host }: SinkArgument, warnings: string[]): string {
  const parts = splitUrl(url)
  if (parts && !/^\/?$/.test(parts.path)) {
    warnings.push('the path of the URL is not used, as in kube-eventer: remove it')
  }
  if (parts?.userinfo !== undefined) {
    warnings.push('user and password of the URL are not used, as in kube-eventer: write user=…&pw=…')
  }
  return `${scheme === 'https' ? 'https' : 'http'}://${host}`
}

/** The original read the option and did nothing with it, whatever stood there: it must not stop the sink now. */
function readRetentionOption(
  text: string | undefined,
  warnings: string[],
  mistakes: string[],
): string | undefined {
  if (text === undefined || readRetention(text) !== undefined) return text
  const mistake = '`retention` is no duration of an hour or more, and is left out: write 7d, 52w or INF'
  warnings.push(mistake)
  mistakes.push(mistake)
  return undefined
}

/** What else the original makes no sink of. */
function readFlags(first: (name: string) => string | undefined): {
  readonly errors: readonly string[]
  readonly originalRefuses: boolean
} {
  const isBoolean = (text: string | undefined): boolean =>
    text === undefined || /^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(text)
  const errors: string[] = []
  if (!isBoolean(first('disable_counter_metrics'))) {
    errors.push('option `disable_counter_metrics` is neither true nor false; it has no effect: remove it')
  }
  const concurrency = first('concurrency')
  if (concurrency !== undefined && !/^\+?0*[1-9]\d*$/.test(concurrency)) {
    errors.push(
      'option `concurrency` is no number above zero; it has no effect: remove it, or write `ke.concurrency`',
    )
  }
  const isRefused = errors.length > 0 || !isBoolean(first('withfields')) || !isBoolean(first('insecuressl'))
  return { errors, originalRefuses: isRefused }
}
