/** The reading of a value in which a `$` that names no variable stays, where the original has removed it. */
import { parseGoUrl } from '../../../src/config/go-url.ts'
import type { UriExpectation } from './uri-expectation.ts'
import { fieldsOf, grouped } from './url-fields.ts'

/**
 * The expectation with every unset variable in its place; `undefined` where there is none, or where it stands in the
 * host, which no host may hold.
 */
export function readWithUnsetVariables(expected: UriExpectation): UriExpectation | undefined {
  const { arg, env, reading, webhook } = expected
  const colon = arg.indexOf(':')
  if (reading.kind === 'refused' || colon === -1) return undefined
  const written = arg.slice(colon + 1)
  const kept = written.replace(variable, (whole, braced?: string, plain?: string) => {
    const name = braced ?? plain ?? ''
    return Object.hasOwn(env, name) ? (env[name] ?? '') : whole
  })
  const parsed = parseGoUrl(kept)
  if (!parsed.ok || parsed.url.host.includes('$') || parsed.url.text === reading.uri.string) return undefined
  const query = grouped(parsed.url.rawQuery)
  return {
    ...expected,
    reading: { ...reading, uri: fieldsOf(parsed.url), query },
    ...(webhook === undefined || webhook === 'refused'
      ? {}
      : {
          webhook: {
            ...webhook,
            endpoint: parsed.url.text.replace(/#.*$/s, ''),
            headers: { ...webhook.headers, ...plainHeaders(query.header ?? []) },
          },
        }),
  }
}

/** `$NAME`, `${NAME}`, and the single characters that Go takes for a name. */
const variable = /\$(?:\{([^}]*)\}|([*#$@!?\-0-9]|\w+))/g

/** Those that the original reads: one `=`, no more. */
function plainHeaders(options: readonly string[]): Record<string, string> {
  return Object.fromEntries(options.map((option) => option.split('=')).filter(({ length }) => length === 2))
}
