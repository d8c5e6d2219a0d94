/** From a source's options to a server and credentials: in a cluster, outside, and what is wrong with either. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { resolveAccess, type Surroundings } from './auth.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { SourceConfigError } from './source-config-error.ts'
import { fakeClock } from './testing/fake-clock.ts'
import { sourceOptions } from './testing/running-source.ts'

const root = mkdtempSync(join(tmpdir(), 'source-auth-'))
after(() => rmSync(root, { recursive: true }))

let count = 0
/** Writes files into a fresh directory; answers its path. */
function directory(files: Readonly<Record<string, string>>): string {
  const path = join(root, String(count++))
  mkdirSync(path)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), content)
  }
  return path
}

const serviceHost = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' }
// Of a CA made for this test; its key is lost.
const caPem = `-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUCjWrNNeuPSbnhs6PXOqqTn9RMJ8wCgYIKoZIzj0EAwIw
-----END CERTIFICATE-----
`

function pod(
  files: Readonly<Record<string, string>> = { token: 'pod-token\n' },
  env = serviceHost,
): Surroundings {
  return { env, serviceAccountDirectory: directory(files), clock: fakeClock() }
}

async function problemOf(promise: Promise<ClusterAccess>): Promise<SourceConfigError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof SourceConfigError)) assert.fail(`no SourceConfigError: ${String(error)}`)
  return error
}

