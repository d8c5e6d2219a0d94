/** Contexts of a kubeconfig, and users who get their credentials from a program: real programs, real files. */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { FakeClock } from '../domain/testing/fake-clock.ts'
import type { SourceOptions } from '../domain/source-options.ts'
import { ApiFault } from './api-fault.ts'
import { resolveAccess } from './auth.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { newCa } from './testing/certificates.ts'
import { SourceConfigError } from './source-config-error.ts'

interface Setting {
  readonly folder: string
  readonly clock: FakeClock
  /** Makes the program print this from now on. */
  prints(output: string): void
  /** How often it ran. */
  runs(): number
  /** What KUBERNETES_EXEC_INFO and its own variable were at the last run. */
  lastEnvironment(): string
  /** `cluster`: the cluster `here` in YAML's block form. */
  access(exec?: string, options?: Partial<SourceOptions>, cluster?: string): Promise<ClusterAccess>
}

const api = 'client.authentication.k8s.io/v1'

function setting(test: TestContext): Setting {
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-exec-'))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  const clock = new FakeClock()
  const plugin = join(folder, 'get-token')
  const log = join(folder, 'runs')
  writeFileSync(log, '')
  writeFileSync(
    plugin,
    `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO $OWN $1" >> ${log}\ncat ${join(folder, 'output')}\n`,
  )
  chmodSync(plugin, 0o755)
  return {
    folder,
    clock,
    prints: (output) => writeFileSync(join(folder, 'output'), output),
    runs: () => readFileSync(log, 'utf8').split('\n').length - 1,
    lastEnvironment: () => readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? '',
    access: (exec, options = {}, cluster = ' {server: "http://127.0.0.1:1"}') => {
      const kubeconfig = join(folder, 'config')
      const user =
        exec ??
        `apiVersion: ${api}\n      command: ./get-token\n      args: [login]\n      env: [{name: OWN, value: mine}]`
      writeFileSync(kubeconfig, kubeconfigWith(user, cluster))
      return resolveAccess(
        {
          cluster: 'test',
          server: '',
          inClusterConfig: false,
          useServiceAccount: false,
          kubeconfig,
          insecure: false,
          lookBack: { kind: 'none' },
          ...options,
        },
        { env: { PATH: process.env['PATH'] ?? '' }, clock },
      )
    },
  }
}

function kubeconfigWith(exec: string, cluster: string): string {
  return `current-context: plain
clusters:
- name: here
  cluster:${cluster}
- {name: there, cluster: {server: "http://127.0.0.1:2"}}
contexts:
- {name: plain, context: {cluster: here, user: robot}}
- {name: other, context: {cluster: there, user: robot}}
users:
- name: robot
  user:
    exec:
      ${exec}
`
}

function credential(token: string, expirationTimestamp?: string): string {
  return JSON.stringify({ apiVersion: api, kind: 'ExecCredential', status: { token, expirationTimestamp } })
}

