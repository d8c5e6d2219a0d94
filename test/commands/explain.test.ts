/** `explain` on a real program: sent, filtered, waiting, dead, and of one that is stopped. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { explain } from '../../src/cli/explain.ts'
import { replay } from '../../src/cli/replay.ts'
import { startReceiver } from '../../src/demo/receiver.ts'
import { settledTimes } from '../../src/journal/settled-log.ts'
import { openSite, type Site } from '../harness/site.ts'
import { until } from '../servers/processes.ts'
import { keptIo } from './io.ts'

async function run(site: Site, ...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = keptIo()
  const code = await explain([...argv, `--data-dir=${site.dataDir}`], io)
  return { code, out: io.stdout(), err: io.stderr() }
}

function put(site: Site, name: string, type: string): string {
  const { metadata } = site.api.put({
    metadata: { name: `${name}.1`, namespace: 'shop' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name, uid: `uid-of-${name}` },
    type,
    reason: 'BackOff',
    message: `of ${name}`,
  })
  return metadata.uid ?? ''
}

describe('explain', () => {
  it('tells for each sink whether an event was sent, filtered, waits or is dead, and why', async (test) => {
    const site = await openSite(test)
    const rejecting = await startReceiver({ keep: 0, answer: () => ({ status: 400, body: 'no title' }) })
    site.onClose(() => rejecting.close())
    const away = await startReceiver({ keep: 0 })
    await away.close()
    const program = await site.start([
      ...site.args,
      `--sink=webhook:${site.receiver.url}/hook?method=POST&level=Warning&ke.name=warnings`,
      `--sink=webhook:${rejecting.url}/very-secret?method=POST&ke.name=rejecting`,
      `--sink=webhook:http://127.0.0.1:${away.port}/very-secret?method=POST&ke.name=away`,
      `--data-dir=${site.dataDir}`,
    ])
    await program.said(/watches events/)
    const uid = put(site, 'web-1', 'Normal')
    const fates = await until('the event to be settled', async () => {
      const { code, out } = await run(site, 'shop/web-1', '--json')
      if (code !== 0) return false
      const [{ sinks }] = JSON.parse(out)
      const whats = new Map<string, { what: string; why: string; times: { by: string | null }[] }>(
        sinks.map((fate: { sink: string }) => [fate.sink, fate]),
      )
      const isDone = whats.get('hook')?.what === 'sent' && whats.get('rejecting')?.what === 'dead'
      return isDone && whats.get('away')?.why !== '' && whats
    })
    assert.equal(fates.get('warnings')?.what, 'filtered')
    assert.match(fates.get('warnings')?.why ?? '', /^level: type "Normal" is not in Warning$/)
    assert.match(fates.get('rejecting')?.why ?? '', /^bad-message: .*400.*\(dead letter \d+\)$/)
    assert.equal(fates.get('away')?.what, 'waiting')
    assert.match(fates.get('away')?.why ?? '', /^held: unreachable/)
    assert.equal(fates.get('hook')?.times.length, 1)
    for (const subject of [uid, 'uid-of-web-1', 'shop/web-1.1']) {
      const { code, out } = await run(site, subject)
      assert.equal(code, 0, subject)
      assert.match(out, /^\S+Z {2}Normal {3}Pod shop\/web-1 {2}BackOff: {2}of web-1$/m)
      assert.match(out, /^ {4}hook: sent (?:between|after) /m)
      assert.doesNotMatch(out, /very-secret/)
    }
  })

  it('tells of an event that was set aside what the sink was answered last', async (test) => {
    const site = await openSite(test)
    const refusing = await startReceiver({ keep: 0, answer: () => ({ status: 403, body: 'not you' }) })
    site.onClose(() => refusing.close())
    const program = await site.startReady([
      ...site.args,
      `--sink=webhook:${refusing.url}/very-secret?method=POST&ke.name=refusing`,
      `--data-dir=${site.dataDir}`,
    ])
    put(site, 'web-5', 'Warning')
    const out = await until('the event to be refused', async () => {
      const told = await run(site, 'shop/web-5')
      return /refusing: waiting: /.test(told.out) && told.out
    })
    assert.match(out, /refusing: waiting: the sink's last error, at \S+Z: refused answered 403: not you$/m)
    assert.doesNotMatch(out, /very-secret/)
    await site.end(program)
  })

  it('asks a filter about the event’s own namespace where that is what it looks at', async (test) => {
    const site = await openSite(test)
    const path = join(site.folder, 'config.yaml')
    const ofEvents = { name: 'of-events', type: 'webhook', options: { url: site.receiver.url } }
    const filters = { level: 'all', namespaces: ['default'], namespaceOf: 'event' }
    const sources = [{ type: 'kubernetes', url: site.api.url, inClusterConfig: false }]
    const config = { sources, sinks: [{ ...ofEvents, filters }], journal: { dir: site.dataDir } }
    writeFileSync(path, JSON.stringify(config))
    const program = await site.startReady([`--config=${path}`])
    site.api.put({
      metadata: { name: 'node-1.1', namespace: 'default' },
      involvedObject: { kind: 'Node', name: 'node-1', uid: 'uid-of-node-1' },
      type: 'Warning',
      reason: 'NodeNotReady',
      message: 'of node-1',
    })
    await until('the event to be sent', () => site.receiver.count === 1)
    const fate = await until('the event to be settled', async () => {
      const { code, out } = await run(site, '/node-1', '--json')
      return code === 0 && JSON.parse(out)[0].sinks[0].what !== 'waiting' && JSON.parse(out)[0].sinks[0]
    })
    assert.equal(fate.what, 'sent')
    await site.end(program)
  })

  it('tells an event that shall be told again as waiting', async (test) => {
    const site = await openSite(test)
    const program = await site.startReady()
    put(site, 'web-2', 'Warning')
    const fate = async (): Promise<string> => {
      const { code, out } = await run(site, 'shop/web-2', '--json')
      return code === 0 ? JSON.parse(out)[0].sinks[0].what : ''
    }
    await until('the event to be sent', async () => (await fate()) === 'sent')
    await site.receiver.close()
    assert.equal(await replay(['--since=1h', '--sink=hook', `--data-dir=${site.dataDir}`], keptIo()), 0)
    assert.equal(await fate(), 'waiting')
    await program.kill()
  })

  it('of a stopped program tells what its journal tells', async (test) => {
    const site = await openSite(test)
    const program = await site.startReady()
    put(site, 'web-3', 'Warning')
    await until('the event to be sent', () => site.receiver.count === 1)
    await site.end(program)
    const { code, out } = await run(site, 'shop/web-3')
    assert.equal(code, 0)
    assert.match(out, /^ {4}hook: settled.*: sent or filtered$/m)
  })

  it('exits 1 for an event that the journal does not hold, and 2 for what is no name', async (test) => {
    const site = await openSite(test)
    await site.end(await site.startReady())
    const { code, err } = await run(site, 'shop/nothing')
    assert.equal(code, 1)
    assert.match(err, /holds no event of shop\/nothing/)
    assert.equal((await run(site, 'a/b/c')).code, 2)
  })
})

describe('when an occurrence was settled', () => {
  const row = (atMs: number, mark: number, ranges: [number, number][] = []) => ({ atMs, mark, ranges })

  it('lies between the last note without it and the first with it', () => {
    const rows = [row(1000, 5), row(2000, 7, [[9, 9]]), row(3000, 10)]
    const now = { mark: 12, ranges: [] }
    assert.deepEqual(settledTimes(rows, now, 6), [{ afterMs: 1000, byMs: 2000 }])
    assert.deepEqual(settledTimes(rows, now, 9), [{ afterMs: 1000, byMs: 2000 }])
    assert.deepEqual(settledTimes(rows, now, 8), [{ afterMs: 2000, byMs: 3000 }])
    assert.deepEqual(settledTimes(rows, now, 11), [{ afterMs: 3000 }])
    assert.deepEqual(settledTimes(rows, now, 4), [{ byMs: 1000 }])
    assert.deepEqual(settledTimes([], now, 4), [{}])
  })

  it('is told each time after a replay', () => {
    const rows = [row(1000, 3), row(2000, 9), row(3000, 4), row(4000, 9)]
    assert.deepEqual(settledTimes(rows, { mark: 9, ranges: [] }, 5), [
      { afterMs: 1000, byMs: 2000 },
      { afterMs: 3000, byMs: 4000 },
    ])
  })
})
