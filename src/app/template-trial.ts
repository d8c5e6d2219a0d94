/**
 * Tries a template before it meets an event: whether it can be rendered with the kinds of events that its sink will
 * see, and whether what is sent as JSON is JSON. Nothing is refused for it: what the original sent is sent.
 */
import { describeJsonFault, jsonFault } from '../template/json-fault.ts'
import { SAMPLE_EVENTS, type SampleEvent } from '../template/sample-events.ts'
import type { Clock } from '../domain/clock.ts'
import type { FilterOptions } from '../domain/filter-options.ts'
import type { BodyRenderer, TemplateUse } from '../sink-kit/body.ts'
import { compileFilter } from '../stages/filter.ts'

/** What was found, told for people; free of secrets. */
export interface TrialFinding {
  /** With each event of the trial: the template cannot work as it is. Else only events such as some. */
  readonly isAlways: boolean
  readonly kind: 'fails' | 'no-json'
  readonly what: string
  readonly remedy: string
}

export interface TrialParts {
  readonly renderer: BodyRenderer
  readonly use: TemplateUse
  /** Events of other types and kinds are left out. */
  readonly filter: FilterOptions
  readonly clock: Clock
}

/** A template that takes its time with one event must not take it with all: live events wait meanwhile. */
const enoughMs = 200
/** From fewer events nothing is said of all. */
const fewestForAll = 3

/** At most one finding of each kind. */
export function tryTemplate({ renderer, use, filter, clock }: TrialParts): readonly TrialFinding[] {
  const startedMs = clock.monotonicMs()
  let tried = 0
  const failed: Trouble[] = []
  const noJson: Trouble[] = []
  for (const sample of samplesFor(filter)) {
    if (clock.monotonicMs() - startedMs > enoughMs) break
    tried++
    const rendered = renderer.render({
      event: sample.event,
      raw: Buffer.from(JSON.stringify(sample.event)),
      offset: 1,
      cluster: 'default',
      arrivedAtMs: clock.wallMs(),
    })
    if (rendered.kind === 'failed') failed.push({ sample, detail: rendered.detail })
    else if (rendered.kind === 'body' && isDeclaredJson(use)) {
      const fault = jsonFault(typeof rendered.body === 'string' ? rendered.body : decode(rendered.body))
      if (fault) noJson.push({ sample, detail: describeJsonFault(fault) })
    }
  }
  const remedy = 'kube-eventer render shows it'
  return [
    ...found(failed, tried, (trouble, isAlways) => ({
      kind: 'fails',
      what: isAlways
        ? `no event can be rendered: ${trouble.detail}; each becomes a dead letter`
        : `events such as ${nameOf(trouble)} cannot be rendered: ${trouble.detail}; they become dead letters`,
      remedy: `correct it; ${remedy}`,
    })),
    ...found(noJson, tried, (trouble, isAlways) => ({
      kind: 'no-json',
      what: isAlways
        ? `the body is sent as JSON and is none, at its ${trouble.detail}; it is sent as it is`
        : `of events such as ${nameOf(trouble)} the body is sent as JSON and is none, at its ` +
          `${trouble.detail}; it is sent as it is`,
      remedy,
    })),
  ]
}

/** What is to be JSON by its content type, its platform, or since the user says so. */
export function isDeclaredJson({ escape, sendsJson }: TemplateUse): boolean {
  return sendsJson || escape === 'json'
}

interface Trouble {
  readonly sample: SampleEvent
  readonly detail: string
}

function found(
  troubles: readonly Trouble[],
  tried: number,
  tell: (first: Trouble, isAlways: boolean) => Omit<TrialFinding, 'isAlways'>,
): readonly TrialFinding[] {
  const [first] = troubles
  if (first === undefined) return []
  const isAlways = troubles.length === tried && tried >= fewestForAll
  return [{ isAlways, ...tell(first, isAlways) }]
}

/** `"volume" (PersistentVolume VolumeFailedDelete)` */
function nameOf({ sample: { name, event } }: Trouble): string {
  return `"${name}" (${event.involvedObject.kind} ${event.reason})`
}

/** Those of the types and kinds that pass; all where none does, since the cluster may have others that do. */
function samplesFor({ level, kinds }: FilterOptions): readonly SampleEvent[] {
  const filter = compileFilter({ level, ...(kinds && { kinds }) })
  const passing = SAMPLE_EVENTS.filter(({ event }) => filter(event).pass)
  return passing.length === 0 ? SAMPLE_EVENTS : passing
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}
