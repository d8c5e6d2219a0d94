/** What befalls the journal: a full disk, damage, a second process, a clock that jumps. Events go on flowing. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { FakeClock } from '../../src/domain/testing/fake-clock.ts'
import { runUnderClock } from '../harness/in-process.ts'
import type { Random } from '../harness/random.ts'
import { openSite, takenBy, type Site } from '../harness/site.ts'
import { until } from '../servers/processes.ts'

const mebibyte = 1024 * 1024

describe('a disk that is full and free again', () => {
  it('pauses the watch, says so, goes on by itself, and loses nothing', async (test) => {
    const site = await openSite(test)
    const volume = mountSmallVolume(site)
    if (volume === undefined) return test.skip('mounting a file system is not permitted here')
    const { feed } = site
    const program = await site.startReady([site.source, site.sink(), `--data-dir=${volume}`])
    const reserve = join(volume, 'reserve')
    await until('the reserve', () => existsSync(reserve) && statSync(reserve).size >= 8 * mebibyte)
    feed.put(100)
    await site.allTold(program)

    const filler = join(volume, 'filler')
    fill(filler)
    const load = site.load(1000)
    await program.unready(/journal: full/)
    await program.unready(/source default: paused/)
    assert.equal((await program.ask('/healthz')).status, 200)
    load.stop()
    rmSync(filler)
    await program.ready()
    await site.allTold(program)
    assert.equal(program.lines(/takes no more events until there is room/).length, 1, 'said once')
    assert.equal(program.lines(/the journal is well again/).length, 1)

    // What was committed across it all is a journal like any other.
    await program.kill()
    const second = await site.startReady([site.source, site.sink(), `--data-dir=${volume}`])
    const after = feed.put(100)
    await site.allTold(second, after)
    await site.end(second)
    site.told.assertAll(feed.marks)
  })
})

/** What happens to the files between two runs, and whether the journal can know: then it must say so. */
const damages: readonly {
  readonly what: string
  readonly ended: 'SIGTERM' | 'SIGKILL'
  readonly damage: (dataDir: string, random: Random) => void
  readonly isNoticed: boolean
}[] = [
  {
    what: 'random bytes all over journal.db',
    ended: 'SIGTERM',
    damage: (dataDir, random) => sprinkle(join(dataDir, 'journal.db'), random),
    isNoticed: true,
  },
  {
    what: 'nothing but random bytes',
    ended: 'SIGTERM',
    damage: (dataDir, random) => scramble(join(dataDir, 'journal.db'), random),
    isNoticed: true,
  },
  {
    what: 'journal.db cut off in its middle',
    ended: 'SIGTERM',
    damage: (dataDir) => {
      const path = join(dataDir, 'journal.db')
      truncateSync(path, Math.floor(statSync(path).size / 2))
    },
    isNoticed: true,
  },
  {
    what: 'nothing but random bytes beside a write-ahead log',
    ended: 'SIGKILL',
    damage: (dataDir, random) => scramble(join(dataDir, 'journal.db'), random),
    isNoticed: true,
  },
  // What a log holds from its first wrong byte on was never there, as far as one can see.
  {
    what: 'random bytes all over the write-ahead log',
    ended: 'SIGKILL',
    damage: (dataDir, random) => sprinkle(join(dataDir, 'journal.db-wal'), random),
    isNoticed: false,
  },
  {
    what: 'the write-ahead log deleted',
    ended: 'SIGKILL',
    damage: (dataDir) => rmSync(join(dataDir, 'journal.db-wal')),
    isNoticed: false,
  },
  {
    what: 'everything deleted',
    ended: 'SIGKILL',
    damage: (dataDir) => rmSync(dataDir, { recursive: true }),
    isNoticed: false,
  },
]

