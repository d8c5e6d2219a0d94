/** Telemetry that remembers what it was told. */
import type { KubernetesEvent } from '../../domain/event.ts'
import type { SourceState, SourceTelemetry, WatchEnd } from '../../telemetry/telemetry.ts'

export interface FakeTelemetry extends SourceTelemetry {
  readonly occurrences: readonly KubernetesEvent[]
  readonly states: readonly { readonly state: SourceState; readonly detail: string }[]
  readonly ends: readonly WatchEnd[]
  readonly ignored: readonly { readonly why: string; readonly detail: string }[]
  /** `warn: text` */
  readonly logged: readonly string[]
  /** Resolves as soon as `holds` does, which is asked whenever something is told. */
  until(holds: (telemetry: FakeTelemetry) => boolean): Promise<void>
  /** Resolves when the newest state is this one; answers its detail. */
  inState(state: SourceState): Promise<string>
  /** All that was told, as one text. */
  everything(): string
}

export function fakeTelemetry(): FakeTelemetry {
  const occurrences: KubernetesEvent[] = []
  const states: { state: SourceState; detail: string }[] = []
  const ends: WatchEnd[] = []
  const ignored: { why: string; detail: string }[] = []
  const logged: string[] = []
  const waiting = new Set<() => void>()
  const note = <T>(list: T[], item: T): void => {
    list.push(item)
    for (const look of waiting) look()
  }
  const log =
    (level: string) =>
    (message: string, fields?: unknown): void =>
      note(logged, `${level}: ${message}${fields === undefined ? '' : ` ${JSON.stringify(fields)}`}`)
  const telemetry: FakeTelemetry = {
    occurrences,
    states,
    ends,
    ignored,
    logged,
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    occurrence: (event) => note(occurrences, event),
    state: (state, detail = '') => note(states, { state, detail }),
    watchEnded: (cause) => note(ends, cause),
    lineIgnored: (why, detail) => note(ignored, { why, detail }),
    until: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds(telemetry)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    inState: async (state) => {
      await telemetry.until(() => states.at(-1)?.state === state)
      return states.at(-1)?.detail ?? ''
    },
    everything: () => JSON.stringify({ states, ends, ignored, logged }),
  }
  return telemetry
}
