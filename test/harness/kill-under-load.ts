/** Kills the program again and again at random moments while events keep coming, and counts what that cost. */
import type { RunningProgram } from './program.ts'
import type { Site } from './site.ts'
import type { Told } from './told.ts'

export interface KillOptions {
  readonly kills: number
  /** States of events put a second, the whole time. */
  readonly perSecond: number
  readonly onKill?: (killed: number) => void
  /**
   * Called before each kill with its number, from 0: something else that goes wrong. What it answers is called some
   * time after the next start, and puts it right.
   */
  readonly trouble?: (kill: number) => () => void
}

export interface KillResult {
  /** States of events that were put. */
  readonly put: number
  readonly doubled: number
  /** What the guarantee lets be repeated, over all kills. */
  readonly mayDouble: number
  /** What the costliest kill repeated. */
  readonly worstKill: number
}

/** Sends in flight at once of a webhook. */
const concurrency = 16
/**
 * What was settled waits for a commit that begins 10 ms later and then has to reach the file. On a machine that is
 * busy with the tests themselves each of these takes its time: the margin over the guarantee is for that machine.
 */
const uncommittedMs = 50
/** A random kill comes at most so long after the first delivery of a run; every fifth one at most so long after its start. */
const latestAfterDeliveryMs = 400
const latestAfterStartMs = 500
const latestAfterTroubleMs = 200

/** Ends with the program stopped in good order and everything told. */
export async function killUnderLoad(site: Site, options: KillOptions): Promise<KillResult> {
  const { feed, told, random } = site
  let mayDouble = 0
  let program = await site.startReady()
  const load = site.load(options.perSecond)
  try {
    for (let kill = 0; kill < options.kills; kill++) {
      if (kill % 5 === 4) {
        await afterMs(random.integer(0, latestAfterStartMs))
      } else {
        await nextDelivery(site, program)
        await afterMs(random.integer(0, latestAfterDeliveryMs))
      }
      const mend = options.trouble?.(kill)
      if (mend) await afterMs(random.integer(0, latestAfterTroubleMs))
      mayDouble += mayRepeat(told)
      await program.kill()
      options.onKill?.(kill + 1)
      program = await site.start()
      if (mend) void afterMs(random.integer(0, 2 * latestAfterTroubleMs)).then(mend)
    }
    await nextDelivery(site, program)
  } finally {
    load.stop()
  }
  await site.allTold(program)
  await site.end(program)
  const worstKill = Math.max(
    ...Array.from({ length: options.kills }, (_, kill) => told.doubledAfter(kill + 1)),
  )
  return { put: feed.marks.size, doubled: told.doubled, mayDouble, worstKill }
}

/** What a kill at this moment may repeat at most: what is in flight, and what was told since the last commit. */
export function mayRepeat(told: Told): number {
  return concurrency + told.within(uncommittedMs)
}

async function nextDelivery({ receiver }: Site, program: RunningProgram): Promise<void> {
  await Promise.race([receiver.until(receiver.count + 1), failsOnceEnded(program)])
}

async function failsOnceEnded(program: RunningProgram): Promise<never> {
  const end = await program.process.ended
  throw new Error(`the program ended by itself: ${end}\n${program.process.output().slice(-3000)}`)
}

/** A moment chosen at random: nothing is waited for. */
function afterMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
