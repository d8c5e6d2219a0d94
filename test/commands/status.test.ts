/** `status` on a real program: running, in trouble, stopped and killed. */
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { status } from '../../src/cli/status.ts'
import { until } from '../servers/processes.ts'
import { openSite } from '../harness/site.ts'
import { keptIo } from './io.ts'

async function ask(dataDir: string, ...more: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = keptIo()
  const code = await status([`--data-dir=${dataDir}`, ...more], io)
  return { code, out: io.stdout(), err: io.stderr() }
}

describe('status of a program that runs', () => {
  it('tells source, journal and sink, and exits 0 while all is well', async (test) => {
    const site = await openSite(test)
    const program = await site.startReady()
    site.feed.put(5)
    await site.allTold(program)
    const report = await until('all to be settled', async () => {
      const { code, out } = await ask(site.dataDir, '--json')
      assert.equal(code, 0)
      const parsed = JSON.parse(out)
      return parsed.sinks[0].lagEvents === 0 && parsed
    })
    assert.equal(report.running, true)
    assert.equal(report.pid, program.process.pid)
    assert.equal(report.journal.nextOffset, 6)
    assert.equal(report.sources[0].state, 'watching')
    assert.equal(report.sources[0].occurrences, 5)
    assert.equal(report.sources[0].cursor, String(site.api.revision))
    assert.deepEqual(
      [report.sinks[0].name, report.sinks[0].type, report.sinks[0].delivered, report.sinks[0].lastError],
      ['hook', 'webhook', 5, null],
    )
    const { out } = await ask(site.dataDir)
    assert.match(out, /^program {3}running, version /)
    assert.match(out, /^hook {2}flowing {2}0 /m)
  })

  it('exits 1 and tells the last error of a sink that is held, without its secrets', async (test) => {
    const site = await openSite(test)
    const { port } = site.receiver
    await site.receiver.close()
    const sink = `--sink=webhook:http://127.0.0.1:${port}/very-secret?method=POST&ke.name=hook`
    const program = await site.start([site.source, sink, `--data-dir=${site.dataDir}`])
    await program.said(/watches events/)
    site.feed.put(3)
    const { out } = await until('the sink to be held', async () => {
      const answer = await ask(site.dataDir)
      return answer.out.includes('held: unreachable') && answer
    })
    assert.match(out, /hook: last error at \S+Z: unreachable .*connection refused/)
    assert.doesNotMatch(out, /very-secret/)
    const { code, out: json } = await ask(site.dataDir, '--json')
    assert.equal(code, 1)
    assert.equal(JSON.parse(json).sinks[0].lagEvents, 3)
    assert.doesNotMatch(json, /very-secret/)
  })

  it('is asked over a socket that only its user can open', async (test) => {
    const site = await openSite(test)
    await site.startReady()
    const { mode } = statSync(join(site.dataDir, 'control.sock'))
    assert.equal(mode & 0o777, 0o600)
    assert.equal(statSync(site.dataDir).mode & 0o777, 0o700)
  })
})

describe('status of a program that is stopped', () => {
  it('tells from its journal what waits, and exits 3', async (test) => {
    const site = await openSite(test)
    const program = await site.startReady()
    site.feed.put(4)
    await site.allTold(program)
    await site.end(program)
    const { code, out } = await ask(site.dataDir, '--json')
    assert.equal(code, 3)
    const report = JSON.parse(out)
    assert.equal(report.running, false)
    assert.deepEqual([report.journal.nextOffset, report.sinks[0].lagEvents], [5, 0])
    assert.equal(report.sources[0].cursor, String(site.api.revision))
  })

  it('works after a kill, and the socket that the kill left is no obstacle to the next start', async (test) => {
    const site = await openSite(test)
    const first = await site.startReady()
    await first.kill()
    assert.ok(statSync(join(site.dataDir, 'control.sock')).isSocket())
    assert.equal((await ask(site.dataDir)).code, 3)
    await site.startReady()
    assert.equal((await ask(site.dataDir)).code, 0)
  })

  it('says where it looked if there is no journal', async (test) => {
    const site = await openSite(test)
    const { code, err } = await ask(join(site.folder, 'nowhere'))
    assert.equal(code, 1)
    assert.match(err, /^error: there is no journal in .*nowhere; name the data directory .* --data-dir/)
  })
})

describe('a data directory whose path no socket can have', () => {
  it('is told by the program, which runs all the same, and by the command', async (test) => {
    const site = await openSite(test)
    const dataDir = join(site.folder, 'd'.repeat(100))
    const program = await site.start([site.source, site.sink(), `--data-dir=${dataDir}`])
    await program.ready()
    assert.match((await program.said(/socket for commands/)).msg, /name a data directory with a shorter path/)
    const { code, err } = await ask(dataDir)
    assert.equal(code, 1)
    assert.match(err, /shorter path/)
  })
})

describe('wrong usage', () => {
  it('exits 2 with the mistake, before anything is asked', async () => {
    const io = keptIo()
    assert.equal(await status(['--jsn'], io), 2)
    assert.match(io.stderr(), /--jsn: there is no such flag\n {2}did you mean --json\?/)
  })
})
