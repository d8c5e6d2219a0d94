/** A recorded run of the original: one process, what it was given, what it was answered, what it sent. */
import * as z from 'zod/mini'

const answer = z.looseObject({
  method: z.optional(z.string()),
  /** A regular expression over path and query. */
  path: z.optional(z.string()),
  body_match: z.optional(z.string()),
  /** A small server that a recording of another sink needs. */
  fake: z.optional(z.string()),
  /** How many requests the entry answers; all if absent. */
  times: z.optional(z.number()),
  hang: z.optional(z.boolean()),
  delayMs: z.optional(z.number()),
  status: z.optional(z.number()),
  headers: z.optional(z.record(z.string(), z.string())),
  body: z.optional(z.unknown()),
})

/** HTTP, or `tlsError`; what else there is belongs to another protocol. */
const request = z.looseObject({
  scheme: z.optional(z.string()),
  method: z.optional(z.string()),
  path: z.optional(z.string()),
  query: z.optional(z.string()),
  headers: z.optional(z.record(z.string(), z.string())),
  body: z.optional(z.unknown()),
  tlsError: z.optional(z.string()),
})

const page = z.object({ path: z.string(), status: z.number(), contentType: z.string(), body: z.string() })

export const recordingSchema = z.looseObject({
  id: z.string(),
  program: z.string(),
  argv: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  config: z.optional(z.unknown()),
  configmaps: z._default(
    z.array(
      z.object({
        namespace: z.string(),
        name: z.string(),
        data: z.optional(z.record(z.string(), z.string())),
      }),
    ),
    [],
  ),
  events: z.array(z.string()),
  script: z.optional(z.array(z.string())),
  answers: z._default(z.array(answer), []),
  requests: z.array(request),
  pages: z.optional(z.array(page)),
  stdout: z.optional(z.string()),
  log: z._default(z.array(z.string()), []),
  exit: z.optional(z.object({ code: z.nullable(z.number()), signal: z.nullable(z.string()) })),
  measured: z.optional(z.looseObject({ exit: z.optional(z.string()) })),
})

export type Recording = z.output<typeof recordingSchema>
export type RecordedAnswer = z.output<typeof answer>
export type RecordedRequest = z.output<typeof request>
export type RecordedPage = z.output<typeof page>
