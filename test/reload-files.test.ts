/** Files that the configuration refers to change: who uses them begins anew with them, and nobody else is disturbed. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { startReceiver } from '../src/demo/receiver.ts'
import { haveOpenssl, newCa } from '../src/kubernetes/testing/certificates.ts'
import type { RunningProgram } from './harness/program.ts'
import { openSite, takenBy, type Site } from './harness/site.ts'
import { Told } from './harness/told.ts'
import { until } from './servers/processes.ts'

/** A mounted Secret: each of its names is a link through `..data`, which is swapped whole. */
class MountedSecret {
  readonly #folder: string
  #version = 0

  constructor(folder: string, files: Readonly<Record<string, string>>) {
    this.#folder = folder
    mkdirSync(folder)
    this.write(files)
    for (const name of Object.keys(files)) symlinkSync(join('..data', name), join(folder, name))
  }

  path(name: string): string {
    return join(this.#folder, name)
  }

  write(files: Readonly<Record<string, string>>): void {
    const version = join(this.#folder, `..version-${++this.#version}`)
    mkdirSync(version)
    for (const [name, text] of Object.entries(files)) writeFileSync(join(version, name), text)
    symlinkSync(`..version-${this.#version}`, this.path('..data_tmp'))
    renameSync(this.path('..data_tmp'), this.path('..data'))
  }
}

function opened(program: RunningProgram, sink: string): number {
  return program.lines(/sink configured/).filter((line) => line['sink'] === sink).length
}

function configFile({ folder, api, dataDir }: Site, sinks: readonly object[], source: object = {}): string {
  const path = join(folder, 'config.yaml')
  const text = {
    sources: [{ type: 'kubernetes', url: api.url, inClusterConfig: false, ...source }],
    sinks,
    journal: { dir: dataDir },
  }
  writeFileSync(path, JSON.stringify(text))
  return path
}

async function headersReceiver(test: TestContext): Promise<{ url: string; told: Told; last: () => string }> {
  const told = new Told()
  let last = ''
  const receiver = await startReceiver({
    keep: 0,
    onReceived: ({ headers }) => (last = headers['authorization'] ?? ''),
    answer: takenBy(told),
  })
  test.after(() => receiver.close())
  return { url: receiver.url, told, last: () => last }
}

describe('a file that a configuration refers to', () => {
  it('with a secret is read anew when its mount is swapped; another sink keeps what it has', async (test) => {
    const site = await openSite(test)
    const { url, told, last } = await headersReceiver(test)
    const secret = new MountedSecret(join(site.folder, 'secret'), { token: 'Bearer first' })
    const filters = { level: 'all' }
    const path = configFile(site, [
      {
        name: 'uses',
        type: 'webhook',
        options: { url, headers: { Authorization: { file: secret.path('token') } } },
        filters,
      },
      { name: 'other', type: 'webhook', options: { url: site.receiver.url }, filters },
    ])
    const program = await site.start([`--config=${path}`])
    await program.ready()
    site.feed.put(5)
    await until('the first to be told', () => told.hasAll(site.feed.marks), [program.process])
    assert.equal(last(), 'Bearer first')
    secret.write({ token: 'Bearer second' })
    const changed = await program.said(/configuration reloaded/)
    assert.deepEqual([changed['sinksChanged'], changed['sinksUnchanged']], [['uses'], 1])
    assert.match(String(changed['why']), /secret\/token has changed/)
    site.feed.put(5)
    await until('the rest to be told', () => told.hasAll(site.feed.marks), [program.process])
    assert.equal(last(), 'Bearer second')
    assert.deepEqual([opened(program, 'uses'), opened(program, 'other')], [2, 1])
    await site.end(program)
    told.assertOnce(site.feed.marks)
  })

  it('that holds what it held changes nothing, and one that is away for a moment neither', async (test) => {
    const site = await openSite(test)
    const { url, told, last } = await headersReceiver(test)
    const token = join(site.folder, 'token')
    writeFileSync(token, 'Bearer same')
    const options = { url, headers: { Authorization: { file: token } } }
    const path = configFile(site, [{ name: 'uses', type: 'webhook', options, filters: { level: 'all' } }])
    const program = await site.start([`--config=${path}`])
    await program.ready()
    writeFileSync(`${token}.new`, 'Bearer same')
    renameSync(`${token}.new`, token)
    await program.said(/read again: no source or sink changed/)
    unlinkSync(token)
    program.signal('SIGHUP')
    await program.said(/is refused; the one before goes on/)
    writeFileSync(token, 'Bearer back')
    await program.said(/configuration reloaded/)
    site.feed.put(3)
    await until('all to be told', () => told.hasAll(site.feed.marks), [program.process])
    assert.equal(last(), 'Bearer back')
    assert.equal(opened(program, 'uses'), 2)
    await site.end(program)
  })

  it('of a command line’s ke.file option is read anew without a configuration file', async (test) => {
    const site = await openSite(test)
    const first = await headersReceiver(test)
    const second = await headersReceiver(test)
    const robot = join(site.folder, 'token')
    writeFileSync(robot, `Authorization=first`)
    const program = await site.startReady([
      site.source,
      `--sink=webhook:${first.url}/hook?method=POST&ke.name=hook&ke.file.header=${robot}`,
      `--sink=webhook:${second.url}/hook?method=POST&ke.name=other`,
      `--data-dir=${site.dataDir}`,
    ])
    writeFileSync(robot, `Authorization=second`)
    const changed = await program.said(/configuration reloaded/)
    assert.deepEqual([changed['sinksChanged'], changed['sourcesUnchanged']], [['hook'], 1])
    site.feed.put(4)
    await until('all to be told', () => first.told.hasAll(site.feed.marks), [program.process])
    assert.equal(first.last(), 'second')
    assert.equal(opened(program, 'other'), 1)
    await site.end(program)
  })

  it('with a CA is trusted from its change on', { skip: !haveOpenssl && 'needs openssl' }, async (test) => {
    const site = await openSite(test)
    const [wrong, right] = [newCa(), newCa()]
    for (const { directory } of [wrong, right]) test.after(() => rmSync(directory, { recursive: true }))
    const issued = right.issue('receiver', ['IP:127.0.0.1'])
    const told = new Told()
    const receiver = await startReceiver({
      keep: 0,
      tls: { cert: issued.cert, key: issued.key },
      answer: takenBy(told),
    })
    test.after(() => receiver.close())
    const mounted = new MountedSecret(join(site.folder, 'tls'), { 'ca.crt': wrong.cert })
    const options = { url: receiver.url, ca: mounted.path('ca.crt') }
    const path = configFile(site, [{ name: 'hook', type: 'webhook', options, filters: { level: 'all' } }])
    const program = await site.start([`--config=${path}`])
    await program.ready()
    const [mark] = site.feed.put(1)
    await program.said(/"state":"held"/)
    assert.ok(mark !== undefined && !told.hasAll([mark]))
    mounted.write({ 'ca.crt': right.cert })
    assert.deepEqual((await program.said(/configuration reloaded/))['sinksChanged'], ['hook'])
    await until('it to be told', () => told.hasAll([mark]), [program.process])
    await site.end(program)
  })

  it('with a kubeconfig changes the source if it says something else of its cluster or user', async (test) => {
    const site = await openSite(test)
    const kubeconfig = join(site.folder, 'kubeconfig')
    const write = (token: string, otherServer: string): void =>
      writeFileSync(
        kubeconfig,
        JSON.stringify({
          'current-context': 'one',
          clusters: [
            { name: 'one', cluster: { server: site.api.url } },
            { name: 'two', cluster: { server: otherServer } },
          ],
          contexts: [
            { name: 'one', context: { cluster: 'one', user: 'me' } },
            { name: 'two', context: { cluster: 'two', user: 'me' } },
          ],
          users: [{ name: 'me', user: { token } }],
        }),
      )
    write('first', 'http://127.0.0.1:1')
    const sink = { name: 'hook', type: 'webhook', options: { url: `${site.receiver.url}/hook` } }
    const source = { url: undefined, kubeconfig }
    const path = configFile(site, [{ ...sink, filters: { level: 'all' } }], source)
    const program = await site.start([`--config=${path}`])
    await program.ready()
    site.feed.put(5)
    await site.allTold(program)
    write('first', 'http://127.0.0.1:2')
    await program.said(/read again: no source or sink changed/)
    write('second-canary', 'http://127.0.0.1:2')
    const changed = await program.said(/configuration reloaded/)
    assert.deepEqual([changed['sourcesChanged'], changed['sinksUnchanged']], [['default'], 1])
    site.feed.put(5)
    await site.allTold(program)
    assert.doesNotMatch(program.process.output(), /canary/)
    assert.match(readFileSync(kubeconfig, 'utf8'), /canary/)
    await site.end(program)
    site.told.assertOnce(site.feed.marks)
  })
})
