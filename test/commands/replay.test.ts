/** `replay` on a real program: what was told is told again, for one sink. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { momentOf } from '../../src/cli/moment.ts'
import { replay } from '../../src/cli/replay.ts'
import { UsageFailure } from '../../src/cli/command.ts'
import { status } from '../../src/cli/status.ts'
import { openSite, type Site } from '../harness/site.ts'
import { until } from '../servers/processes.ts'
import { keptIo } from './io.ts'

async function run(site: Site, ...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = keptIo()
  const code = await replay([...argv, `--data-dir=${site.dataDir}`], io)
  return { code, out: io.stdout(), err: io.stderr() }
}

async function lags(site: Site): Promise<Record<string, number>> {
  const io = keptIo()
  await status(['--json', `--data-dir=${site.dataDir}`], io)
  const { sinks } = JSON.parse(io.stdout())
  return Object.fromEntries(
    sinks.map(({ name, lagEvents }: { name: string; lagEvents: number }) => [name, lagEvents]),
  )
}

describe('replay', () => {
  it('lets one sink tell again what was told, and go on with what is new', async (test) => {
    const site = await openSite(test)
    const program = await site.startReady([...site.args, '--sink=log:?ke.name=other'])
    const marks = site.feed.put(30)
    await site.allTold(program)
    await until('all to be settled', async () => Object.values(await lags(site)).every((lag) => lag === 0))
    const before = site.receiver.count
    const dry = await run(site, '--since=1h', '--sink=hook', '--dry-run')
    assert.deepEqual([dry.code, dry.out], [0, '30 events from offset 1 on would be read again\n'])
    assert.equal(site.receiver.count, before)
    const { code, out } = await run(site, '--since=1h', '--sink=hook')
    assert.deepEqual([code, out], [0, 'hook reads 30 events from offset 1 on again\n'])
    site.feed.put(1)
    await until('all to be told again', () => site.receiver.count === before + marks.length + 1)
    await until('all to be settled', async () => Object.values(await lags(site)).every((lag) => lag === 0))
    assert.equal(await program.metric('kube_eventer_sink_delivered_total', /other/), 31)
    await site.end(program)
  })

  it('that was commanded survives a kill', async (test) => {
    const site = await openSite(test)
    const program = await site.startReady()
    site.feed.put(10)
    await site.allTold(program)
    await until('all to be settled', async () => (await lags(site))['hook'] === 0)
    // The destination is away: nothing of it is told before the kill.
    await site.receiver.close()
    assert.equal((await run(site, '--since=1h', '--sink=hook')).code, 0)
    await program.kill()
    assert.equal((await lags(site))['hook'], 10)
  })

  it('of a time since when nothing came does nothing', async (test) => {
    const site = await openSite(test)
    await site.startReady()
    const { code, out } = await run(site, '--since=2999-01-01T00:00:00Z', '--sink=hook')
    assert.deepEqual([code, out], [0, 'the journal holds nothing since then\n'])
  })

  it('names the sinks there are for one that does not run', async (test) => {
    const site = await openSite(test)
    await site.startReady()
    const { code, err } = await run(site, '--since=1h', '--sink=hok')
    assert.equal(code, 1)
    assert.match(err, /no sink runs under the name hok; those that run are hook/)
  })

  it('of a program that is stopped exits 3', async (test) => {
    const site = await openSite(test)
    await site.end(await site.startReady())
    assert.equal((await run(site, '--since=1h', '--sink=hook')).code, 3)
  })
})

describe('the time of replay', () => {
  it('is a duration before now or a time with its zone', () => {
    assert.equal(momentOf('--since', '1h30m', 10_000_000), 10_000_000 - 5_400_000)
    assert.equal(momentOf('--since', '2026-03-02T10:00:00Z', 0), Date.UTC(2026, 2, 2, 10))
    assert.equal(momentOf('--since', '2026-03-02T10:00:00+08:00', 0), Date.UTC(2026, 2, 2, 2))
  })

  it('is refused where it is another moment on each machine, or none', () => {
    for (const text of ['yesterday', '2026-03-02', '2026-03-02T10:00:00', '-1h']) {
      assert.throws(() => momentOf('--since', text, 0), UsageFailure, text)
    }
  })
})
