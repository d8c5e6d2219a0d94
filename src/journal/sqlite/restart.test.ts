/** What the SQLite engine keeps over restarts and kills. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { JournalError } from '../error.ts'
import { cursorAt, occurrenceNumber, occurrences, readAll, textOfRaw } from '../testing/events.ts'
import { closeOpened, openOn, temporaryDir } from '../testing/on-disk.ts'
import { newSeed, randomFrom } from '../testing/random.ts'

let place = temporaryDir()
place.remove()
beforeEach(() => {
  place = temporaryDir()
})
afterEach(async () => {
  await closeOpened()
  place.remove()
})

describe('a journal that is opened again', () => {
  it('knows cursors, settled offsets, offsets, dead letters and the salt', async () => {
    const first = await openOn(place.dir)
    const settled = { mark: 5, ranges: [[7, 9] as const] }
    const reader = first.journal.openReader('webhook', () => settled)
    first.journal.source('east').append(occurrences(0, 20), cursorAt(20))
    const relist = { cause: 'restored', fromOffset: 12, cursorAtStart: '7' } as const
    first.journal.source('west').append([], { ...cursorAt(3), relist })
    reader.touch()
    reader.bury({ offset: 4, cluster: 'east', raw: Buffer.from('{}'), reason: 'r', detail: 'd', diedAtMs: 1 })
    await first.journal.close()

    const { journal } = await openOn(place.dir)
    assert.deepEqual(journal.salt, first.journal.salt)
    assert.deepEqual(journal.source('east').state(), cursorAt(20))
    assert.deepEqual(journal.source('west').state(), { ...cursorAt(3), relist })
    assert.equal(journal.source('east').nextOffset(), 21)
    const again = journal.openReader('webhook', () => settled)
    assert.deepEqual(again.settledAtOpen, settled)
    assert.equal(journal.deadLetterCount('webhook'), 1)
    assert.equal((await journal.deadLetters('webhook', 5))[0]?.offset, 4)
    const read = await readAll(again, 5)
    assert.deepEqual(
      read.map(({ offset, raw }) => [offset, textOfRaw(raw)]),
      Array.from({ length: 16 }, (_, n) => [n + 5, textOfRaw(occurrenceNumber(n + 4).raw)]),
    )
    await journal.close()
  })

  it('goes on counting offsets when retention has taken everything', async () => {
    const first = await openOn(place.dir, { maxBytes: 1, tailBytes: 1 })
    first.journal.source('default').append(occurrences(0, 20), cursorAt(20))
    await first.journal.flush()
    await first.journal.close()
    const { journal, telemetry } = await openOn(place.dir, { maxBytes: 1, tailBytes: 1 })
    journal.source('default').append(occurrences(20, 21), cursorAt(21))
    await journal.flush()
    await new Promise<void>((resolve) => {
      telemetry.dropped = () => resolve()
    })
    await journal.close()
    const third = await openOn(place.dir)
    assert.equal(third.journal.source('default').nextOffset(), 22)
    await third.journal.close()
  })

  it('can be read by its owner alone', async () => {
    const dir = join(place.dir, 'made', 'by-it')
    const { journal } = await openOn(dir, { reserveBytes: 4096 })
    assert.equal(statSync(dir).mode & 0o777, 0o700)
    for (const name of ['journal.db', 'journal.db-wal', 'journal.db-shm', 'lock.db']) {
      assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name)
    }
    await journal.close()
  })

  it('says so when its directory cannot be made', async () => {
    const dir = join(place.dir, 'a-file', 'data')
    writeFileSync(join(place.dir, 'a-file'), '')
    await assert.rejects(openOn(dir), (error) => {
      return error instanceof JournalError && error.kind === 'not-writable' && error.message.includes(dir)
    })
  })
})

describe('a directory that another process uses', () => {
  it('is refused, and free after kill -9', async () => {
    const child = startAppender(place.dir)
    await child.line('open')
    await assert.rejects(openOn(place.dir), (error) => {
      return error instanceof JournalError && error.kind === 'locked' && error.message.includes(place.dir)
    })
    await child.kill()
    const { journal } = await openOn(place.dir)
    await journal.close()
  })

  it('is refused to the same process too, and free after close', async () => {
    const { journal } = await openOn(place.dir)
    await assert.rejects(openOn(place.dir), { kind: 'locked' })
    await journal.close()
    await (await openOn(place.dir)).journal.close()
  })
})

describe('a process killed while it appends', () => {
  const seed = newSeed()

  it(`leaves occurrences, cursor and offsets that agree, and all that was committed (seed ${seed})`, async () => {
    const random = randomFrom(seed)
    let before = 0
    for (let round = 0; round < 4; round += 1) {
      const child = startAppender(place.dir)
      await child.line('open')
      const commits = 1 + Math.floor(random() * 12)
      for (let n = 0; n < commits; n += 1) await child.line('c')
      await child.kill()

      const { journal } = await openOn(place.dir, { checkAfterMs: 3_600_000 })
      const stored = journal.source('default').nextOffset() - 1
      assert.ok(stored >= child.told('c') && stored > before, `${stored} of ${child.told('c')} committed`)
      assert.ok(stored <= child.told('a'))
      assert.deepEqual(journal.source('default').state(), cursorAt(stored))
      const reader = journal.openReader('webhook', () => reader.settledAtOpen)
      assert.ok(reader.settledAtOpen.mark <= stored + 1)
      const read = await readAll(reader, before + 1)
      assert.equal(read.length, stored - before)
      for (const { offset, raw } of read)
        assert.equal(textOfRaw(raw), textOfRaw(occurrenceNumber(offset - 1).raw))
      before = stored
      await journal.close()
    }
  })
})

function startAppender(dir: string): {
  line(kind: string): Promise<void>
  told(kind: string): number
  kill(): Promise<void>
} {
  const script = new URL('../testing/appender.ts', import.meta.url)
  const child = spawn(process.execPath, [script.pathname, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const told = new Map<string, number>()
  const waiting: { kind: string; resolve: () => void }[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [kind = '', number] = line.split(' ')
    told.set(kind, Number(number))
    const at = waiting.findIndex((one) => one.kind === kind)
    if (at >= 0) waiting.splice(at, 1)[0]?.resolve()
  })
  return {
    line: (kind) => new Promise((resolve) => waiting.push({ kind, resolve })),
    told: (kind) => told.get(kind) ?? 0,
    kill: async () => {
      const gone = once(child, 'close')
      child.kill('SIGKILL')
      await gone
    },
  }
}
