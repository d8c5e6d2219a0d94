/** Reads `--sink=riemann:…` as the original does, and says where that surprises people. */
import { firstOf, repeatedOnes, valuesOf } from '../../sink-kit/argument-values.ts'
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { pickOptions, unusedOptions } from '../../sink-kit/kit-options.ts'
import { present } from '../../sink-kit/present.ts'
import type { ReadArgument, SinkArgument } from '../../sink-kit/sink.ts'
import { defaultHost } from './options.ts'

/** Options of the kit that this sink has a use for. */
const usedOptions = ['ca', 'cert', 'key', 'serverName', 'insecure'] as const

const mostBatchCount = 10_000

export function readRiemannArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const ttl = firstOf(argument, 'ttl')
  const tags = valuesOf(argument, 'tags')
  const batchSize = firstOf(argument, 'batchsize')
  const isBatchSize = batchSize === undefined || /^[+-]?\d+$/.test(batchSize)
  const mistakes = [
    ...(argument.host === '' && argument.url.replace(/\?.*$/s, '') !== ''
      ? [
          `the URL tells no host, so that events go to ${defaultHost}, as in kube-eventer; ` +
            'write riemann:tcp://riemann.example.test:5555',
        ]
      : []),
    ...(valuesOf(argument, 'state').length > 0
      ? [
          'option `state` does nothing, as in kube-eventer: a warning has the state `warning`, ' +
            'any other event `ok`; remove it',
        ]
      : []),
  ]
  return {
    options: {
      ...(argument.host === '' ? {} : { host: argument.host }),
      ...present({ ttl }),
      ...(tags.length === 0 ? {} : { tags }),
      ...pickOptions(kit, usedOptions),
    },
    filter: { level: 'all' },
    warnings: [...repeatedOnes(argument, ['ttl', 'batchsize']), ...mistakes],
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
