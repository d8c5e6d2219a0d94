/** The SQLite engine and its volume: a log that stays small, a disk that is full. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { DatabaseSync } from 'node:sqlite'
import { systemClock } from '../../domain/clock.ts'
import type { NewOccurrence } from '../../domain/occurrence.ts'
import { LiveJournal } from '../live-journal.ts'
import { cursorAt, eventNumber, readAll } from '../testing/events.ts'
import { closeOpened, openOn, temporaryDir, until, workerEntry, written } from '../testing/on-disk.ts'
import { RecordedTelemetry } from '../testing/recorded-telemetry.ts'
import { networkFileSystem } from './filesystem.ts'
import { acquireLock } from './lock.ts'
import { openDatabase, readState } from './open.ts'
import { SqliteStore } from './store.ts'

const mebibyte = 1024 * 1024

let place = temporaryDir()
place.remove()
beforeEach(() => {
  place = temporaryDir()
})
afterEach(async () => {
  await closeOpened()
  place.remove()
})

/** Events that compression gains nothing from. */
function noise(from: number, count: number): NewOccurrence[] {
  return Array.from({ length: count }, (_, n) => {
    const event = { ...eventNumber(from + n), message: randomBytes(3000).toString('base64') }
    return { event, raw: Buffer.from(JSON.stringify(event)) }
  })
}

describe('the write-ahead log', () => {
  it('stays bounded under a flood', async () => {
    const { journal } = await openOn(place.dir)
    const source = journal.source('default')
    const signal = new AbortController().signal
    const batch = noise(0, 100)
    let largest = 0
    let appendedBytes = 0
    while (appendedBytes < 120 * mebibyte) {
      await source.ready(signal)
      source.append(batch, cursorAt(appendedBytes))
      for (const { raw } of batch) appendedBytes += raw.byteLength
      await turn()
      largest = Math.max(largest, statSync(join(place.dir, 'journal.db-wal')).size)
    }
    await journal.close()
    assert.ok(largest < 60 * mebibyte, `${Math.round(largest / mebibyte)} MiB of log`)
    assert.ok(!existsSync(join(place.dir, 'journal.db-wal')), 'the log is left after close')
  })
})

function openStore(onDamage: (why: string) => void): SqliteStore {
  const telemetry = new RecordedTelemetry()
  const lock = acquireLock(place.dir)
  const database = openDatabase({ dir: place.dir, telemetry, nowMs: 0, networkFileSystem })
  return new SqliteStore(database, lock, {
    dir: place.dir,
    bounds: { maxAgeMs: 3_600_000, maxBytes: 100 * mebibyte },
    reserveBytes: 0,
    networkFileSystem,
    clock: systemClock,
    telemetry,
    workerEntry,
    checkAfterMs: 0,
    onDamage,
  })
}

describe('a store that meets errors of the volume', () => {
  it('opens its connection again and stores nothing twice', async () => {
    await written(place.dir, 100)
    const store = openStore(assert.fail)
    const batch = {
      occurrences: [{ ...noise(100, 1)[0], offset: 101, cluster: 'default', arrivedAtMs: 1 }].filter(isWhole),
      sources: new Map([['default', cursorAt(101)]]),
      sinks: new Map(),
      deadLetters: [],
      ageMs: 1,
    }
    store.commit(batch)
    for (let n = 0; n < 3; n += 1) store.recover('io')
    // As after a commit of which nobody knows whether it came through.
    store.commit(batch)
    assert.deepEqual((await store.read(100, 200)).blocks.at(-1)?.count, 1)
    assert.equal(store.failureOf(Object.assign(new Error('full'), { errcode: 13 })), 'full')
    await store.close(true, 1)
  })
})

describe('a store whose file is gone when it opens it again', () => {
  it('says so, instead of going on without', async () => {
    await written(place.dir, 100)
    const told: string[] = []
    const store = openStore((why) => told.push(why))
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(place.dir, `journal.db${suffix}`), { force: true })
    for (let n = 0; n < 3; n += 1) store.recover('io')
    assert.equal(told.length, 1)
    await store.close(false, 1)
  })
})

function isWhole<T extends { readonly event?: unknown; readonly raw?: unknown }>(
  value: T,
): value is T & NewOccurrence {
  return value.event !== undefined && value.raw !== undefined
}

