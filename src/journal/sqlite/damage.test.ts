/** A damaged file stops nothing: it is set aside or passed over, and said. */
import assert from 'node:assert/strict'
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { cursorAt, occurrences, readAll } from '../testing/events.ts'
import { closeOpened, openOn, temporaryDir, until, written } from '../testing/on-disk.ts'
import { newSeed, randomFrom } from '../testing/random.ts'
import { migrate, migrations, schemaVersion } from './schema.ts'

let place = temporaryDir()
place.remove()
beforeEach(() => {
  place = temporaryDir()
})
afterEach(async () => {
  await closeOpened()
  place.remove()
})

const file = (): string => join(place.dir, 'journal.db')
const setAside = (): string[] => readdirSync(place.dir).filter((name) => /\.damaged-[^-]+$/.test(name))

/** Writes over a page of the blocks' table; the 0th one holds the oldest. */
function damageLeaf(index: number): void {
  const db = new DatabaseSync(file())
  const page = db
    .prepare(
      `SELECT pageno FROM dbstat WHERE name = 'block' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET ?`,
    )
    .get(index)?.['pageno']
  db.close()
  assert.ok(typeof page === 'number')
  const opened = openSync(file(), 'r+')
  writeSync(opened, Buffer.alloc(4096, 0xee), 0, 4096, (page - 1) * 4096)
  closeSync(opened)
}

/**
 * Appends and reads as if nothing were, whatever the file was: each offset that the journal says it holds is read,
 * or said to be lost.
 */
async function works(): Promise<void> {
  const { journal, telemetry } = await openOn(place.dir, { checkAfterMs: 3_600_000, tailBytes: 5000 })
  const reader = journal.openReader('webhook', () => ({ mark: 1, ranges: [] }))
  journal.source('default').append(occurrences(9000, 9100), cursorAt(9100))
  await journal.flush()
  const accounted = new Set((await readAll(reader, 1)).map(({ offset }) => offset))
  for (const { what, fields } of telemetry.damages) {
    if (what !== 'part') continue
    for (let offset = Number(fields['fromOffset']); offset <= Number(fields['toOffset']); offset += 1) {
      accounted.add(offset)
    }
  }
  // Asked now: if rows could not be found, it may have begun anew meanwhile.
  const { firstOffset, nextOffset } = journal.size()
  const silent = Array.from({ length: nextOffset - firstOffset }, (_, n) => firstOffset + n).filter(
    (offset) => !accounted.has(offset),
  )
  assert.deepEqual(silent, [])
  assert.ok(accounted.has(nextOffset - 1))
  await journal.close()
}

describe('a journal file that is damaged when it is opened', () => {
  it('is set aside, and says where, if it does not begin as a database', async () => {
    await written(place.dir, 200)
    const damaged = Buffer.concat([Buffer.from('no database'), readFileSync(file()).subarray(11)])
    writeFileSync(file(), damaged)
    const { journal, telemetry } = await openOn(place.dir)
    assert.equal(telemetry.damages[0]?.fields['setAsideAs'], join(place.dir, setAside()[0] ?? ''))
    assert.deepEqual(readFileSync(join(place.dir, setAside()[0] ?? '')), damaged)
    await journal.close()
    await works()
  })

  it('begins anew if it is empty', async () => {
    await written(place.dir, 200)
    truncateSync(file(), 0)
    await works()
  })

  for (const size of [1, 100, 4096, 5000, 40_000]) {
    it(`begins anew, or passes over what is missing, if it ends after ${size} bytes`, async () => {
      await written(place.dir, 1000)
      truncateSync(file(), size)
      await works()
    })
  }

  it('keeps cursors, offsets and the salt if they can still be read', async () => {
    await written(place.dir, 1000)
    const first = await openOn(place.dir)
    const { salt } = first.journal
    await first.journal.close()
    // The last block's text is not what its checksum says.
    const db = new DatabaseSync(file())
    db.exec(`UPDATE block SET data = zeroblob(length(data))
             WHERE first_offset = (SELECT max(first_offset) FROM block)`)
    db.close()
    const { journal } = await openOn(place.dir)
    assert.equal(setAside().length, 1)
    assert.deepEqual(journal.salt, salt)
    assert.deepEqual(journal.source('default').state(), cursorAt(1000))
    assert.equal(journal.source('default').nextOffset(), 1001)
    const reader = journal.openReader('webhook', () => reader.settledAtOpen)
    assert.equal(reader.settledAtOpen.mark, 1)
    await journal.close()
  })

  it('begins anew if its oldest blocks cannot be found', async () => {
    await written(place.dir, 1000, 4)
    damageLeaf(0)
    const { journal } = await openOn(place.dir)
    assert.equal(setAside().length, 1)
    assert.deepEqual(journal.source('default').state(), cursorAt(1000))
    await journal.close()
  })

  it('keeps no older file that was set aside', async () => {
    await written(place.dir, 100)
    for (let n = 0; n < 3; n += 1) {
      writeFileSync(file(), 'no database at all')
      await works()
    }
    assert.equal(setAside().length, 1)
  })

  const seed = newSeed()
  it(`works again whatever bytes are damaged (seed ${seed})`, async () => {
    const random = randomFrom(seed)
    for (let round = 0; round < 12; round += 1) {
      await written(place.dir, 400, 5)
      const size = readFileSync(file()).byteLength
      const fd = openSync(file(), 'r+')
      for (let n = 0; n < 1 + round; n += 1) {
        const noise = Buffer.from(
          Array.from({ length: 1 + Math.floor(random() * 300) }, () => random() * 256),
        )
        // Behind the header: what a header can hold is tested above.
        writeSync(fd, noise, 0, noise.length, 100 + Math.floor(random() * (size - 100)))
      }
      closeSync(fd)
      await works()
      place.remove()
      place = temporaryDir()
    }
  })
})

