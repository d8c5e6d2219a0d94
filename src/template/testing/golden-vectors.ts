// Reads the recorded answers of real Go for tests: a template, an event, a zone, and what came of it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { KubernetesEvent } from '../../domain/event.ts'
import { RFC3339_NANO } from '../../gotime/layout.ts'
import { parseTime } from '../../gotime/parse.ts'
import { TimeZones } from '../../gotime/time-zones.ts'
import type { Time } from '../../gotime/time.ts'
import type { Template, TemplateOptions } from '../template.ts'
import { compileTemplate } from '../template.ts'

/** Exactly one of output, outputBase64 and error. */
export interface GoldenAnswer {
  readonly output?: string
  readonly outputBase64?: string
  readonly error?: { readonly phase: string; readonly message: string }
}

export interface GoldenVector extends GoldenAnswer {
  readonly id: string
  readonly template: string
  readonly event: string
  readonly tz: string
  readonly now?: string
  /** Equally right. */
  readonly alt?: GoldenAnswer
}

/** The vectors of `test/golden/<name>.json`. */
export function readGoldenFile(name: string): readonly unknown[] {
  const path = new URL(`../../../test/golden/${name}.json`, import.meta.url)
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'))
  assert.ok(Array.isArray(parsed))
  return parsed
}

export function readTemplateVectors(name: string): readonly GoldenVector[] {
  return readGoldenFile(name).filter(isVector)
}

function isVector(value: unknown): value is GoldenVector {
  return typeof value === 'object' && value !== null && 'template' in value && 'event' in value
}

function isEventEntry(value: unknown): value is { readonly id: string; readonly event: KubernetesEvent } {
  return typeof value === 'object' && value !== null && 'id' in value && 'event' in value
}

let events: ReadonlyMap<string, KubernetesEvent> | undefined

/** An event of events.json. */
export function goldenEvent(id: string): KubernetesEvent {
  events ??= new Map(
    readGoldenFile('events')
      .filter(isEventEntry)
      .map((entry) => [entry.id, entry.event]),
  )
  const event = events.get(id)
  assert.ok(event !== undefined, `no event ${id}`)
  return event
}

const zonesByName = new Map<string, TimeZones>()

export function zonesOf(tz: string): TimeZones {
  const zones = zonesByName.get(tz) ?? new TimeZones({ tz })
  zonesByName.set(tz, zones)
  return zones
}

export function goTime(text: string, zones: TimeZones): Time {
  const result = parseTime(RFC3339_NANO, text, zones.local)
  assert.ok(result.ok, text)
  return result.time
}

/** A template that must compile. */
export function compiled(text: string, options: Partial<TemplateOptions> = {}): Template {
  const result = compileTemplate(text, {
    escape: 'none',
    functions: 'builtin',
    zones: zonesOf('UTC'),
    ...options,
  })
  assert.ok(result.ok, `${text}: ${result.ok ? '' : result.error.message}`)
  return result.template
}

/** What the project answers, in the shape of the vectors. */
export function answerTo(vector: GoldenVector, options: Partial<TemplateOptions> = {}): GoldenAnswer {
  const zones = zonesOf(vector.tz)
  const result = compileTemplate(vector.template, {
    name: 'body',
    escape: 'none',
    functions: 'builtin',
    zones,
    ...options,
  })
  if (!result.ok) return { error: result.error }
  const now = vector.now === undefined ? { epochMs: Date.UTC(2024, 0, 1) } : goTime(vector.now, zones)
  const rendered = result.template.render(goldenEvent(vector.event), now)
  if (!rendered.ok) return { error: rendered.error }
  return rendered.bytes === undefined
    ? { output: rendered.text }
    : { outputBase64: Buffer.from(rendered.bytes).toString('base64') }
}

const FOREIGN: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /\.(ClusterName|GetTimestampMs|GetTimestampISO8601|DeDot|ToJSON|Event\b)/,
    "a field or method of kubernetes-event-exporter's own event",
  ],
  [
    /\.InvolvedObject\.(Labels|Annotations|OwnerReferences|Deleted|ObjectReference)/,
    "a field of kubernetes-event-exporter's own object",
  ],
  [/\bto(Raw|Pretty)?Json (\.|\.InvolvedObject) ?\}/, "kubernetes-event-exporter's own event as JSON"],
  [/\btypeOf \. ?\}/, "the name of kubernetes-event-exporter's own type"],
]

/** Why a vector of template-sprig.json says nothing of a core/v1 Event; undefined where it does. */
export function foreignReason(template: string): string | undefined {
  return FOREIGN.find(([pattern]) => pattern.test(template))?.[1]
}

/** Undefined where the answer is as recorded, else what differs. */
export function differenceOf(vector: GoldenVector, answer: GoldenAnswer): string | undefined {
  if (isSame(vector, answer) || (vector.alt !== undefined && isSame(vector.alt, answer))) return undefined
  const { id, template, event, output, outputBase64, error } = vector
  return [
    `${id} on ${event}: ${JSON.stringify(template)}`,
    `  expected ${JSON.stringify({ output, outputBase64, error })}`,
    `       got ${JSON.stringify(answer)}`,
  ].join('\n')
}

function isSame(expected: GoldenAnswer, answer: GoldenAnswer): boolean {
  if (expected.error !== undefined) return answer.error?.phase === expected.error.phase
  return answer.output === expected.output && answer.outputBase64 === expected.outputBase64
}
