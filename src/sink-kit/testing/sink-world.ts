/** For tests of sinks: arguments, occurrences, and a context whose log is kept. */
import { systemClock } from '../../domain/clock.ts'
import type { KubernetesEvent } from '../../domain/event.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Fields, Logger } from '../../telemetry/telemetry.ts'
import type { SinkArgument, SinkContext } from '../sink.ts'

/** A `--sink=` value as the command line reads it, for URLs that need no care. */
export function sinkArgument(text: string, env: SinkArgument['env'] = {}): SinkArgument {
  const colon = text.indexOf(':')
  const url = colon === -1 ? '' : text.slice(colon + 1)
  const [, scheme = '', host = ''] = /^([a-z]+):\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(url) ?? []
  const query = /\?([^#]*)/.exec(url)?.[1] ?? ''
  return { url, scheme, host, query: [...new URLSearchParams(query)], env }
}

/** An occurrence of `event` at `offset`. */
export function occurrenceOf(event: KubernetesEvent, offset = 1): Occurrence {
  return {
    event,
    raw: Buffer.from(JSON.stringify(event)),
    offset,
    cluster: 'default',
    arrivedAtMs: Date.UTC(2024, 4, 6, 12, 0, 0, 250),
  }
}

/** A plain event about a pod; each number makes another one. */
export function podEvent(
  number: number,
  message = `Back-off restarting container ${number}`,
): KubernetesEvent {
  return {
    metadata: {
      name: `web-${number}.1`,
      namespace: 'shop',
      uid: `uid-${number}`,
      resourceVersion: `${number}`,
    },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: `web-${number}`, uid: `pod-${number}` },
    reason: 'BackOff',
    message,
    type: 'Warning',
    count: number,
    lastTimestamp: '2024-05-06T09:30:15Z',
  }
}

export interface SinkWorld {
  readonly context: SinkContext
  /** Every log line so far, fields and all. */
  readonly logged: readonly string[]
  readonly abort: AbortController
}

export function sinkWorld(
  concurrency: number,
  env: Readonly<Record<string, string | undefined>> = { TZ: 'UTC' },
): SinkWorld {
  const logged: string[] = []
  const line =
    (level: string) =>
    (message: string, fields?: Fields): void => {
      logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`)
    }
  const log: Logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  const abort = new AbortController()
  return { context: { log, clock: systemClock, env, concurrency, signal: abort.signal }, logged, abort }
}
