/** uri.json: `--sink` and `--source` values as Go reads them, asked of `src/config` and `src/sinks/webhook`. */
import { isDeepStrictEqual } from 'node:util'
import type { GoUrl } from '../../../src/config/go-url.ts'
import { toSinkArgument } from '../../../src/config/sink-argument.ts'
import { readUriArgument } from '../../../src/config/uri-argument.ts'
import type { Pattern } from '../../../src/domain/filter-options.ts'
import { splitArgument } from '../../../src/sink-kit/split-argument.ts'
import webhook from '../../../src/sinks/webhook/index.ts'
import { webhookSchema } from '../../../src/sinks/webhook/options.ts'
import { rewrite } from '../rule.ts'
import { uriRules } from '../rules.ts'
import { failed, unsupported, verdictOf } from '../verdict.ts'
import type { Verdict } from '../verdict.ts'
import { fieldsOf, grouped } from './url-fields.ts'
import { uriExpectationOf } from './uri-expectation.ts'
import type { UriExpectation, UriVector } from './uri-expectation.ts'

/** Compares one vector. What a later version has of it is unsupported, once the rest is found to be equal. */
export function runUriVector(vector: UriVector): Verdict {
  const { expectation, rules } = rewrite(uriExpectationOf(vector), uriRules)
  const result = readUriArgument(vector.arg, vector.env)
  if (expectation.reading.kind === 'refused') {
    return verdictOf(result.ok ? ['expected: refused\n     got: read'] : [], rules)
  }
  if (!result.ok) {
    const isRightToo = vector.alt?.error !== undefined
    return verdictOf(isRightToo ? [] : [`expected: read\n     got: refused (${result.fault})`], rules)
  }
  const { name, url } = result.argument
  const { reading } = expectation
  const differences = [
    ...differs('kind', reading.name, name),
    ...differs('uri', reading.uri, fieldsOf(url)),
    ...differs('query', reading.query, grouped(url.rawQuery)),
  ]
  if (differences.length > 0) return failed(differences, rules)
  if (vector.mysql !== undefined) return unsupported('the sink mysql is not supported yet')
  if (expectation.webhook === undefined) return verdictOf([], rules)
  return verdictOf(differs('webhook', expectation.webhook, readWebhook(url)), rules)
}

function differs(what: string, expected: unknown, got: unknown): string[] {
  if (isDeepStrictEqual(expected, got)) return []
  return [
    `${what}: expected ${JSON.stringify(expected)}\n${' '.repeat(what.length)}       got ${JSON.stringify(got)}`,
  ]
}

/** The webhook's own reading, in the vector's words. */
function readWebhook(url: GoUrl): UriExpectation['webhook'] {
  const { kit, own, problems } = splitArgument(toSinkArgument(url, {}))
  const { options, filter, errors = [] } = webhook.readArgument(own, kit)
  const read = webhookSchema.safeParse(options)
  if (!read.success || errors.length > 0 || problems.length > 0) return 'refused'
  const { level, namespaces, kinds, reason } = filter
  return {
    endpoint: read.data.url.replace(/#.*$/s, ''),
    method: read.data.method,
    headers: read.data.headers,
    level,
    ...(namespaces === undefined ? {} : { namespaces: namespaces.map(nameOf) }),
    ...(kinds === undefined ? {} : { kinds: kinds.map(nameOf) }),
    ...(reason === undefined ? {} : { reasons: reason.map(expressionOf) }),
  }
}

/** The name that is compared with; an expression between slashes, as no name can be. */
function nameOf(pattern: Pattern): string {
  return pattern.kind === 'exact' ? pattern.value : `/${pattern.source}/`
}

/** The expression that is looked for; what is not found anywhere in a text, between signs that say so. */
function expressionOf(pattern: Pattern): string {
  if (pattern.kind === 'exact') return `=${pattern.value}=`
  return pattern.anchored ? `^${pattern.source}$` : pattern.source
}