describe('damage found while the journal is open', () => {
  it('passes over the one block that cannot be unpacked, says so, and goes on behind it', async () => {
    await written(place.dir, 1000)
    const db = new DatabaseSync(file())
    db.exec('UPDATE block SET data = zeroblob(length(data)) WHERE first_offset = 301')
    db.close()
    const { journal, telemetry } = await openOn(place.dir)
    const reader = journal.openReader('webhook', () => reader.settledAtOpen)
    const read = await readAll(reader, 1)
    assert.equal(read.length, 950)
    assert.deepEqual(
      read.slice(298, 302).map(({ offset }) => offset),
      [299, 300, 351, 352],
    )
    const again = journal.openReader('other', () => ({ mark: 1, ranges: [] }))
    await readAll(again, 1)
    // Once, however many sinks come by.
    assert.deepEqual(
      telemetry.damages.map(({ what, occurrencesLost, fields }) => [
        what,
        occurrencesLost,
        fields['fromOffset'],
        fields['toOffset'],
      ]),
      [['part', 50, 301, 350]],
    )
    await journal.close()
  })

  it('begins anew if retention cannot remove what it finds, so that the bound is kept', async () => {
    await written(place.dir, 1000, 4)
    damageLeaf(5)
    const { journal, telemetry } = await openOn(place.dir, { maxBytes: 100_000 })
    journal.openReader('webhook', () => ({ mark: 1, ranges: [] }))
    journal.source('default').append(occurrences(1000, 1010), cursorAt(1010))
    await until(() => telemetry.damages.length > 0)
    const removed = telemetry.droppedCounts.bytes
    assert.deepEqual(
      telemetry.damages.map(({ what, occurrencesLost }) => [what, occurrencesLost]),
      [['file', 1000 - removed]],
    )
    await journal.flush()
    assert.deepEqual([journal.size().firstOffset, journal.size().nextOffset], [1001, 1011])
    assert.ok(journal.size().bytes <= 100_000)
    await journal.close()
    const second = await openOn(place.dir)
    assert.deepEqual(second.journal.source('default').state(), cursorAt(1010))
    await second.journal.close()
  })

  it('begins anew with what memory holds if the full check after an unclean stop finds it', async () => {
    await written(place.dir, 200)
    const db = new DatabaseSync(file())
    db.exec(`UPDATE meta SET value = 0 WHERE key = 'clean'`)
    db.close()
    // The number of free pages in the header (https://www.sqlite.org/fileformat2.html).
    const fd = openSync(file(), 'r+')
    writeSync(fd, Buffer.from([0, 0, 0, 9]), 0, 4, 36)
    closeSync(fd)
    const { journal, telemetry } = await openOn(place.dir, { checkAfterMs: 0 })
    const { salt } = journal
    journal.source('default').append(occurrences(200, 230), cursorAt(230))
    const reader = journal.openReader('webhook', () => reader.settledAtOpen)
    await until(() => telemetry.damages.some(({ what }) => what === 'file'))
    await journal.flush()
    journal.source('default').append(occurrences(230, 240), cursorAt(240))
    await journal.close()
    assert.equal(setAside().length, 1)

    const second = await openOn(place.dir)
    assert.deepEqual(second.journal.salt, salt)
    assert.deepEqual(second.journal.source('default').state(), cursorAt(240))
    const again = second.journal.openReader('webhook', () => again.settledAtOpen)
    assert.equal(again.settledAtOpen.mark, 1)
    const read = await readAll(again, 1)
    assert.deepEqual([read[0]?.offset, read.length], [201, 40])
    await second.journal.close()
  })

  for (const [volume, network] of [
    ['a local volume', undefined],
    ['a network file system', 'NFS'],
  ] as const) {
    it(`says that a file on ${volume} is sound after an unclean stop, and commits meanwhile`, async () => {
      await written(place.dir, 2000)
      const db = new DatabaseSync(file())
      db.exec(`UPDATE meta SET value = 0 WHERE key = 'clean'`)
      db.close()
      const { journal, telemetry } = await openOn(place.dir, {
        checkAfterMs: 0,
        networkFileSystem: () => network,
      })
      const source = journal.source('default')
      let n = 2000
      await until(() => {
        source.append(occurrences(n, n + 1), cursorAt(n + 1))
        n += 1
        return telemetry.said('is sound')
      })
      assert.ok(telemetry.committedOccurrences > 0)
      assert.deepEqual([telemetry.states, telemetry.damages], [[], []])
      await journal.close()
      assert.deepEqual(setAside(), [])
    })
  }
})