describe('a full disk', () => {
  const volume = smallVolume()

  it(
    'pauses sources, says so once, serves readers, and goes on by itself',
    { skip: volume.missing },
    async () => {
      const dir = volume.mount()
      try {
        const { journal, telemetry } = await openOn(dir, { reserveBytes: 8 * mebibyte, tailBytes: 1000 })
        const reserve = join(dir, 'reserve')
        await until(() => existsSync(reserve) && statSync(reserve).size === 8 * mebibyte)
        const source = journal.source('default')
        const reader = journal.openReader('webhook', () => reader.settledAtOpen)
        const filler = join(dir, 'filler')
        fill(filler)
        let appended = 0
        const signal = new AbortController().signal
        while (!telemetry.states.includes('full')) {
          source.append(noise(appended, 10), cursorAt(appended + 10))
          appended += 10
          await turn()
        }
        const paused = source.ready(signal)
        assert.ok(paused instanceof Promise)
        assert.ok(!existsSync(reserve), 'the reserve is given up')
        source.append(noise(appended, 10), cursorAt(appended + 10))
        appended += 10
        assert.equal((await reader.read(appended, 10, mebibyte))[0]?.offset, appended)
        rmSync(filler)
        await paused
        assert.deepEqual(telemetry.states, ['full', 'ok'])
        await journal.close()
        assert.ok(existsSync(reserve), 'the reserve is there again')

        const second = await openOn(dir, { reserveBytes: 8 * mebibyte })
        assert.deepEqual(second.journal.source('default').state(), cursorAt(appended))
        const again = second.journal.openReader('webhook', () => again.settledAtOpen)
        const read = await readAll(again, 1)
        assert.deepEqual(
          read.map(({ offset }) => offset),
          Array.from({ length: appended }, (_, n) => n + 1),
        )
        await second.journal.close()
      } finally {
        volume.unmount()
      }
    },
  )

  it(
    'leaves a damaged file where it is until there is room for a new one, and nothing is lost meanwhile',
    { skip: volume.missing },
    async () => {
      const dir = volume.mount()
      try {
        await written(dir, 100)
        const { journal, telemetry } = await openOn(dir)
        const reader = journal.openReader('webhook', () => ({ mark: 1, ranges: [] }))
        const source = journal.source('default')
        source.append(noise(100, 100), cursorAt(200))
        await journal.flush()
        const filler = join(dir, 'filler')
        fill(filler)
        if (!(journal instanceof LiveJournal)) assert.fail('no journal that can be told of damage')
        journal.beginAnew('a page is not what it was')
        assert.deepEqual([telemetry.states, telemetry.damages.length], [['full'], 0])
        // As after a kill: the place of each sink and the cursor are still there.
        const db = new DatabaseSync(join(dir, 'journal.db'), { readOnly: true })
        assert.equal(readState(db).state.sources.get('default')?.cursor, cursorAt(200).cursor)
        db.close()
        source.append(noise(200, 10), cursorAt(210))
        rmSync(filler)
        await until(() => telemetry.damages.length > 0)
        await journal.flush()
        assert.deepEqual(
          (await readAll(reader, 1)).map(({ offset }) => offset),
          Array.from({ length: 110 }, (_, n) => n + 101),
        )
        await journal.close()
        const second = await openOn(dir)
        const again = second.journal.openReader('webhook', () => again.settledAtOpen)
        assert.equal((await readAll(again, 1)).length, 110)
        assert.deepEqual(second.journal.source('default').state(), cursorAt(210))
        await second.journal.close()
      } finally {
        volume.unmount()
      }
    },
  )

  it('is told as an error if there is no room to begin', { skip: volume.missing }, async () => {
    const dir = volume.mount()
    try {
      mkdirSync(join(dir, 'data'))
      fill(join(dir, 'filler'))
      await assert.rejects(openOn(join(dir, 'data')), { kind: 'no-space' })
    } finally {
      volume.unmount()
    }
  })
})

/** Takes all the room there is. */
function fill(path: string): void {
  for (const size of [mebibyte, 65_536, 4096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' })
    } catch {
      // Full at this grain.
    }
  }
}

/** A small file system of its own, where this user may mount one. */
function smallVolume(): { missing: string | false; mount(): string; unmount(): void } {
  let dir = ''
  const mount = (): string => {
    dir = join(place.dir, 'volume')
    mkdirSync(dir)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', dir], { stdio: 'ignore' })
    return dir
  }
  const unmount = (): void => void execFileSync('umount', ['-l', dir], { stdio: 'ignore' })
  const probe = temporaryDir()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe.dir], { stdio: 'ignore' })
    execFileSync('umount', [probe.dir], { stdio: 'ignore' })
    return { missing: false, mount, unmount }
  } catch {
    return { missing: 'no small file system can be mounted here', mount, unmount }
  } finally {
    probe.remove()
  }
}