describe('inside a cluster', () => {
  const inCluster = { inClusterConfig: true }

  it("uses the environment's address and the mounted token", async () => {
    const access = await resolveAccess(sourceOptions(inCluster), pod())
    assert.equal(access.server, 'https://10.96.0.1:443')
    assert.deepEqual(access.tls.names, [])
    assert.equal(access.tls.verify, true)
    assert.equal(await access.credentials.authorization(), 'Bearer pod-token')
  })

  it('puts an IPv6 address into brackets', async () => {
    const access = await resolveAccess(
      sourceOptions(inCluster),
      pod({ token: 't' }, { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' }),
    )
    assert.equal(access.server, 'https://[fd00::1]:6443')
  })

  it('goes to the same address for https://kubernetes.default, whose name the certificate may bear', async () => {
    for (const name of [
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
    ]) {
      const access = await resolveAccess(sourceOptions({ ...inCluster, server: `https://${name}` }), pod())
      assert.equal(access.server, 'https://10.96.0.1:443')
      assert.deepEqual(access.tls.names, [name, '10.96.0.1'])
    }
  })

  it('asks for the name in the environment first, where that is a name', async () => {
    const access = await resolveAccess(
      sourceOptions({ ...inCluster, server: 'https://kubernetes.default' }),
      pod({ token: 't' }, { KUBERNETES_SERVICE_HOST: 'api.example.test', KUBERNETES_SERVICE_PORT: '443' }),
    )
    assert.equal(access.server, 'https://api.example.test:443')
    assert.deepEqual(access.tls.names, ['api.example.test', 'kubernetes.default'])
  })

  it('goes to another server if one is given, with the token and CA of the pod', async () => {
    const access = await resolveAccess(
      sourceOptions({ ...inCluster, server: 'https://10.1.2.3:6443/' }),
      pod(),
    )
    assert.equal(access.server, 'https://10.1.2.3:6443')
    assert.equal(await access.credentials.authorization(), 'Bearer pod-token')
  })

  it('keeps to the name where the environment has no address', async () => {
    const access = await resolveAccess(
      sourceOptions({ ...inCluster, server: 'https://kubernetes.default' }),
      { ...pod(), env: {} },
    )
    assert.equal(access.server, 'https://kubernetes.default')
  })

  it('warns if there is no CA, and checks against the system', async () => {
    const access = await resolveAccess(sourceOptions(inCluster), pod())
    assert.deepEqual(await access.tls.load(), {})
    assert.match(access.warnings.join(), /ca\.crt does not exist/)
  })

  it('insecure: takes any certificate and needs no CA', async () => {
    const access = await resolveAccess(sourceOptions({ ...inCluster, insecure: true }), pod())
    assert.equal(access.tls.verify, false)
    assert.deepEqual(access.warnings, [])
  })

  it('ignores a kubeconfig, as the original does', async () => {
    const options = sourceOptions({ ...inCluster, kubeconfig: '/does/not/exist' })
    assert.equal((await resolveAccess(options, pod())).server, 'https://10.96.0.1:443')
  })

  it('without an address is an error with a remedy', async () => {
    const problem = await problemOf(resolveAccess(sourceOptions(inCluster), { ...pod(), env: {} }))
    assert.match(
      problem.message,
      /^source "default": not in a cluster: KUBERNETES_SERVICE_HOST.*\n {2}in --source; /,
    )
    assert.match(problem.remedy, /inClusterConfig=false/)
  })

  it('without a token is an error that names the file', async () => {
    const surroundings = pod({})
    const problem = await problemOf(resolveAccess(sourceOptions(inCluster), surroundings))
    assert.match(problem.what, /token does not exist/)
    assert.equal(problem.where, join(surroundings.serviceAccountDirectory ?? '', 'token'))
  })
})

describe('a token file', () => {
  it('is read again after a minute, and at once after a 401', async () => {
    const clock = fakeClock()
    const surroundings = { ...pod(), clock }
    const path = join(surroundings.serviceAccountDirectory ?? '', 'token')
    const { credentials } = await resolveAccess(sourceOptions({ inClusterConfig: true }), surroundings)
    writeFileSync(path, 'second')
    clock.advance(59_999)
    assert.equal(await credentials.authorization(), 'Bearer pod-token')
    clock.advance(1)
    assert.equal(await credentials.authorization(), 'Bearer second')
    writeFileSync(path, 'third')
    assert.equal(credentials.renew(), true)
    assert.equal(await credentials.authorization(), 'Bearer third')
  })

  it('that vanishes or is empty for a while leaves the last token in use', async () => {
    const clock = fakeClock()
    const surroundings = { ...pod(), clock }
    const path = join(surroundings.serviceAccountDirectory ?? '', 'token')
    const { credentials } = await resolveAccess(sourceOptions({ inClusterConfig: true }), surroundings)
    writeFileSync(path, '')
    clock.advance(60_000)
    assert.equal(await credentials.authorization(), 'Bearer pod-token')
    rmSync(path)
    clock.advance(60_000)
    assert.equal(await credentials.authorization(), 'Bearer pod-token')
  })
})

describe('outside a cluster, with a server and no kubeconfig', () => {
  it('goes there without credentials: kubectl proxy', async () => {
    const access = await resolveAccess(sourceOptions({ server: 'http://127.0.0.1:8001' }), { env: {} })
    assert.equal(access.server, 'http://127.0.0.1:8001')
    assert.equal(await access.credentials.authorization(), undefined)
    assert.equal(access.credentials.renew(), false)
  })

  it('useServiceAccount adds the token file if it can be read', async () => {
    const options = sourceOptions({ server: 'https://api.example.test', useServiceAccount: true })
    const withToken = await resolveAccess(options, pod())
    assert.equal(await withToken.credentials.authorization(), 'Bearer pod-token')
    const without = await resolveAccess(options, pod({}))
    assert.equal(await without.credentials.authorization(), undefined)
  })
})

describe('a kubeconfig', () => {
  const user = (lines: string): string => `
apiVersion: v1
kind: Config
current-context: dev
contexts:
- name: other
  context: {cluster: nowhere, user: nobody}
- name: dev
  context:
    cluster: c1
    user: u1
clusters:
- name: c1
  cluster:
    server: https://api.example.test:6443
users:
- name: u1
  user:
${lines
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
`
  const resolveFile = (
    content: string,
    files: Readonly<Record<string, string>> = {},
    over: Parameters<typeof sourceOptions>[0] = {},
  ): Promise<ClusterAccess> => {
    const path = directory({ config: content, ...files })
    return resolveAccess(sourceOptions({ kubeconfig: join(path, 'config'), ...over }), {
      env: {},
      clock: fakeClock(),
    })
  }

  it('gives the current context', async () => {
    const access = await resolveFile(user('token: abc'))
    assert.equal(access.server, 'https://api.example.test:6443')
    assert.equal(await access.credentials.authorization(), 'Bearer abc')
  })

  it('is looked for in the home directory if neither it nor a server is given', async () => {
    const homeDirectory = directory({ '.kube/config': user('token: home') })
    const access = await resolveAccess(sourceOptions(), { env: {}, homeDirectory })
    assert.equal(await access.credentials.authorization(), 'Bearer home')
  })

  it('is not taken from KUBECONFIG, as the original does not', async () => {
    const homeDirectory = directory({ '.kube/config': user('token: home') })
    const elsewhere = join(directory({ config: user('token: elsewhere') }), 'config')
    const access = await resolveAccess(sourceOptions(), { env: { KUBECONFIG: elsewhere }, homeDirectory })
    assert.equal(await access.credentials.authorization(), 'Bearer home')
  })

  it('names the server whatever the argument names, and says so', async () => {
    const access = await resolveFile(user('token: abc'), {}, { server: 'https://other.example.test' })
    assert.equal(access.server, 'https://api.example.test:6443')
    assert.match(access.warnings.join(), /other\.example\.test.*is not used/)
  })

  it('keeps a path of the server: a cluster behind a gateway', async () => {
    const access = await resolveFile(user('token: a').replace('test:6443', 'test/k8s/clusters/c-1/'))
    assert.equal(access.server, 'https://api.example.test/k8s/clusters/c-1')
  })

  it('a server without a scheme is http, or https where TLS is configured', async () => {
    const plain = user('token: a').replace('https://api', 'api')
    assert.equal((await resolveFile(plain)).server, 'http://api.example.test:6443')
    const secure = plain.replace('test:6443', 'test:6443\n    insecure-skip-tls-verify: true')
    assert.equal((await resolveFile(secure)).server, 'https://api.example.test:6443')
  })

  it('a token of digits stays as it is written', async () => {
    const access = await resolveFile(user('token: 0123456789012345678901234567890'))
    assert.equal(await access.credentials.authorization(), 'Bearer 0123456789012345678901234567890')
  })

  it('a token file is found beside the kubeconfig and wins over a token', async () => {
    const access = await resolveFile(user('token: abc\ntokenFile: secret/token'), {
      'secret/token': 'from-file\n',
    })
    assert.equal(await access.credentials.authorization(), 'Bearer from-file')
    assert.equal(access.credentials.renew(), true)
  })

  it('a name and password', async () => {
    const access = await resolveFile(user('username: ann\npassword: "pä:ss"'))
    const expected = `Basic ${Buffer.from('ann:pä:ss').toString('base64')}`
    assert.equal(await access.credentials.authorization(), expected)
  })

  it('a user who acts as another', async () => {
    const access = await resolveFile(user('token: a\nas: robot\nas-groups: [g1, g2]\nas-uid: "7"'))
    assert.deepEqual(access.headers, {
      'Impersonate-User': 'robot',
      'Impersonate-Uid': '7',
      'Impersonate-Group': ['g1', 'g2'],
    })
  })

  it('skips the verification if it says so, or the argument does', async () => {
    const says = user('token: a').replace('6443', '6443\n    insecure-skip-tls-verify: true')
    assert.equal((await resolveFile(says)).tls.verify, false)
    assert.equal((await resolveFile(user('token: a'))).tls.verify, true)
    assert.equal((await resolveFile(user('token: a'), {}, { insecure: true })).tls.verify, false)
  })

  it('names what the certificate must be for', async () => {
    const access = await resolveFile(
      user('token: a').replace('6443', '6443\n    tls-server-name: api.internal'),
    )
    assert.deepEqual(access.tls.names, ['api.internal'])
  })

  it('may be written as JSON', async () => {
    const access = await resolveFile(
      JSON.stringify({
        'current-context': 'a',
        contexts: [{ name: 'a', context: { cluster: 'b', user: 'c' } }],
        clusters: [{ name: 'b', cluster: { server: 'https://json.example.test' } }],
        users: [{ name: 'c', user: { token: 't' } }],
      }),
    )
    assert.equal(access.server, 'https://json.example.test')
  })

  it('needs no user', async () => {
    const access = await resolveFile(user('{}').replace('    user: u1\n', ''))
    assert.equal(await access.credentials.authorization(), undefined)
  })

  describe('that cannot be used', () => {
    const cases: readonly [string, string, RegExp, number | undefined][] = [
      ['is no YAML', 'a: [1\nb: "secret-token', /no YAML/, 2],
      ['is empty', '', /empty/, undefined],
      ['has no current context', user('{}').replace('current-context: dev', ''), /no current-context/, 2],
      [
        'names a context that is not there',
        user('{}').replace('t: dev', 't: prod'),
        /no context is named "prod"/,
        4,
      ],
      [
        'names a cluster that is not there',
        user('{}').replace('cluster: c1', 'cluster: c9'),
        /no cluster is named "c9"/,
        10,
      ],
      [
        'names a user that is not there',
        user('{}').replace('user: u1', 'user: u9'),
        /no user is named "u9"/,
        11,
      ],
      ['has no server', user('{}').replace(/server: .*/, 'x: y'), /no server/, 15],
      ['has a server that is no URL', user('{}').replace('https://api', 'ftp://api'), /no URL/, 15],
      ['runs a program of another API', user('exec:\n  command: aws'), /apiVersion of exec/, 20],
      ['has an auth provider', user('auth-provider:\n  name: gcp'), /program \(auth-provider\)/, 20],
      [
        'goes through a proxy that speaks something else',
        user('{}').replace('6443', '6443\n    proxy-url: socks5://secret-token@proxy.example.test'),
        /speaks socks5/,
        16,
      ],
      [
        'has a proxy-url without a scheme',
        user('{}').replace('6443', '6443\n    proxy-url: proxy.example.test:3128'),
        /no URL of a proxy/,
        16,
      ],
      [
        'names a CA that is not there',
        user('{}').replace('6443', '6443\n    certificate-authority: ca.crt'),
        /ca\.crt does not exist/,
        16,
      ],
      [
        'has CA data that is no PEM',
        user('{}').replace('6443', '6443\n    certificate-authority-data: c2VjcmV0LXRva2Vu'),
        /no PEM/,
        16,
      ],
      ['names a token file that is not there', user('tokenFile: nowhere'), /nowhere does not exist/, 19],
      [
        'has a certificate without a key',
        user(`client-certificate-data: ${btoa(caPem)}`),
        /only together/,
        19,
      ],
    ]
    for (const [what, content, expected, lineNumber] of cases) {
      it(what, async () => {
        const problem = await problemOf(resolveFile(content))
        assert.match(problem.what, expected)
        const place = /config(?::(\d+))?$/.exec(problem.where)
        assert.ok(place, problem.where)
        assert.equal(place[1] === undefined ? undefined : Number(place[1]), lineNumber)
        assert.ok(problem.remedy.length > 0)
        assert.ok(!problem.message.includes('secret-token'))
        assert.ok(!problem.message.includes('c2VjcmV0'))
      })
    }

    it('does not exist', async () => {
      const problem = await problemOf(
        resolveAccess(sourceOptions({ kubeconfig: '/nowhere/config' }), { env: {} }),
      )
      assert.equal(problem.where, '/nowhere/config')
      assert.match(problem.what, /does not exist/)
    })

    it('has a certificate that OpenSSL does not read', async () => {
      const broken = user('{}').replace('6443', `6443\n    certificate-authority-data: ${btoa(caPem)}`)
      assert.match((await problemOf(resolveFile(broken))).what, /cannot be used/)
    })
  })
})
