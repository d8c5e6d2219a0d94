/** What `replay --from` sends to the running program, a part of a recording at a time, and what it is answered. */
import * as z from 'zod/mini'

/** One part has about so much text, so that it never holds up the running program for long. */
export const replayPartBytes = 128 * 1024
export const replayPartEvents = 500
/** Kubernetes keeps no event above 1.5 MiB; a part has one such at most. */
export const maxReplayEventBytes = 2 * 1024 * 1024
export const maxReplayBodyBytes = maxReplayEventBytes + replayPartBytes + 4 * 1024

export const replayTaken = z.object({
  /** So much waits for the sink that nothing of this part was taken: it is to be sent again, later. */
  full: z.boolean(),
  /** On disk, and to be sent. */
  taken: z.number(),
  filtered: z.number(),
  /** All that the sink was commanded to send and has not sent yet. */
  waiting: z.number(),
})

export type ReplayTaken = z.output<typeof replayTaken>