describe('a kill while a new file takes the place of a damaged one', () => {
  it('leaves the damaged one, from which cursors and the salt are taken, while the new one is made', async () => {
    await written(place.dir, 1000, 4)
    const before = await openOn(place.dir)
    const { salt } = before.journal
    await before.journal.close()
    damageLeaf(0)
    writeFileSync(`${file()}.new`, readFileSync(file()).subarray(0, 5000))
    writeFileSync(`${file()}.new-journal`, 'half of it')
    const { journal } = await openOn(place.dir)
    assert.deepEqual(journal.salt, salt)
    assert.deepEqual(journal.source('default').state(), cursorAt(1000))
    await journal.close()
    assert.deepEqual(
      readdirSync(place.dir).filter((name) => name.includes('.new')),
      [],
    )
  })

  it('leaves the new one, when the damaged one is set aside already', async () => {
    await written(place.dir, 200)
    renameSync(file(), `${file()}.new`)
    const { journal } = await openOn(place.dir)
    assert.deepEqual(journal.source('default').state(), cursorAt(200))
    const reader = journal.openReader('webhook', () => reader.settledAtOpen)
    assert.equal((await readAll(reader, 1)).length, 200)
    await journal.close()
  })
})

describe('the format of the file', () => {
  it('is brought up to date step by step, and what is in it stays', () => {
    const db = new DatabaseSync(':memory:')
    migrate(db)
    assert.equal(schemaVersion(db), migrations.length)
    db.exec(`INSERT INTO source (cluster, state) VALUES ('default', '{}')`)
    migrate(db, [...migrations, (to) => to.exec('ALTER TABLE source ADD COLUMN note TEXT')])
    assert.equal(schemaVersion(db), migrations.length + 1)
    assert.deepEqual(
      { ...db.prepare('SELECT cluster, note FROM source').get() },
      { cluster: 'default', note: null },
    )
    db.close()
  })

  it('stays the old one if a step fails in its middle', () => {
    const db = new DatabaseSync(':memory:')
    migrate(db)
    const broken = [
      ...migrations,
      (to: DatabaseSync) => to.exec('CREATE TABLE half (a)'),
      (to: DatabaseSync) => to.exec('no sql'),
    ]
    assert.throws(() => migrate(db, broken))
    assert.equal(schemaVersion(db), migrations.length)
    assert.equal(
      db.prepare(`SELECT count(*) AS held FROM sqlite_schema WHERE name = 'half'`).get()?.['held'],
      0,
    )
    db.close()
  })

  it('is refused if a later version wrote it, with what to do', async () => {
    await written(place.dir, 10, 10)
    const db = new DatabaseSync(file())
    db.exec(`PRAGMA user_version = ${migrations.length + 1}`)
    db.close()
    await assert.rejects(openOn(place.dir), { kind: 'too-new', message: /run that version/ })
    assert.deepEqual(setAside(), [])
  })

  it('is refused if it is another program’s database', async () => {
    const db = new DatabaseSync(file())
    db.exec('CREATE TABLE recipes (a); PRAGMA application_id = 17')
    db.close()
    await assert.rejects(openOn(place.dir), { kind: 'not-a-journal', message: /--data-dir/ })
  })
})
