/** Reads `--sink=kafka:…` as the original does, and says where that surprises people. */
import { firstOf, repeatedOnes, valuesOf } from '../../sink-kit/argument-values.ts'
import { unusedOptions } from '../../sink-kit/kit-options.ts'
import type { KitOptions } from '../../sink-kit/kit-options.ts'
import { nearest } from '../../sink-kit/nearest.ts'
import { present } from '../../sink-kit/present.ts'
import type { ReadArgument, SinkArgument } from '../../sink-kit/sink.ts'
import { compressions } from './options.ts'

const ownNames = [
  'brokers',
  'eventstopic',
  'compression',
  'user',
  'password',
  'cacert',
  'cert',
  'key',
  'insecuressl',
]

/** The original has it for metrics, which it does not send. */
const withoutEffect = ['timeseriestopic']

const usedOptions = [
  'ca',
  'cert',
  'key',
  'serverName',
  'insecure',
  'format',
  'saslMechanism',
  'topic',
] as const

export function readKafkaArgument(argument: SinkArgument, kit: KitOptions): ReadArgument {
  const warnings: string[] = []
  const mistakes: string[] = []
  const first = (name: string): string | undefined => firstOf(argument, name)
  const both = (sentence: string): void => {
    warnings.push(sentence)
    mistakes.push(sentence)
  }
  for (const sentence of repeatedOnes(argument, ownNames.slice(1))) both(sentence)
  for (const name of strangeNames(argument)) {
    const meant = nearest(name, ownNames)
    both(
      `there is no option \`${name}\` here and it does nothing` +
        (meant === undefined ? ': remove it' : `: meant: \`${meant}\`?`),
    )
  }
  const brokers = valuesOf(argument, 'brokers')
    .flatMap((list) => list.split(','))
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '')
  const compression = first('compression')
  const topic = kit.topic ?? first('eventstopic')
  if (kit.topic !== undefined && first('eventstopic') !== undefined) {
    both('`ke.topic` and `eventstopic` are given: `ke.topic` counts')
  }
  return {
    options: {
      ...(brokers.length > 0 && { brokers }),
      ...present({ topic, compression, format: kit.format, saslMechanism: kit.saslMechanism }),
      ...login(first('user'), first('password'), both),
      ...trust(first, kit, both),
    },
    filter: { level: 'all' },
    warnings,
    mistakes,
    errors: unusedOptions(kit, usedOptions),
    originalRefuses:
      brokers.length === 0 ||
      (compression !== undefined && !compressions.some((name) => name === compression)),
  }
}

/** Names in the query that mean nothing; of those that look like names only, since others may be a secret. */
function strangeNames(argument: SinkArgument): readonly string[] {
  const known = [...ownNames, ...withoutEffect]
  const names = argument.query.map(([name]) => name).filter((name) => !known.includes(name))
  return [...new Set(names)].filter((name) => /^[A-Za-z]{2,24}$/.test(name))
}

/** In the original one of the two alone is as good as none. */
function login(
  user: string | undefined,
  password: string | undefined,
  warn: (sentence: string) => void,
): Readonly<Record<string, unknown>> {
  if (user !== undefined && password !== undefined) return { user, password }
  if (user !== undefined) warn('option `user` without `password` does nothing: give both')
  if (password !== undefined) warn('option `password` without `user` does nothing: give both')
  return {}
}

/** The original speaks TLS where it has an authority, or a certificate with its key. */
function trust(
  first: (name: string) => string | undefined,
  kit: KitOptions,
  warn: (sentence: string) => void,
): Readonly<Record<string, unknown>> {
  const hasPair = first('cert') !== undefined && first('key') !== undefined
  for (const [name, other] of [
    ['cert', 'key'],
    ['key', 'cert'],
  ] as const) {
    if (first(name) !== undefined && first(other) === undefined) {
      warn(`option \`${name}\` without \`${other}\` does nothing: give both`)
    }
  }
  const isSecure = hasPair || first('cacert') !== undefined
  const insecure = first('insecuressl')
  if (!isSecure && insecure !== undefined) {
    warn(
      'option `insecuressl` does nothing without `cacert`, as in kube-eventer: the connection has no TLS; ' +
        'for TLS that trusts any certificate write `ke.insecure=true`',
    )
  }
  return present({
    ca: kit.ca ?? first('cacert'),
    cert: kit.cert ?? (hasPair ? first('cert') : undefined),
    key: kit.key ?? (hasPair ? first('key') : undefined),
    serverName: kit.serverName,
    insecure: kit.insecure ?? (isSecure ? insecure : undefined),
  })
}
