/** `tail` on a real program. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tail } from '../../src/cli/tail.ts'
import { openSite, type Site } from '../harness/site.ts'
import { until } from '../servers/processes.ts'
import { keptIo, type KeptIo } from './io.ts'

/** Runs `tail` until it shows what is put now: from then on it sees everything. */
async function following(
  site: Site,
  args: readonly string[],
  colour = false,
): Promise<{ io: KeptIo; ended: Promise<number> }> {
  const io = keptIo({ colour })
  const ended = tail([`--data-dir=${site.dataDir}`, ...args], io)
  site.onClose(() => {
    io.stop()
    return ended
  })
  await until('tail to show an event', () => {
    site.api.put({
      metadata: { name: 'probe', namespace: 'shop' },
      involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-probe' },
      type: 'Warning',
      reason: 'Probe',
      message: 'probe',
    })
    return io.stdout().includes('probe')
  })
  return { io, ended }
}

function put(site: Site, name: string, type: string, namespace: string, message = `of ${name}`): void {
  site.api.put({
    metadata: { name: `${name}.1`, namespace },
    involvedObject: { kind: 'Pod', namespace, name },
    type,
    reason: 'BackOff',
    message,
    count: 3,
  })
}

describe('tail of a program that runs', () => {
  it('shows each event as a line, without colours where there is no terminal, until it is ended', async (test) => {
    const site = await openSite(test)
    await site.startReady()
    const { io, ended } = await following(site, [])
    put(site, 'web-1', 'Normal', 'shop', 'two\nlines \u001b[31m')
    await until('the event to be shown', () => io.stdout().includes('web-1'))
    assert.match(io.stdout(), /^\S+Z {2}Normal {3}Pod shop\/web-1 {2}BackOff \(×3\): {2}two lines \[31m$/m)
    assert.ok(!io.stdout().includes('\u001b'))
    io.stop()
    assert.equal(await ended, 0)
  })

  it('colours warnings on a terminal', async (test) => {
    const site = await openSite(test)
    await site.startReady()
    const { io } = await following(site, [], true)
    assert.ok(io.stdout().includes('\u001b[33mWarning\u001b[0m'))
  })

  it('shows only what all filters let pass', async (test) => {
    const site = await openSite(test)
    await site.startReady()
    const { io } = await following(site, [
      '--level=Warning',
      '--namespace=shop,pay.*',
      '--object=web',
      '--kind=Pod',
      '--reason=Back,Probe',
    ])
    put(site, 'web-normal', 'Normal', 'shop')
    put(site, 'web-elsewhere', 'Warning', 'other')
    put(site, 'db-1', 'Warning', 'shop')
    put(site, 'web-wanted', 'Warning', 'payments')
    await until('the last to be shown', () => io.stdout().includes('web-wanted'))
    assert.doesNotMatch(io.stdout(), /web-normal|web-elsewhere|db-1/)
  })

  it('gives each event as the API server sent it, as JSON', async (test) => {
    const site = await openSite(test)
    await site.startReady()
    const { io } = await following(site, ['--json'])
    put(site, 'web-2', 'Warning', 'shop')
    const line = await until('the event to be shown', () =>
      io
        .stdout()
        .split('\n')
        .slice(0, -1)
        .find((text) => text.includes('web-2')),
    )
    const { offset, cluster, arrivedAt, event } = JSON.parse(line)
    assert.equal(typeof offset, 'number')
    assert.equal(cluster, 'default')
    assert.ok(Date.parse(arrivedAt) > 0)
    assert.equal(event.metadata.resourceVersion, String(site.api.revision))
  })

  it('exits 3 when the program stops', async (test) => {
    const site = await openSite(test)
    const program = await site.startReady()
    const { ended } = await following(site, [])
    await program.process.stop('SIGTERM')
    assert.equal(await ended, 3)
  })

  it('refuses all that is wrong with its flags at once, whether a program runs or not', async () => {
    const io = keptIo()
    assert.equal(await tail(['--object=a(', '--level=warning', '--reason=BackOff', '--kind=[a'], io), 2)
    assert.match(io.stderr(), /^error: --level: the level is none of all, Normal, Warning$/m)
    assert.match(io.stderr(), /^error: --object: `a\(` is no regular expression/m)
    assert.match(io.stderr(), /^error: --kind: `\[a` is no regular expression/m)
  })
})

describe('tail of a program that is stopped', () => {
  it('exits 3', async (test) => {
    const site = await openSite(test)
    await site.end(await site.startReady())
    const io = keptIo()
    assert.equal(await tail([`--data-dir=${site.dataDir}`], io), 3)
    assert.match(io.stderr(), /stopped/)
  })
})
