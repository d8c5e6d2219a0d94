/** One recorded run: rewritten by the rules, played with the project, compared. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import type { KubernetesEvent } from '../../../src/domain/event.ts'
import { rewrite } from '../rule.ts'
import { wireRules } from '../rules.ts'
import { missingFor } from '../unsupported.ts'
import { failed, unsupported, verdictOf } from '../verdict.ts'
import type { Verdict } from '../verdict.ts'
import { compare } from './compare.ts'
import { expectationOf } from './expectation.ts'
import { play } from './play.ts'
import type { PlayOptions } from './play.ts'
import { recordingSchema } from './recording.ts'
import { layStage } from './stage.ts'
import { atTheRecorder } from './stand-in.ts'
import { timelineOf } from './timeline.ts'

/** `folder` has the `events.json` that tells the recording's events by id; where it has none, the project's counts. */
export async function runRecording(content: unknown, folder: string, options: PlayOptions): Promise<Verdict> {
  const { program } = z.parse(z.looseObject({ program: z.string() }), content)
  if (program !== 'kube-eventer') return unsupported(`${program}'s configuration is not supported`)
  const read = z.safeParse(recordingSchema, content)
  if (!read.success) return failed([`it is no recording: ${z.prettifyError(read.error)}`])
  const recording = atTheRecorder(read.data)
  const missing = missingFor(recording)
  if (missing.length > 0) return unsupported(missing.join('; '))
  const timeline = timelineOf(recording)
  if (timeline.kind === 'unknown') return unsupported(`the script's step “${timeline.step}” is not known`)
  const events = readEvents(folder, recording.events)
  const strange = recording.events.find((id) => !events.has(id))
  if (strange !== undefined) return unsupported(`there is no event ${strange} in ${eventsFile(folder)}`)

  const { expectation, rules } = rewrite(expectationOf(recording, events, timeline.steps), wireRules)
  const stage = await layStage(recording, expectation)
  try {
    const played = await play(expectation, stage, options)
    return verdictOf(compare(expectation, played, stage.recorder), rules)
  } finally {
    await stage.close()
  }
}

const eventsSchema = z.record(z.string(), z.looseObject({ object: z.custom<KubernetesEvent>(isEvent) }))

function isEvent(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'metadata' in value && 'involvedObject' in value
}

/** In the order of `ids`; without those that the file does not have. */
function readEvents(folder: string, ids: readonly string[]): ReadonlyMap<string, KubernetesEvent> {
  if (ids.length === 0) return new Map()
  const known = z.parse(eventsSchema, JSON.parse(readFileSync(eventsFile(folder), 'utf8')))
  return new Map(
    ids.flatMap((id) => {
      const object = known[id]?.object
      return object ? [[id, object] as const] : []
    }),
  )
}

function eventsFile(folder: string): string {
  const beside = join(folder, 'events.json')
  return existsSync(beside) ? beside : join(import.meta.dirname, '..', '..', 'golden', 'wire', 'events.json')
}
