/** What a sink gets to see of its `--sink` argument. */
import type { SinkArgument } from '../sink-kit/sink.ts'
import type { Environment } from './expand-env.ts'
import type { GoUrl } from './go-url.ts'
import { parseGoQuery } from './go-url.ts'

/** From Go's reading of the URL, in Go's spelling: what the original sent to, to the byte. */
export function toSinkArgument(url: GoUrl, env: Environment): SinkArgument {
  return { url: url.text, scheme: url.scheme, host: url.host, query: parseGoQuery(url.rawQuery), env }
}
