/** Bad input, each answered by one clear message with a remedy, and by the exit code that scripts rely on. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { describe, it } from 'node:test'
import { testCertificate, testKey } from '../../src/demo/testing-certificate.ts'
import { startProgram } from '../servers/program.ts'
import { startProcess, until } from '../servers/processes.ts'
import type { RunningProgram } from '../harness/program.ts'
import { openSite, type Site } from '../harness/site.ts'

const source = '--source=kubernetes:http://127.0.0.1:1?inClusterConfig=false'
const sink = '--sink=webhook:http://127.0.0.1:1/hook?method=POST&level=Warning'

const wrongUsage: readonly {
  readonly what: string
  readonly argv: readonly string[]
  readonly says: RegExp
}[] = [
  { what: 'an unknown flag', argv: [source, sink, '--frequencyy=1s'], says: /--frequencyy.*\n.*--frequency/ },
  {
    what: 'a duration that is none',
    argv: [source, sink, '--frequency=soon'],
    says: /--frequency.*\n.*--frequency=1s/,
  },
  { what: 'a duration out of bounds', argv: [source, sink, '--frequency=4m'], says: /--frequency.*\n?.*3m/ },
  {
    what: 'a port that is none',
    argv: [source, sink, '--healthz-port=http'],
    says: /--healthz-port.*\n.*--healthz-port=/,
  },
  { what: 'no source', argv: [sink], says: /no source.*\n.*--source=kubernetes:/ },
  {
    what: 'an unknown source',
    argv: ['--source=nomad:http://127.0.0.1:1', sink],
    says: /no source nomad.*\n.*kubernetes/,
  },
  {
    what: 'no sink that there is',
    argv: [source, '--sink=webhok:http://127.0.0.1:1/hook'],
    says: /webhok.*\n.*webhook/,
  },
  { what: 'an unknown subcommand', argv: ['rnu', source, sink], says: /rnu.*\n.*run/ },
]

describe('wrong usage', { concurrency: 2 }, () => {
  for (const { what, argv, says } of wrongUsage) {
    it(`${what}: exit code 2 and one message that says what to do`, async (test) => {
      const site = await openSite(test)
      // A file that is none of the user's own configuration may be read instead.
      const { process: program } = await startProgram(argv, { HOME: site.folder })
      assert.equal(await program.ended, 2)
      assert.match(program.output(), says)
      assert.equal(program.output().match(/^error: /gm)?.length, 1, program.output())
    })
  }
})

describe('what cannot run here', { concurrency: 2 }, () => {
  const kubeconfigs: readonly { readonly what: string; readonly text?: string; readonly says: RegExp }[] = [
    { what: 'that is not there', says: /not there|no such file|does not exist/i },
    { what: 'that is no YAML', text: 'a: [', says: /YAML/ },
    { what: 'without a context', text: 'apiVersion: v1\nkind: Config\n', says: /kubectl config use-context/ },
  ]
  for (const { what, text, says } of kubeconfigs) {
    it(`a kubeconfig ${what}: exit code 1, its path and a remedy`, async (test) => {
      const site = await openSite(test)
      const path = join(site.folder, 'kubeconfig')
      if (text !== undefined) writeFileSync(path, text)
      const program = await site.start([
        `--source=kubernetes:?inClusterConfig=false&localKubeConfig=${path}`,
        site.sink(),
        `--data-dir=${site.dataDir}`,
      ])
      await assertCannotStart(program, says)
      assert.ok(program.process.output().includes(path))
    })
  }

  it('a port that is taken: exit code 1, the port and a remedy', async (test) => {
    const site = await openSite(test)
    const taken = ['--healthz-ip=127.0.0.1', `--healthz-port=${site.receiver.port}`]
    const launcher = join(import.meta.dirname, '..', '..', 'bin', 'kube-eventer')
    const program = startProcess('kube-eventer', launcher, [...site.args, ...taken])
    assert.equal(await program.ended, 1)
    assert.ok(program.output().includes(`127.0.0.1:${site.receiver.port}`))
    assert.match(program.output(), /the port is taken.*--healthz-port/)
  })

  it('a data directory that was named and cannot be written: exit code 1, its path and a remedy', async (test) => {
    const site = await openSite(test)
    writeFileSync(join(site.folder, 'file'), '')
    const dataDir = join(site.folder, 'file', 'data')
    const program = await site.start([site.source, site.sink(), `--data-dir=${dataDir}`])
    await assertCannotStart(program, /cannot write in the data directory.*--data-dir/)
    assert.ok(program.process.output().includes(dataDir))
  })
})

describe('a cluster that cannot be watched', { concurrency: 2 }, () => {
  it('since no API server is there: said once, tried for ever, told as soon as it is there', async (test) => {
    const site = await openSite(test)
    await site.api.stop()
    const program = await site.start()
    await assertRetriesQuietly(program, /source default: retrying: .*ECONNREFUSED/)
    await site.api.start()
    await program.ready()
    const news = site.feed.put(20)
    await site.allTold(program, news)
    await site.end(program)
    site.told.assertOnce(site.feed.marks)
  })

  it('since its certificate is of another authority: said once, with the reason, tried for ever', async (test) => {
    const site = await openSite(test, { api: { tls: { key: testKey, cert: testCertificate } } })
    const program = await site.start(withKubeconfig(site, rootCertificates[0] ?? ''))
    await assertRetriesQuietly(program, /source default: retrying: .*certificate/)
    assert.ok(site.api.requests.length === 0, 'nothing was asked over a connection that is not trusted')
  })

  it('since the rule is missing: said once, with the rule to paste, told as soon as it is there', async (test) => {
    let isForbidden = true
    const site = await openSite(test, { api: { forbid: () => isForbidden } })
    const program = await site.start()
    const readyz = await assertRetriesQuietly(program, /source default: forbidden/)
    assert.match(readyz, /events.*(list|watch)/)
    isForbidden = false
    await program.ready()
    const news = site.feed.put(20)
    await site.allTold(program, news)
    await site.end(program)
    site.told.assertOnce(site.feed.marks)
  })

  it('ends the program with --strict: exit code 1', async (test) => {
    const away = await openSite(test)
    await away.api.stop()
    const forbidden = await openSite(test, { api: { forbid: () => true } })
    const untrusted = await openSite(test, { api: { tls: { key: testKey, cert: testCertificate } } })
    const runs = await Promise.all([
      away.start([...strictArgs(away), away.source]),
      forbidden.start([...strictArgs(forbidden), forbidden.source]),
      untrusted.start([...withKubeconfig(untrusted, rootCertificates[0] ?? ''), '--strict']),
    ])
    for (const program of runs) await assertCannotStart(program, /cannot watch events.*--strict/)
  })
})

function strictArgs(site: Site): string[] {
  return [site.sink('level=Warning'), `--data-dir=${site.dataDir}`, '--strict']
}

/** A plain run's arguments, with the cluster named by a kubeconfig that trusts `authority`. */
function withKubeconfig(site: Site, authority: string): string[] {
  const path = join(site.folder, 'kubeconfig')
  const cluster = {
    server: site.api.url,
    'certificate-authority-data': Buffer.from(authority).toString('base64'),
  }
  const config = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'here' } }],
    clusters: [{ name: 'here', cluster }],
  }
  writeFileSync(path, JSON.stringify(config))
  return [
    `--source=kubernetes:?inClusterConfig=false&localKubeConfig=${path}`,
    site.sink('level=Warning'),
    `--data-dir=${site.dataDir}`,
  ]
}

async function assertCannotStart(program: RunningProgram, says: RegExp): Promise<void> {
  assert.equal(await program.process.ended, 1)
  const said = program.log().filter(({ msg }) => msg.startsWith('cannot start: '))
  assert.equal(said.length, 1, program.process.output())
  assert.match(String(said[0]?.msg), new RegExp(says.source, 's' + says.flags))
}

/** Not ready, alive, and after several tries the log has said it once. Answers what `/readyz` says. */
async function assertRetriesQuietly(program: RunningProgram, readyz: RegExp): Promise<string> {
  const text = await program.unready(readyz)
  await until(
    'three tries',
    async () => (await program.metric('kube_eventer_source_watch_restarts_total')) >= 3,
    [program.process],
  )
  assert.equal((await program.ask('/healthz')).status, 200)
  const troubles = program
    .log()
    .filter(({ level, source: of }) => of === 'default' && /warn|error/.test(level))
  assert.equal(troubles.length, 1, program.process.output())
  return text
}
