/** `search` on a real program: words, phrases, flags, times, and what comes in meanwhile. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { search } from '../../src/cli/search.ts'
import { hasIndex, nextOffsetOf, openIndexToRead } from '../../src/search/index/schema.ts'
import { openSite, type Site } from '../harness/site.ts'
import { until } from '../servers/processes.ts'
import { keptIo } from './io.ts'

async function run(site: Site, ...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = keptIo()
  const code = await search([...argv, `--data-dir=${site.dataDir}`], io)
  return { code, out: io.stdout(), err: io.stderr() }
}

function put(site: Site, name: string, message: string, reason = 'Failed'): void {
  site.api.put({
    metadata: { name: `${name}.${message.length}`, namespace: 'shop' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name, uid: `uid-of-${name}` },
    type: 'Warning',
    reason,
    message,
  })
}

const namesIn = (out: string): string[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => /Pod shop\/(\S+)/.exec(line)?.[1] ?? line)

describe('search', () => {
  it('finds by words, phrases, objects and time, oldest first, whether the program runs or not', async (test) => {
    const site = await openSite(test)
    const program = await site.startReady()
    put(site, 'web-0', 'Failed to pull image "registry.example.test/web:1.4": i/o timeout')
    put(site, 'web-1', '拉取镜像失败：超时')
    put(site, 'db-0', 'Liveness probe failed: HTTP probe failed with statuscode: 503', 'Unhealthy')
    await site.receiver.until(3)
    for (const isRunning of [true, false]) {
      if (!isRunning) await program.process.stop('SIGTERM')
      assert.deepEqual(namesIn((await run(site, 'pull', 'TIME')).out), ['web-0'])
      assert.deepEqual(namesIn((await run(site, '"i/o timeout"')).out), ['web-0'])
      assert.deepEqual(namesIn((await run(site, '镜像失败')).out), ['web-1'])
      assert.deepEqual(namesIn((await run(site, 'web')).out), ['web-0', 'web-1'])
      assert.deepEqual(namesIn((await run(site, '--name=web-.*', '--limit=1')).out), ['web-1'])
      assert.deepEqual(namesIn((await run(site, 'unhealthy')).out), ['db-0'])
      assert.deepEqual(namesIn((await run(site, '--since=1h', '--reason=Unhealthy')).out), ['db-0'])
      assert.deepEqual(namesIn((await run(site, '--until=1h')).out), [])
      assert.equal((await run(site, '--namespace=billing')).code, 1)
    }
    const [line = ''] = (await run(site, '503', '--json')).out.split('\n')
    assert.equal(JSON.parse(line).event.involvedObject.name, 'db-0')
  })

  it('goes on with what comes in, and misses and repeats nothing between the two', async (test) => {
    const site = await openSite(test)
    const program = await site.startReady()
    const load = site.load(500)
    await site.receiver.until(100)
    const io = keptIo()
    const searching = search(['restarting', '--follow', '--limit=10000', `--data-dir=${site.dataDir}`], io)
    await until('something to be followed', () => io.stdout().split('\n').length > 400)
    load.stop()
    await site.allTold(program)
    await until('all of it to be followed', () => io.stdout().split('\n').length > site.feed.marks.size)
    io.stop()
    assert.equal(await searching, 0)
    const marks = [...io.stdout().matchAll(/\[\[([\w.-]+)\]\]/g)].map(([, mark]) => mark)
    assert.equal(marks.length, new Set(marks).size)
    assert.deepEqual(new Set(marks), site.feed.marks)
  })

  it('tells what is wrong with its words and flags at once', async (test) => {
    const site = await openSite(test)
    const { code, err } = await run(site, '"open', '--limit=0', '--follow', '--until=1h', '--reason=(')
    assert.equal(code, 2)
    for (const what of ['quote', '--limit', '--until', '--reason']) assert.ok(err.includes(what), err)
  })
})

describe('search with an index', () => {
  it('finds the same, while events come in, after a kill and a restart', async (test) => {
    const site = await openSite(test)
    const config = join(site.folder, 'kube-eventer.yaml')
    writeFileSync(config, 'search: { index: true }\n')
    const args = [...site.args, `--config=${config}`]
    let program = await site.start(args)
    await program.ready()
    const load = site.load(500)
    for (let kill = 0; kill < 3; kill++) {
      await until('the index to be there', () => hasIndex(site.dataDir), [program.process])
      await site.receiver.until(site.receiver.count + 100)
      await program.kill()
      program = await site.start(args)
    }
    load.stop()
    await site.allTold(program)
    await until('all of it to be indexed', () => indexedUpTo(site.dataDir) > site.feed.marks.size, [
      program.process,
    ])
    const { out } = await run(site, 'restarting', '--limit=10000')
    const marks = [...out.matchAll(/\[\[([\w.-]+)\]\]/g)].map(([, mark]) => mark)
    assert.deepEqual(new Set(marks), site.feed.marks)
    assert.equal(marks.length, site.feed.marks.size)
    await site.end(program)
  })
})

function indexedUpTo(dataDir: string): number {
  const index = openIndexToRead(dataDir)
  try {
    return nextOffsetOf(index)
  } finally {
    index.close()
  }
}
