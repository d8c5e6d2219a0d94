/** What the original's webhook sends of an event without a template: for events that a recording's run lost. */
import type { KubernetesEvent } from '../../../src/domain/event.ts'
import { readMetaMicroTime, readMetaTime } from '../../../src/gotime/metav1.ts'
import { TimeZones } from '../../../src/gotime/time-zones.ts'
import type { SinkTarget, SinkUse } from './sinks.ts'
import { valuesOf } from './sinks.ts'

/** Stands where the original prints the present time, with its monotonic reading. */
export const nowPlaceholder = '<now-go-string>'

export interface OriginalRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The request that the sink makes of an event. `target` is the sink's own. */
export function originalRequest(
  sink: SinkUse,
  target: SinkTarget,
  event: KubernetesEvent,
  tz: string,
): OriginalRequest {
  const headers: Record<string, string> = { Host: `<${target.listener}>` }
  for (const header of valuesOf(sink, 'header')) {
    const [name = '', value, rest] = header.split('=')
    // A value with `=` in it is dropped.
    if (value !== undefined && rest === undefined && name.toLowerCase() !== 'host') headers[name] = value
  }
  if (target.userinfo !== undefined) {
    headers.Authorization = `Basic ${Buffer.from(decodeURIComponent(target.userinfo)).toString('base64')}`
  }
  return {
    method: valuesOf(sink, 'method')[0] || 'GET',
    path: target.path,
    query: target.query,
    headers,
    body: defaultBody(event, tz, (text) => text, (event.message ?? '').replaceAll('"', '')),
  }
}

/** The default body with every value passed through `escape`, and `message` in the message's place. */
export function defaultBody(
  event: KubernetesEvent,
  tz: string,
  escape: (text: string) => string,
  message: string,
): string {
  const fields = [
    ['EventType', escape(event.type ?? '')],
    ['EventKind', escape(event.involvedObject.kind ?? '')],
    ['EventReason', escape(event.reason ?? '')],
    ['EventTime', eventTime(event, tz)],
    ['EventMessage', message],
  ]
  return `\n{\n${fields.map(([name = '', value = '']) => `\t"${name}": "${value}"`).join(',\n')}\n}`
}

/** A `metav1.Time` as Go prints it; the zero time where there is none. */
export function timeText(text: string | null | undefined, tz: string): string {
  const read = readMetaTime(text, new TimeZones({ tz }).local)
  if (!read.ok) throw new Error(`a time of the recording's event is none: ${read.error}`)
  return read.time.toString()
}

/** `lastTimestamp`, else `eventTime`, else now, as Go prints it. */
export function eventTime({ lastTimestamp, eventTime: micro }: KubernetesEvent, tz: string): string {
  const { local } = new TimeZones({ tz })
  const read = lastTimestamp
    ? readMetaTime(lastTimestamp, local)
    : micro
      ? readMetaMicroTime(micro, local)
      : undefined
  if (read === undefined) return nowPlaceholder
  if (!read.ok) throw new Error(`a time of the recording's event is none: ${read.error}`)
  return read.time.toString()
}
