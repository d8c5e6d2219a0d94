/** The last runs of reports, over restarts and damage: what is forgotten is told again, or never. */
import assert from 'node:assert/strict'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { ReportRun } from '../report-runs.ts'
import { closeOpened, openOn, temporaryDir, until, written } from '../testing/on-disk.ts'
import { fileName } from './schema.ts'

let place = temporaryDir()
place.remove()
beforeEach(() => {
  place = temporaryDir()
})
afterEach(async () => {
  await closeOpened()
  place.remove()
})

const daily: ReportRun = { report: 'daily', sink: 'hook', schedule: '20:00 UTC', dueMs: 1_772_481_600_000 }

describe('the last run of a report', () => {
  it('is known after a restart, the newest one of each sink', async () => {
    const { journal } = await openOn(place.dir)
    await journal.workOnReportRuns({ kind: 'note', run: { ...daily, dueMs: 1 } })
    const noted = journal.workOnReportRuns({ kind: 'note', run: daily })
    assert.deepEqual(journal.reportRuns(), [daily], 'at once')
    await noted
    await journal.workOnReportRuns({ kind: 'note', run: { ...daily, sink: 'other' } })
    await journal.workOnReportRuns({ kind: 'forget', report: 'daily', sink: 'other' })
    assert.deepEqual(journal.reportRuns(), [daily])
    await journal.close()
    const { journal: again } = await openOn(place.dir)
    assert.deepEqual(again.reportRuns(), [daily])
    await again.close()
  })

  it('outlives a file that is found damaged when it is opened', async () => {
    await written(place.dir, 100)
    const { journal } = await openOn(place.dir)
    await journal.workOnReportRuns({ kind: 'note', run: daily })
    await journal.close()
    const db = new DatabaseSync(join(place.dir, fileName))
    db.exec(`UPDATE block SET data = zeroblob(length(data))
             WHERE first_offset = (SELECT max(first_offset) FROM block)`)
    db.close()
    const { journal: again, telemetry } = await openOn(place.dir)
    assert.deepEqual(
      telemetry.damages.map(({ what }) => what),
      ['file'],
    )
    assert.deepEqual(again.reportRuns(), [daily])
    await again.close()
  })

  it('outlives a file that is found damaged while the program runs', async () => {
    await written(place.dir, 200)
    const path = join(place.dir, fileName)
    const db = new DatabaseSync(path)
    db.exec(`UPDATE meta SET value = 0 WHERE key = 'clean'`)
    db.close()
    // The number of free pages in the header (https://www.sqlite.org/fileformat2.html).
    const fd = openSync(path, 'r+')
    writeSync(fd, Buffer.from([0, 0, 0, 9]), 0, 4, 36)
    closeSync(fd)
    const { journal, telemetry } = await openOn(place.dir, { checkAfterMs: 0 })
    await journal.workOnReportRuns({ kind: 'note', run: daily })
    await until(() => telemetry.damages.some(({ what }) => what === 'file'))
    await journal.close()
    const { journal: again } = await openOn(place.dir)
    assert.deepEqual(again.reportRuns(), [daily])
    await again.close()
  })

  it('is known to a journal in memory as long as the program runs', async () => {
    const { journal } = await openOn(place.dir, { dir: undefined })
    await journal.workOnReportRuns({ kind: 'note', run: daily })
    assert.deepEqual(journal.reportRuns(), [daily])
    await journal.close()
  })
})
