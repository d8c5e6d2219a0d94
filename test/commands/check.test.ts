/** `check`: every part of a configuration that can be wrong, each told with what to do. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { check } from '../../src/cli/check.ts'
import { openSite } from '../harness/site.ts'
import { freePorts } from '../servers/processes.ts'
import { keptIo } from './io.ts'

async function ask(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = keptIo()
  const code = await check(argv, io)
  return { code, out: io.stdout(), err: io.stderr() }
}

describe('check', () => {
  it('finds nothing wrong with what would run, sends nothing and makes nothing', async (test) => {
    const site = await openSite(test)
    const { code, out } = await ask(...site.args)
    assert.equal(code, 0, out)
    assert.match(out, /^ok {7}source default: http:\S+: may get, list, watch events in all namespaces$/m)
    assert.match(out, /^ok {7}sink webhook hook: http:\S+ can be reached; nothing was sent$/m)
    assert.equal(site.receiver.count, 0)
    assert.ok(!existsSync(site.dataDir))
  })

  it('tells the rule that is missing', async (test) => {
    const site = await openSite(test, { api: { forbid: (verb) => verb === 'watch' } })
    const { code, out } = await ask(...site.args)
    assert.equal(code, 1)
    assert.match(out, /^error {4}source default: .*: this account may not watch events in all namespaces$/m)
    assert.match(out, /add this rule to the ClusterRole/)
  })

  for (const { what, configMap, forbidden = false, code, told } of [
    {
      what: 'is one',
      configMap: { content: '{{.Reason}}' },
      code: 0,
      told: /^ok .*ConfigMap ops\/body holds a/m,
    },
    {
      what: 'is broken',
      configMap: { content: '{{' },
      code: 1,
      told: /^error .*holds no template: .*line 1/m,
    },
    { what: 'is not there', code: 0, told: /^warning .*is not there: the default body is sent/m },
    { what: 'has no content', configMap: {}, code: 0, told: /^warning .*has no key `content`/m },
    {
      what: 'is forbidden',
      forbidden: true,
      code: 1,
      told: /^error .*may not be read[^]*resourceNames: \["body"\]/m,
    },
  ]) {
    it(`looks at the template in a ConfigMap: one that ${what}`, async (test) => {
      const forbid = (_: string, resource: string): boolean => forbidden && resource === 'configmaps'
      const site = await openSite(test, { api: { forbid } })
      if (configMap) site.api.putConfigMap({ metadata: { namespace: 'ops', name: 'body' }, data: configMap })
      const sink = site.sink(
        'level=Normal',
        'custom_body_configmap=body',
        'custom_body_configmap_namespace=ops',
      )
      const found = await ask(site.source, sink, `--data-dir=${site.dataDir}`)
      assert.match(found.out, told)
      assert.equal(found.code, code, found.out)
    })
  }

  it('tells a cluster and a destination that cannot be reached, without secrets', async (test) => {
    const site = await openSite(test)
    const [closed] = await freePorts(1)
    const { code, out } = await ask(
      `--source=kubernetes:http://127.0.0.1:${closed}?inClusterConfig=false`,
      `--sink=webhook:http://127.0.0.1:${closed}/very-secret?method=POST&key=also-secret`,
      `--data-dir=${site.dataDir}`,
    )
    assert.equal(code, 1)
    assert.match(out, /^error {4}source default: .*ECONNREFUSED/m)
    assert.match(out, /^error {4}sink webhook: .*connection refused/m)
    assert.doesNotMatch(out, /secret/)
  })

  it('takes likely mistakes for errors, and looks at the rest all the same', async (test) => {
    const site = await openSite(test)
    const { code, out } = await ask(
      site.source,
      site.sink('level=Warn'),
      site.sink(),
      `--data-dir=${site.dataDir}`,
    )
    assert.equal(code, 1, out)
    assert.match(out, /^error {4}--sink \(the 1st\), webhook .*level/m)
    assert.match(out, /^ok {7}source default/m)
  })

  it('tells sinks without a name apart by their places', async (test) => {
    const site = await openSite(test)
    const sink = `--sink=webhook:${site.receiver.url}/hook?method=POST&level=Warning`
    const { out } = await ask(site.source, sink, sink, `--data-dir=${site.dataDir}`)
    assert.match(out, /^ok {7}sink webhook, --sink \(the 1st\): /m)
    assert.match(out, /^ok {7}sink webhook, --sink \(the 2nd\): /m)
  })

  it('tells a kubeconfig that is not there with its place', async (test) => {
    const site = await openSite(test)
    const missing = join(site.folder, 'kubeconfig')
    const { code, out } = await ask(
      `--source=kubernetes:?inClusterConfig=false&auth=${missing}`,
      site.sink(),
      `--data-dir=${site.dataDir}`,
      '--json',
    )
    assert.equal(code, 1)
    const { ok, findings } = JSON.parse(out)
    assert.equal(ok, false)
    const { subject, what, remedy } = findings.find((one: { state: string }) => one.state === 'error')
    assert.equal(subject, 'source default')
    assert.match(what, /does not exist/)
    assert.match(remedy, /name one that this user may read/)
  })

  it('exits 2 where there is nothing to look at', async () => {
    const { code, err } = await ask('--sink=log')
    assert.equal(code, 2)
    assert.match(err, /--source/)
  })
})
