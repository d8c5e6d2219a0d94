/** Events, lists and lines as an API server writes them, and its recorded answers. */
import { readFileSync } from 'node:fs'
import type { KubernetesEvent } from '../../domain/event.ts'
import type { NewOccurrence } from '../../domain/occurrence.ts'

/** `over` replaces top-level fields, `metadata` but for what it names. */
export function event(
  name: string,
  resourceVersion: string | number,
  over: Partial<KubernetesEvent> = {},
): KubernetesEvent {
  return {
    kind: 'Event',
    apiVersion: 'v1',
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web', uid: 'pod-1' },
    reason: 'BackOff',
    message: 'Back-off restarting failed container',
    source: { component: 'kubelet', host: 'node-1' },
    firstTimestamp: '2026-11-22T04:00:00Z',
    lastTimestamp: '2026-11-22T04:59:00Z',
    count: 1,
    type: 'Warning',
    eventTime: null,
    reportingComponent: '',
    reportingInstance: '',
    ...over,
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      resourceVersion: String(resourceVersion),
      creationTimestamp: '2026-11-22T04:00:00Z',
      ...over.metadata,
    },
  }
}

/** Escaped as Go's encoder does: `<`, `>`, `&` as \u003c, \u003e, \u0026. */
export function line(type: string, object: unknown): string {
  const text = JSON.stringify({ type, object })
  return `${text.replaceAll(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)}\n`
}

/** Items of a list carry no kind and no apiVersion. */
export function eventList(
  resourceVersion: string | number,
  items: readonly KubernetesEvent[] = [],
  continueToken?: string,
): unknown {
  return {
    kind: 'EventList',
    apiVersion: 'v1',
    metadata: { resourceVersion: String(resourceVersion), continue: continueToken },
    items: items.map((item) => ({ ...item, kind: undefined, apiVersion: undefined })),
  }
}

export function status(code: number, reason: string, message: string, more: object = {}): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code, ...more }
}

export function occurrence(of: KubernetesEvent): NewOccurrence {
  return { event: of, raw: Buffer.from(JSON.stringify(of)) }
}

/** `name/resourceVersion` of each, in order. */
export function told(occurrences: readonly { readonly event: KubernetesEvent }[]): readonly string[] {
  return occurrences.map(({ event: { metadata } }) => `${metadata.name}/${metadata.resourceVersion}`)
}

/** An exchange recorded from a real API server. */
export interface RecordedExchange {
  readonly request: { readonly method: string; readonly path: string; readonly body: unknown }
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }
}

export function recorded(name: string): RecordedExchange {
  const url = new URL(`../../../test/golden/apiserver/${name}.json`, import.meta.url)
  const exchange: RecordedExchange = JSON.parse(readFileSync(url, 'utf8'))
  return exchange
}
