/** Directories and openings of the SQLite engine for its own tests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { systemClock } from '../../domain/clock.ts'
import type { Journal } from '../journal.ts'
import { openJournal } from '../open.ts'
import type { JournalOperations } from '../operations.ts'
import type { OpenJournalOptions } from '../open.ts'
import { cursorAt, occurrences } from './events.ts'
import { RecordedTelemetry } from './recorded-telemetry.ts'

export const workerEntry = new URL('./worker-entry.ts', import.meta.url)

export function temporaryDir(): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'kube-eventer-journal-'))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

const opened = new Set<Journal>()

/** Closes what a test that failed has left open. */
export async function closeOpened(): Promise<void> {
  for (const journal of opened) await journal.close()
  opened.clear()
}

export async function openOn(
  dir: string,
  options: Partial<OpenJournalOptions> = {},
): Promise<{ journal: Journal & JournalOperations; telemetry: RecordedTelemetry }> {
  const telemetry = new RecordedTelemetry()
  const journal = await openJournal({
    dir,
    workerEntry,
    clock: systemClock,
    telemetry,
    reserveBytes: 0,
    ...options,
  })
  opened.add(journal)
  return { journal, telemetry }
}

/** A journal of events 0 to before `count` in blocks of `step`, closed; a sink `webhook` that has settled none. */
export async function written(dir: string, count: number, step = 50): Promise<void> {
  const { journal } = await openOn(dir)
  journal.openReader('webhook', () => ({ mark: 1, ranges: [] }))
  for (let n = 0; n < count; n += step) {
    journal.source('default').append(occurrences(n, n + step), cursorAt(n + step))
    await journal.flush()
  }
  await journal.close()
}

/** Waits for the thing itself, giving everything else its turn. */
export async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await turn()
}
