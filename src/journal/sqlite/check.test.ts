/** The check of the whole file, step by step: what it finds, and that it keeps nobody waiting. */
import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { closeOpened, temporaryDir, written } from '../testing/on-disk.ts'
import { check } from './check.ts'
import type { Checked, CheckStep } from './check.ts'

let place = temporaryDir()
place.remove()
beforeEach(async () => {
  place = temporaryDir()
  await written(place.dir, 1000)
})
afterEach(async () => {
  await closeOpened()
  place.remove()
})

const file = (): string => join(place.dir, 'journal.db')

function change(sql: string): void {
  const db = new DatabaseSync(file())
  db.exec(sql)
  db.close()
}

/** All steps, each as short as can be; `between` is called after each. */
function checkAll(walMode: boolean, between: (step: CheckStep) => void = () => {}): Omit<Checked, 'next'> {
  const db = new DatabaseSync(file(), { readOnly: true })
  const damaged: Checked['damaged'][number][] = []
  let found: string | undefined
  try {
    let step: CheckStep | undefined = { kind: 'structure' }
    while (step !== undefined && found === undefined) {
      const checked: Checked = check(db, step, { walMode, stepMs: 0 })
      damaged.push(...checked.damaged)
      found = checked.found
      between(step)
      step = checked.next
    }
  } finally {
    db.close()
  }
  return { found, damaged }
}

describe('the check of the whole file', () => {
  it('finds nothing in one that is sound', () => {
    for (const walMode of [true, false]) {
      assert.deepEqual(checkAll(walMode), { found: undefined, damaged: [] })
    }
  })

  it('lets the writer commit after each step where there is no write-ahead log', () => {
    change('PRAGMA journal_mode = TRUNCATE')
    change(`INSERT INTO dead_letter (sink, event_offset, cluster, reason, detail, died_at_ms, age_ms, raw)
            VALUES ('webhook', 1, 'default', 'bad-message', '400', 1, 1, '{}'), ('webhook', 2, '', '', '', 1, 1, '{}')`)
    change(`INSERT INTO settled_log (sink, at_ms, mark, ranges) VALUES ('webhook', 1, 1, '[]')`)
    const writer = new DatabaseSync(file(), { timeout: 0 })
    const steps: string[] = []
    checkAll(false, ({ kind }) => {
      steps.push(kind)
      writer.exec('BEGIN EXCLUSIVE; COMMIT')
    })
    writer.close()
    assert.equal(steps.filter((kind) => kind === 'blocks').length, 21)
    assert.ok(steps.filter((kind) => kind === 'rows').length >= 2 + 3)
    assert.ok(!steps.includes('pages'))
  })

  it('takes what retention removes meanwhile for what it is', () => {
    const writer = new DatabaseSync(file(), { timeout: 0 })
    let upTo = 0
    const checked = checkAll(true, () => {
      upTo += 200
      writer.exec(`DELETE FROM block WHERE first_offset < ${upTo}`)
    })
    writer.close()
    assert.deepEqual(checked, { found: undefined, damaged: [] })
  })

  it('tells the offsets of a block that is not what was written, and of one that is missing', () => {
    change('UPDATE block SET data = zeroblob(length(data)) WHERE first_offset = 301')
    change('UPDATE block SET count = 9 WHERE first_offset = 951')
    change('DELETE FROM block WHERE first_offset = 501 OR first_offset = 551')
    const { found, damaged } = checkAll(true)
    assert.equal(found, undefined)
    assert.deepEqual(
      damaged.map(({ from, to }) => [from, to]),
      [
        [301, 350],
        [501, 600],
        [951, 951],
      ],
    )
  })

  it('finds a wrong number of free pages', () => {
    // https://www.sqlite.org/fileformat2.html
    overwrite(36, [0, 0, 0, 9])
    assert.match(checkAll(false).found ?? '', /[Ff]ree/)
  })

  it('finds pages that nothing leads to', () => {
    const pages = readFileSync(file()).byteLength / 4096
    const more = Buffer.alloc(4)
    more.writeUInt32BE(pages + 1)
    overwrite(pages * 4096, [...Buffer.alloc(4096)])
    overwrite(28, [...more])
    assert.match(checkAll(true).found ?? '', /pages, of which/)
  })

  it('finds a page that two tables use', () => {
    const db = new DatabaseSync(file(), { defensive: false })
    db.exec(`CREATE TABLE stray (a);
             PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'source')
             WHERE name = 'stray'`)
    db.close()
    const reader = new DatabaseSync(file(), { readOnly: true })
    assert.match(check(reader, { kind: 'pages' }, { walMode: true }).found ?? '', /used twice/)
    reader.close()
  })
})

function overwrite(at: number, bytes: readonly number[]): void {
  const opened = openSync(file(), 'r+')
  writeSync(opened, Uint8Array.from(bytes), 0, bytes.length, at)
  closeSync(opened)
}
