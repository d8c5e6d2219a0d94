/** A process that appends until it is killed. Tells on stdout, a line each: `a` appended, `c` committed, in all. */
import { writeSync } from 'node:fs'
import { systemClock } from '../../domain/clock.ts'
import { openJournal } from '../open.ts'
import { cursorAt, occurrences } from './events.ts'
import { RecordedTelemetry } from './recorded-telemetry.ts'

const [, , dir] = process.argv
const telemetry = new RecordedTelemetry()
let committed = 0
telemetry.committed = (_durationMs: number, count: number): void => {
  committed += count
  writeSync(1, `c ${committed}\n`)
}
const journal = await openJournal({
  dir,
  workerEntry: new URL('./worker-entry.ts', import.meta.url),
  clock: systemClock,
  telemetry,
  reserveBytes: 0,
})
const source = journal.source('default')
let appended = source.nextOffset() - 1
committed = appended
let settled = appended + 1
const reader = journal.openReader('webhook', () => ({ mark: settled, ranges: [] }))
writeSync(1, `open ${appended}\n`)

function appendSome(): void {
  const count = 1 + (appended % 13)
  writeSync(1, `a ${appended + count}\n`)
  source.append(occurrences(appended, appended + count), cursorAt(appended + count))
  appended += count
  settled = appended + 1
  reader.touch()
  setImmediate(appendSome)
}

appendSome()