describe('a user who gets a token from a program', () => {
  it('is asked for once, and told what the API says', async (test) => {
    const { prints, runs, lastEnvironment, access } = setting(test)
    prints(credential('first'))
    const { credentials } = await access()
    const both = await Promise.all([credentials.authorization(), credentials.authorization()])
    assert.deepEqual(both, ['Bearer first', 'Bearer first'])
    assert.equal(runs(), 1)
    const [info = '', own, argument] = lastEnvironment().split(' ')
    assert.deepEqual(JSON.parse(info), {
      apiVersion: api,
      kind: 'ExecCredential',
      spec: { interactive: false },
    })
    assert.deepEqual([own, argument], ['mine', 'login'])
  })

  it('tells the cluster to a program that asks for it, with its CA, its proxy and what is meant for it', async (test) => {
    const { folder, prints, lastEnvironment, access } = setting(test)
    prints(credential('first'))
    const ca = newCa()
    test.after(() => rmSync(ca.directory, { recursive: true }))
    writeFileSync(join(folder, 'ca.pem'), `# Übung\n${ca.cert}`)
    const exec = (wants: boolean): string =>
      `apiVersion: ${api}\n      command: ./get-token\n      provideClusterInfo: ${wants}`
    const cluster = `
    server: https://api.example.test:6443/clusters/one/
    certificate-authority: ca.pem
    tls-server-name: kubernetes
    proxy-url: http://proxy.example.test:3128
    extensions:
    - {name: other, extension: {no: body}}
    - {name: client.authentication.k8s.io/exec, extension: {audience: "06ef", scopes: [a, b], ttl: 3}}`
    const specOf = async (wants: boolean, options = {}): Promise<unknown> => {
      const { credentials } = await access(exec(wants), options, cluster)
      await credentials.authorization()
      const text = lastEnvironment()
      return JSON.parse(text.slice(0, text.lastIndexOf('}') + 1)).spec
    }
    const told = {
      server: 'https://api.example.test:6443/clusters/one/',
      'tls-server-name': 'kubernetes',
      'certificate-authority-data': Buffer.from(`# Übung\n${ca.cert}`).toString('base64'),
      'proxy-url': 'http://proxy.example.test:3128',
      config: { audience: '06ef', scopes: ['a', 'b'], ttl: 3 },
    }
    assert.deepEqual(await specOf(true), { cluster: told, interactive: false })
    assert.deepEqual(await specOf(false), { interactive: false })
    const { 'certificate-authority-data': _, ...withoutCa } = told
    assert.deepEqual(await specOf(true, { insecure: true }), {
      cluster: { ...withoutCa, 'insecure-skip-tls-verify': true },
      interactive: false,
    })
  })

  it('is asked again when the token has expired, and after a 401', async (test) => {
    const { prints, runs, access, clock } = setting(test)
    prints(credential('first', new Date(clock.wallMs() + 60_000).toISOString()))
    const { credentials } = await access()
    assert.equal(await credentials.authorization(), 'Bearer first')
    prints(credential('second'))
    await clock.advance(49_000)
    assert.equal(await credentials.authorization(), 'Bearer first')
    await clock.advance(2_000)
    assert.equal(await credentials.authorization(), 'Bearer second')
    prints(credential('third'))
    assert.equal(credentials.renew(), true)
    assert.equal(await credentials.authorization(), 'Bearer third')
    assert.equal(runs(), 3)
  })

  it('who fails is no reason not to start: the next request tells it, without its output, and tries again', async (test) => {
    const { prints, access } = setting(test)
    prints('very secret and no JSON')
    const { credentials } = await access()
    await assert.rejects(credentials.authorization(), (error) => {
      assert.ok(error instanceof ApiFault)
      assert.equal(error.kind, 'unauthorized')
      assert.match(error.message, /get-token gave no credentials: it did not print JSON/)
      assert.doesNotMatch(error.message, /secret/)
      return true
    })
    prints(credential('later'))
    assert.equal(await credentials.authorization(), 'Bearer later')
  })

  it('is told what to install where the program is missing', async (test) => {
    const { access } = setting(test)
    const { credentials } = await access(
      `apiVersion: ${api}\n      command: no-such-program-here\n      installHint: get it from example.test`,
    )
    await assert.rejects(credentials.authorization(), /there is no such program.*; get it from example\.test/)
  })

  it('with what cannot be run from here is refused at the start, with the line', async (test) => {
    const { access } = setting(test)
    const cases: [string, RegExp][] = [
      ['apiVersion: client.authentication.k8s.io/v1alpha1\n      command: x', /apiVersion of exec/],
      [`apiVersion: ${api}\n      args: []`, /names no command/],
      [`apiVersion: ${api}\n      command: x\n      interactiveMode: Always`, /wants to ask somebody/],
    ]
    for (const [exec, what] of cases) {
      await assert.rejects(access(exec), (error) => {
        assert.ok(error instanceof SourceConfigError)
        assert.match(error.what, what)
        assert.match(error.where, /config:\d+$/)
        return true
      })
    }
  })
})

describe('a kubeconfig with several contexts', () => {
  it('is read by its current one, or by the one that the source names', async (test) => {
    const { prints, access } = setting(test)
    prints(credential('x'))
    assert.equal((await access()).server, 'http://127.0.0.1:1')
    assert.equal((await access(undefined, { context: 'other' })).server, 'http://127.0.0.1:2')
  })

  it('names those it has where the source names none of them', async (test) => {
    const { access } = setting(test)
    await assert.rejects(access(undefined, { context: 'nowhere' }), (error) => {
      assert.ok(error instanceof SourceConfigError)
      assert.match(error.what, /no context is named "nowhere"/)
      assert.match(error.remedy, /name one of plain, other/)
      return true
    })
  })
})
