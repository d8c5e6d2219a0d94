/** `record`: what a cluster tells is what the recording holds. */
import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { record } from '../../src/cli/record.ts'
import { readRecording } from '../../src/recording/recording.ts'
import { openSite, type Site } from '../harness/site.ts'
import { readMark } from '../harness/feed.ts'
import { until } from '../servers/processes.ts'
import { keptIo } from './io.ts'

async function recorded(file: string): Promise<string[]> {
  const marks: string[] = []
  for await (const change of readRecording(file)) {
    if (change.type === 'BOOKMARK') continue
    assert.ok((change.arrivedAtMs ?? 0) > 0)
    marks.push(readMark(change.object.message ?? '')?.mark ?? '')
  }
  return marks
}

function start(site: Site, ...argv: string[]): { io: ReturnType<typeof keptIo>; ended: Promise<number> } {
  const io = keptIo()
  const ended = record([site.source, ...argv], io)
  site.onClose(() => {
    io.stop()
    return ended
  })
  return { io, ended }
}

describe('record', () => {
  it('writes every event once, in order, for its user alone, until it is ended', async (test) => {
    const site = await openSite(test)
    const file = join(site.folder, 'incident.ndjson')
    const { io, ended } = start(site, `--to=${file}`)
    await until('the cluster to be watched', () => site.api.watches('events') > 0)
    const marks = site.feed.put(500)
    await until('all to be recorded', async () => (await recorded(file)).length === marks.length)
    io.stop()
    assert.equal(await ended, 0)
    assert.deepEqual(await recorded(file), marks)
    assert.match(io.stderr(), /500 events recorded in /)
    assert.equal(statSync(file).mode & 0o777, 0o600)
  })

  it('begins with what is there if it is asked to, and packs a file whose name says so', async (test) => {
    const site = await openSite(test)
    site.feed.putEachObject()
    const file = join(site.folder, 'all.ndjson.gz')
    const { io, ended } = start(site, `--to=${file}`, '--look-back=all')
    await until('the list to be read', () => io.stderr().includes('watches events'))
    io.stop()
    assert.equal(await ended, 0)
    assert.deepEqual(new Set(await recorded(file)), site.feed.newest)
    assert.deepEqual([...readFileSync(file).subarray(0, 2)], [0x1f, 0x8b])
  })

  it('writes over nothing', async (test) => {
    const site = await openSite(test)
    const file = join(site.folder, 'there')
    writeFileSync(file, 'precious')
    const { io, ended } = start(site, `--to=${file}`)
    assert.equal(await ended, 1)
    assert.match(io.stderr(), /it is there already; name another file/)
  })

  it('exits 2 without a file or a source', async () => {
    assert.equal(await record(['--source=kubernetes:http://127.0.0.1:1?inClusterConfig=false'], keptIo()), 2)
    assert.equal(await record(['--to=x'], keptIo()), 2)
  })
})
