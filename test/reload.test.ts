/** The configuration file changes while events keep coming: nothing is lost, nothing is told twice, nothing stops. */
import assert from 'node:assert/strict'
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { startReceiver } from '../src/demo/receiver.ts'
import { openSite, type Site } from './harness/site.ts'
import { Told } from './harness/told.ts'
import { until } from './servers/processes.ts'

/** A configuration as a mounted ConfigMap has it: the file is a link through `..data`, which is swapped whole. */
class MountedConfigMap {
  readonly path: string
  readonly #folder: string
  #version = 0

  constructor(folder: string, text: string) {
    this.#folder = folder
    this.path = join(folder, 'config.yaml')
    mkdirSync(folder)
    this.write(text)
    symlinkSync(join('..data', 'config.yaml'), this.path)
  }

  write(text: string): void {
    const version = `..version-${++this.#version}`
    mkdirSync(join(this.#folder, version))
    writeFileSync(join(this.#folder, version, 'config.yaml'), text)
    symlinkSync(version, join(this.#folder, '..data_tmp'))
    renameSync(join(this.#folder, '..data_tmp'), join(this.#folder, '..data'))
  }
}

interface SinkOfFile {
  readonly name: string
  readonly url: string
  readonly timeout?: string
}

function configOf({ api, dataDir }: Site, sinks: readonly SinkOfFile[]): string {
  return JSON.stringify({
    sources: [{ type: 'kubernetes', url: api.url, inClusterConfig: false }],
    sinks: sinks.map(({ name, url, timeout = '10s' }) => ({
      name,
      type: 'webhook',
      options: { url, timeout },
      filters: { level: 'all' },
    })),
    journal: { dir: dataDir },
  })
}

/** Receives for several sinks; each path has what it was told. */
async function openReceiver(test: TestContext): Promise<{ url: string; toldAt(path: string): Told }> {
  const told = new Map<string, Told>()
  const toldAt = (path: string): Told => {
    const known = told.get(path) ?? new Told()
    told.set(path, known)
    return known
  }
  const receiver = await startReceiver({
    keep: 0,
    answer: ({ url, body }) => {
      toldAt(url.replace(/\?.*/, '')).take(body.toString())
      // Late, so that a reload meets sends in flight.
      return { delayMs: 15 }
    },
  })
  test.after(() => receiver.close())
  return { url: receiver.url, toldAt }
}

const reloaded = /configuration reloaded/

describe('a configuration file that changes', () => {
  it('twenty times under load loses and doubles nothing, at sinks that change and at those that stay', async (test) => {
    const site = await openSite(test)
    const { url, toldAt } = await openReceiver(test)
    const text = (round: number): string =>
      configOf(site, [
        { name: 'changes', url: `${url}/changes?round=${round}`, timeout: `${5 + (round % 3)}s` },
        { name: 'stays', url: `${url}/stays` },
        ...(round % 4 < 2 ? [] : [{ name: 'comes-and-goes', url: `${url}/comes-and-goes` }]),
      ])
    const file = new MountedConfigMap(join(site.folder, 'config'), text(0))
    const program = await site.start([`--config=${file.path}`])
    await program.ready()
    const load = site.load(300)
    for (let round = 1; round <= 20; round++) {
      const before = program.lines(reloaded).length
      file.write(text(round))
      // Some are asked for twice.
      if (round % 3 === 0) program.signal('SIGHUP')
      await until('a reload', () => program.lines(reloaded).length > before, [program.process])
    }
    load.stop()
    for (const path of ['/changes', '/stays']) {
      const done = () => toldAt(path).hasAll(site.feed.marks)
      await until(`every event to be told at ${path}`, done, [program.process])
    }
    await site.end(program)
    for (const path of ['/changes', '/stays']) toldAt(path).assertOnce(site.feed.marks)
    assert.ok(toldAt('/comes-and-goes').count > 0)
    assert.equal(toldAt('/comes-and-goes').doubled, 0)
    const opened = program.lines(/sink configured/).filter(({ sink }) => sink === 'stays')
    assert.equal(opened.length, 1, 'a sink that stays is opened once')
  })

  it('to something broken is refused with every error, and the one before goes on', async (test) => {
    const site = await openSite(test)
    const sink = { name: 'hook', url: `${site.receiver.url}/hook` }
    const path = join(site.folder, 'config.yaml')
    writeFileSync(path, configOf(site, [sink]))
    const program = await site.start([`--config=${path}`])
    await program.ready()
    writeFileSync(path, 'sinks:\n  - name: hook\n    typ: webhook\nlimit: {}\n')
    const refused = await program.said(/is refused; the one before goes on/)
    assert.equal(refused.level, 'error')
    assert.deepEqual(refused['problems'], [
      `${path}:2:5: option \`type\` is missing; add type: …`,
      `${path}:3:5: this sink has no option \`typ\`; did you mean type?`,
      `${path}:4:1: the file has no option \`limit\`; did you mean limits?`,
    ])
    site.feed.put(50)
    await site.allTold(program)
    assert.equal((await program.ask('/readyz')).status, 200)

    writeFileSync(path, configOf(site, [{ ...sink, name: 'other' }]))
    const changed = await program.said(reloaded)
    assert.deepEqual(changed['sinksAdded'], ['other'])
    assert.deepEqual(changed['sinksRemoved'], ['hook'])
    assert.equal(changed['sourcesUnchanged'], 1)
    await program.ready()
    assert.doesNotMatch((await program.ask('/metrics')).body, /sink="hook"/)
    assert.doesNotMatch((await program.ask('/readyz')).body, /sink hook/)
    await site.end(program)
  })

  it('in what is fixed at the start says so once; a secret that changed in its file is taken on SIGHUP', async (test) => {
    const site = await openSite(test)
    const path = join(site.folder, 'config.yaml')
    const secret = join(site.folder, 'url')
    writeFileSync(secret, `${site.receiver.url}/first\n`)
    const text = (dir: string): string =>
      [
        `sources: [{type: kubernetes, url: '${site.api.url}', inClusterConfig: false}]`,
        `sinks: [{name: hook, type: webhook, options: {url: {file: '${secret}'}}, filters: {level: all}}]`,
        `journal: {dir: '${dir}'}`,
        '',
      ].join('\n')
    writeFileSync(path, text(site.dataDir))
    const program = await site.start([`--config=${path}`])
    await program.ready()

    writeFileSync(secret, `${site.receiver.url}/second-canary\n`)
    program.signal('SIGHUP')
    assert.deepEqual((await program.said(reloaded))['sinksChanged'], ['hook'])

    writeFileSync(path, text(join(site.folder, 'elsewhere')))
    const restart = await program.said(/takes effect at the next start only/)
    assert.deepEqual(restart['settings'], ['journal'])

    site.feed.put(20)
    await site.allTold(program)
    assert.doesNotMatch(program.process.output(), /canary/)
    await site.end(program)
    site.told.assertOnce(site.feed.marks)
  })
})
