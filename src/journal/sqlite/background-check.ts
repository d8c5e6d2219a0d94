/** The main thread's part of the check of the whole file: one step after another, with rests for everybody else. */
import type { Clock, Timer } from '../../domain/clock.ts'
import { sleep } from '../../domain/clock.ts'
import type { Logger } from '../../telemetry/telemetry.ts'
import type { CommitFailure } from '../store.ts'
import { textOf } from '../../domain/text-of.ts'
import type { Checked, CheckStep } from './check.ts'

/** Longer than a commit waits that found the file busy: without a write-ahead log it gets its turn now. */
const restMs = 20

export interface BackgroundCheckParts {
  readonly dir: string
  readonly clock: Clock
  readonly log: Logger
  readonly step: (step: CheckStep) => Promise<Checked>
  readonly failureOf: (error: unknown) => CommitFailure
  /** Of these offsets nothing can be read any more. */
  readonly onDamagedPart: (damaged: Checked['damaged'][number]) => void
  /** The file cannot be trusted any more. */
  readonly onDamage: (why: string) => void
}

export class BackgroundCheck {
  readonly #parts: BackgroundCheckParts
  #running = new AbortController()
  #timer: Timer | undefined

  constructor(parts: BackgroundCheckParts) {
    this.#parts = parts
  }

  /** Instead of one that is under way. */
  start(afterMs: number, why: string): void {
    this.stop()
    const { signal } = (this.#running = new AbortController())
    this.#timer = this.#parts.clock.schedule(() => void this.#run(why, signal), afterMs)
  }

  /** What it would still find is no news: the journal is closed, or the file is another. */
  stop(): void {
    this.#timer?.cancel()
    this.#running.abort()
  }

  async #run(why: string, signal: AbortSignal): Promise<void> {
    const { dir, clock, log, failureOf, onDamage, onDamagedPart } = this.#parts
    log.info('the journal is checked in the background', { dir, why })
    let damagedParts = 0
    try {
      let step: CheckStep | undefined = { kind: 'structure' }
      while (step !== undefined) {
        const { found, damaged, next }: Checked = await this.#parts.step(step)
        if (signal.aborted) return
        for (const part of damaged) onDamagedPart(part)
        damagedParts += damaged.length
        if (found !== undefined) return onDamage(found)
        await sleep(clock, restMs, signal)
        if (signal.aborted) return
        step = next
      }
      if (damagedParts === 0) log.info('the journal is sound', { dir })
    } catch (error) {
      if (signal.aborted) return
      if (failureOf(error) === 'damaged') onDamage(textOf(error))
      else log.warn('the journal could not be checked', { dir, detail: textOf(error) })
    }
  }
}
