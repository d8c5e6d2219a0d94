/** template-ke.json, template-fuzz.json and template-sprig.json: Go templates, asked of `src/template`. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import type { KubernetesEvent } from '../../../src/domain/event.ts'
import { RFC3339_NANO } from '../../../src/gotime/layout.ts'
import { parseTime } from '../../../src/gotime/parse.ts'
import { TimeZones } from '../../../src/gotime/time-zones.ts'
import { compileTemplate } from '../../../src/template/template.ts'
import type { GoldenAnswer } from '../../../src/template/testing/golden-vectors.ts'
import { differenceOf, foreignReason } from '../../../src/template/testing/golden-vectors.ts'
import { failed, passed, unsupported } from '../verdict.ts'
import type { Verdict } from '../verdict.ts'

const answer = {
  output: z.optional(z.string()),
  outputBase64: z.optional(z.string()),
  error: z.optional(z.object({ phase: z.string(), message: z.string() })),
}

const templateVector = z.object({
  id: z.string(),
  template: z.string(),
  event: z.string(),
  tz: z.string(),
  now: z.optional(z.string()),
  ...answer,
  alt: z.optional(z.object(answer)),
})

type TemplateVector = z.output<typeof templateVector>

const eventList = z.array(z.object({ id: z.string(), event: z.custom<KubernetesEvent>(isObject) }))

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** Compares one vector; the event lies in events.json beside its file, or among the project's own goldens. */
export function runTemplateVector(vector: unknown, folder: string): Verdict {
  if (typeof vector === 'object' && vector !== null && 'layout' in vector) {
    return unsupported("layouts of kubernetes-event-exporter's configuration are not supported")
  }
  const parsed = templateVector.parse(vector)
  const reason = isSprig(parsed) ? foreignReason(parsed.template) : undefined
  if (reason !== undefined) return unsupported(`${reason} is not supported`)
  const event = readEvents(folder).get(parsed.event)
  if (event === undefined) return unsupported(`there is no event ${parsed.event} in events.json`)
  const difference = differenceOf(parsed, answerTo(parsed, event))
  return difference === undefined ? passed() : failed([difference])
}

/** Vectors with sprig's functions: their event is as it was sent. */
function isSprig({ id }: TemplateVector): boolean {
  return id.startsWith('re-')
}

function answerTo(vector: TemplateVector, event: KubernetesEvent): GoldenAnswer {
  const zones = new TimeZones({ tz: vector.tz })
  const result = compileTemplate(vector.template, {
    name: isSprig(vector) ? 'template' : 'body',
    escape: 'none',
    functions: isSprig(vector) ? 'sprig' : 'builtin',
    data: isSprig(vector) ? 'as-sent' : 'kube-eventer',
    zones,
  })
  if (!result.ok) return { error: result.error }
  const now = parseTime(RFC3339_NANO, vector.now ?? '2024-01-01T00:00:00Z', zones.local)
  if (!now.ok) throw new Error(now.error)
  const rendered = result.template.render(event, now.time)
  if (!rendered.ok) return { error: rendered.error }
  const { bytes, text } = rendered
  return bytes === undefined ? { output: text } : { outputBase64: Buffer.from(bytes).toString('base64') }
}

const eventsByPath = new Map<string, ReadonlyMap<string, KubernetesEvent>>()

function readEvents(folder: string): ReadonlyMap<string, KubernetesEvent> {
  const beside = join(folder, 'events.json')
  const path = existsSync(beside) ? beside : join(import.meta.dirname, '../../golden/events.json')
  const known = eventsByPath.get(path)
  if (known !== undefined) return known
  const listed = eventList.parse(JSON.parse(readFileSync(path, 'utf8')))
  const events = new Map(listed.map(({ id, event }) => [id, event]))
  eventsByPath.set(path, events)
  return events
}
