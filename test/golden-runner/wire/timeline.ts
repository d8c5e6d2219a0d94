/** What was done to the original while it ran, read from a recording's `script`; without one, the usual. */
import type { Recording } from './recording.ts'

export type Step =
  | { readonly kind: 'start' }
  | { readonly kind: 'create'; readonly events: readonly string[] }
  /** Changes fields of an event by a merge patch. */
  | {
      readonly kind: 'patch'
      readonly event: string
      readonly fields: Readonly<Record<string, string | number>>
    }
  | { readonly kind: 'delete'; readonly event: string }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Until all that is expected of the events created so far has arrived. */
  | { readonly kind: 'await-delivery' }
  /** Until the first request after the last creation: the original's flush began. */
  | { readonly kind: 'await-first-request' }
  /** Cuts every connection to the API server, and refuses new ones for so long at least. */
  | { readonly kind: 'cut'; readonly refuseForMs: number }
  /** Ends what a cut began. */
  | { readonly kind: 'accept' }
  /** Open connections to the API server fall silent for good; new ones work. */
  | { readonly kind: 'silence' }
  | { readonly kind: 'sigterm' }

export type Timeline =
  | { readonly kind: 'known'; readonly steps: readonly Step[] }
  /** A step of the script is written in words that are not known. */
  | { readonly kind: 'unknown'; readonly step: string }

/** The steps in order; the start comes first unless the script says otherwise. */
export function timelineOf({
  script,
  events,
  argv,
}: Pick<Recording, 'script' | 'events' | 'argv'>): Timeline {
  if (script === undefined) return { kind: 'known', steps: [{ kind: 'start' }, { kind: 'create', events }] }
  const steps: Step[] = []
  for (const text of script) {
    const read = readStep(text, frequencyMs(argv))
    if (read === undefined) return { kind: 'unknown', step: text }
    steps.push(...read)
  }
  const starts = steps.some(({ kind }) => kind === 'start')
  return { kind: 'known', steps: starts ? steps : [{ kind: 'start' }, ...steps] }
}

/** Ids of the events that were created once the program ran, in order. */
export function createdWhileRunning(steps: readonly Step[]): string[] {
  const start = steps.findIndex(({ kind }) => kind === 'start')
  return steps.slice(start).flatMap((step) => (step.kind === 'create' ? step.events : []))
}

/** How many states of events the watch shows once the program runs: those created and those changed. */
export function occurrencesWhileRunning(steps: readonly Step[]): number {
  const start = steps.findIndex(({ kind }) => kind === 'start')
  const patches = steps.slice(start).filter(({ kind }) => kind === 'patch').length
  return createdWhileRunning(steps).length + patches
}

type Reader = (match: RegExpExecArray, flushMs: number) => readonly Step[]

/** How scripts are worded. The first form that fits a step's whole text counts. */
const forms: readonly (readonly [form: RegExp, read: Reader])[] = [
  [/^start\b.*$/, () => [{ kind: 'start' }]],
  [
    /^every (\d+) s create (.+)$/,
    ([, seconds, ids]) => idsOf(ids).flatMap((id) => [waitSeconds(seconds), create([id])]),
  ],
  [/^after (\d+) s create (.+)$/, ([, seconds, ids]) => [waitSeconds(seconds), create(idsOf(ids))]],
  [/^(?:meanwhile |just after a flush )?create (.+)$/, ([, ids]) => [create(idsOf(ids))]],
  [
    /^merge-patch (e\d+) to (.+)$/,
    ([, event = '', fields = '']) => [{ kind: 'patch', event, fields: fieldsOf(fields) }],
  ],
  [/^delete (e\d+)$/, ([, event = '']) => [{ kind: 'delete', event }]],
  [
    /^after their delivery cut every connection to the API server and refuse new ones for (\d+) s$/,
    ([, seconds]) => [{ kind: 'await-delivery' }, { kind: 'cut', refuseForMs: Number(seconds) * 1_000 }],
  ],
  [/^accept connections again$/, () => [{ kind: 'accept' }]],
  [
    /^after their delivery swallow every byte of the open connections without closing them; new connections work$/,
    () => [{ kind: 'await-delivery' }, { kind: 'silence' }],
  ],
  [/^wait (\d+) s$/, ([, seconds]) => [waitSeconds(seconds)]],
  [/^wait for two flushes$/, (_match, flushMs) => [{ kind: 'wait', ms: 2 * flushMs }]],
  [/^SIGTERM one second later$/, () => [{ kind: 'wait', ms: 1_000 }, { kind: 'sigterm' }]],
  [
    /^SIGTERM (\d+) ms after the next flush began$/,
    ([, ms]) => [{ kind: 'await-first-request' }, { kind: 'wait', ms: Number(ms) }, { kind: 'sigterm' }],
  ],
]

function readStep(text: string, flushMs: number): readonly Step[] | undefined {
  for (const [form, read] of forms) {
    const match = form.exec(text)
    if (match) return read(match, flushMs)
  }
  return undefined
}

function create(events: readonly string[]): Step {
  return { kind: 'create', events }
}

function waitSeconds(seconds: string | undefined): Step {
  return { kind: 'wait', ms: Number(seconds) * 1_000 }
}

/** `e01, e03`, `e01…e12`, `e05, e06, then e09` */
function idsOf(text = ''): string[] {
  return text
    .replaceAll(/\bthen\b/g, '')
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .flatMap((word) => {
      const [, first, last] = /^e(\d+)…e(\d+)$/.exec(word) ?? []
      if (first === undefined || last === undefined) return [word]
      const count = Number(last) - Number(first) + 1
      return Array.from(
        { length: count },
        (_, at) => `e${String(Number(first) + at).padStart(first.length, '0')}`,
      )
    })
}

/** `count 18, lastTimestamp 2024-05-06T09:31:00Z` */
function fieldsOf(text: string): Record<string, string | number> {
  return Object.fromEntries(
    text.split(', ').map((pair) => {
      const [name = '', value = ''] = pair.split(' ')
      return [name, /^\d+$/.test(value) ? Number(value) : value]
    }),
  )
}

/** The original's flush: `--frequency`, 30 s if it is not given. */
function frequencyMs(argv: readonly string[]): number {
  const seconds = argv
    .map((argument) => /^--?frequency=(\d+)s$/.exec(argument)?.[1])
    .findLast((text) => text !== undefined)
  return Number(seconds ?? 30) * 1_000
}
