/** Reads `--sink=riemann:…` as the original does, and says where that surprises people. */
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { unusedOptions } from '../../sink-kit/kit-options.ts'
import type { ReadArgument, SinkArgument } from '../../sink-kit/sink.ts'
import { defaultHost } from './options.ts'

/** Options of the kit that this sink has a use for. */
const usedOptions = ['ca', 'cert', 'key', 'serverName', 'insecure'] as const

const mostBatchCount = 10_000

export function readRiemannArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const all = (name: string): readonly string[] =>
    argument.query.filter(([key]) => key === name).map(([, value]) => value)
  const ttl = all('ttl')[0]
  const tags = all('tags')
  const batchSize = all('batchsize')[0]
  const isBatchSize = batchSize === undefined || /^[+-]?\d+$/.test(batchSize)
  const mistakes = [
    ...(argument.host === '' && argument.url.replace(/\?.*$/s, '') !== ''
      ? [
          `the URL tells no host, so that events go to ${defaultHost}, as in kube-eventer; ` +
            'write riemann:tcp://riemann.example.test:5555',
        ]
      : []),
    ...(all('state').length > 0
      ? [
          'option `state` does nothing, as in kube-eventer: a warning has the state `warning`, ' +
            'any other event `ok`; remove it',
        ]
      : []),
  ]
  return {
    options: {
      ...(argument.host === '' ? {} : { host: argument.host }),
      ...(ttl === undefined ? {} : { ttl }),
      ...(tags.length === 0 ? {} : { tags }),
      ...Object.fromEntries(
        usedOptions.filter((name) => kit[name] !== undefined).map((name) => [name, kit[name]]),
      ),
    },
    filter: { level: 'all' },
    warnings: [
      ...['ttl', 'batchsize']
        .filter((name) => all(name).length > 1)
        .map((name) => `option \`${name}\` is given more than once: the first one counts`),
      ...mistakes,
    ],
    mistakes,
    errors: [
      ...unusedOptions(kit, usedOptions),
      ...(isBatchSize ? [] : ['option `batchsize` is no whole number: write batchsize=1000']),
    ],
    // Of a batch that may hold nothing the original sends each event by itself.
    ...(batchSize !== undefined && isBatchSize
      ? { pace: { batchCount: Math.min(Math.max(Number(batchSize), 1), mostBatchCount) } }
      : {}),
    originalRefuses: !isBatchSize || (ttl !== undefined && !isFloat(ttl)),
  }
}

/** As Go reads it. */
function isFloat(text: string): boolean {
  return /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i.test(text)
}