describe('a journal that is damaged between two runs', { concurrency: 2 }, () => {
  for (const { what, ended, damage, isNoticed } of damages) {
    it(`${what}, after ${ended}: events flow, and what can be known is said`, async (test) => {
      const site = await openSite(test)
      const { feed, told } = site
      const first = await site.startReady()
      feed.put(1000)
      await site.allTold(first)
      await first.process.stop(ended)
      damage(site.dataDir, site.random)
      const second = await site.startReady()
      if (isNoticed) {
        const said = await second.said(/the journal is damaged: it was set aside/)
        assert.equal(said.level, 'error')
        assert.ok(existsSync(String(said['setAsideAs'])))
      }
      const after = feed.put(200)
      await site.allTold(second, after)
      await second.ready()
      await site.end(second)
      told.assertAll(feed.marks)
    })
  }
})

/** Overwrites a sixteenth of a file's bytes. */
function sprinkle(path: string, random: Random): void {
  const bytes = readFileSync(path)
  for (let n = 0; n < bytes.length / 16; n++) {
    bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255)
  }
  writeFileSync(path, bytes)
}

function scramble(path: string, random: Random): void {
  writeFileSync(path, Buffer.from(Array.from({ length: 65_536 }, () => random.integer(0, 255))))
}

describe('a second process on one journal', () => {
  it('ends with exit code 1, names the directory, and does the first no harm', async (test) => {
    const site = await openSite(test)
    const first = await site.startReady()
    const load = site.load(200)
    await site.receiver.until(20)
    const second = await site.start()
    assert.equal(await second.process.ended, 1)
    assert.equal(second.lines(/another process uses the data directory/).length, 1)
    assert.ok(second.process.output().includes(site.dataDir))
    assert.match(second.process.output(), /--data-dir/)
    await site.receiver.until(site.receiver.count + 50)
    load.stop()
    await site.allTold(first)
    await first.ready()
    await site.end(first)
    site.told.assertOnce(site.feed.marks)
  })
})

describe('a clock that jumps', () => {
  const yearMs = 365 * 24 * 3_600_000

  for (const [direction, byMs] of [
    ['ten years ahead', 10 * yearMs],
    ['ten years back', -10 * yearMs],
  ] as const) {
    it(`${direction}: costs a waiting sink nothing`, async (test) => {
      const clock = new FakeClock()
      const site = await openSite(test, { api: { clock } })
      const { api, feed, told, receiver } = site
      const program = await runUnderClock(site, clock)
      await until('the watch', () => api.watches('events') === 1)
      receiver.answer({ status: 503 })
      feed.put(300)
      await program.passTimeUntil('the hold', () => /held/.test(program.readiness()), 10_000)
      clock.jumpWall(byMs)
      feed.put(300)
      // Retention has its turn several times.
      await program.passTime(300_000)
      receiver.answer(takenBy(told))
      await program.passTimeUntil('the events', () => told.hasAll(feed.marks), 120_000)
      assert.equal(await program.metric('kube_eventer_sink_lost_total'), 0)
      await program.stop()
      told.assertOnce(feed.marks)
    })

    it(`${direction}, while stopped: the next run goes on where it was`, async (test) => {
      const clock = new FakeClock()
      const site = await openSite(test, { api: { clock } })
      const { api, feed, told } = site
      const first = await runUnderClock(site, clock)
      await until('the watch', () => api.watches('events') === 1)
      feed.put(100)
      await until('the first events', () => told.hasAll(feed.marks))
      await first.stop()
      feed.put(100)
      clock.jumpWall(byMs)
      const second = await runUnderClock(site, clock)
      await second.passTimeUntil('the events', () => told.hasAll(feed.marks), 60_000)
      await second.stop()
      told.assertOnce(feed.marks)
    })
  }
})

/** A file system of 24 MiB of its own, unmounted with the test; undefined where this user may mount none. */
function mountSmallVolume(site: Site): string | undefined {
  const path = join(site.folder, 'volume')
  mkdirSync(path)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', path])
  if (mounted.status !== 0) return undefined
  site.onClose(() => execFileSync('umount', [path]))
  return path
}

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
