/** Where keys come from, in which order, and when they are looked for again. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Clock } from '../../domain/clock.ts'
import { systemClock } from '../../domain/clock.ts'
import { sinkWorld } from '../testing/sink-world.ts'
import { CloudError } from './ask.ts'
import type { AlibabaCredentialSource, CredentialOptions } from './credentials.ts'
import { alibabaCredentials } from './credentials.ts'
import { metadataService } from './metadata.ts'
import type { CloudKeys, CloudOptions, TestCloud } from './testing/cloud.ts'
import { serviceAccountToken, startCloud } from './testing/cloud.ts'

const hourMs = 3_600_000
const startMs = Date.UTC(2024, 4, 6, 9)

interface Time {
  readonly clock: Clock
  pass(ms: number): void
}

/** A clock that stands still; its timers are real. */
function standingClock(): Time {
  let nowMs = startMs
  const clock: Clock = { ...systemClock, wallMs: () => nowMs, monotonicMs: () => nowMs }
  return { clock, pass: (ms) => void (nowMs += ms) }
}

function keysOf(id: string, endsAtMs = startMs + hourMs): CloudKeys {
  return { id, secret: `${id}-secret`, token: `${id}-token`, endsAtMs }
}

interface Setting {
  readonly cloud: TestCloud
  readonly time: Time
  readonly logged: readonly string[]
  source(env: Readonly<Record<string, string>>, more?: Partial<CredentialOptions>): AlibabaCredentialSource
}

async function withCloud(options: CloudOptions, use: (setting: Setting) => Promise<void>): Promise<void> {
  const cloud = await startCloud(options)
  const time = standingClock()
  const world = sinkWorld(1)
  try {
    await use({
      cloud,
      time,
      logged: world.logged,
      source: (env, more = {}) =>
        alibabaCredentials({
          region: () => undefined,
          internal: true,
          env,
          clock: time.clock,
          log: world.context.log,
          signal: world.context.signal,
          tokenConfigPath: cloud.tokenConfigPath,
          ...more,
        }),
    })
  } finally {
    await cloud.close()
  }
}

const everyone: CloudOptions = { nodeKeys: () => keysOf('node'), accountKeys: () => keysOf('account') }

describe('keys for Alibaba Cloud', () => {
  it('come from options, variables, the mounted token, the service account and the node, in this order', async () => {
    await withCloud(everyone, async ({ cloud, source }) => {
      cloud.mountToken(keysOf('mounted'))
      const roles = { ...cloud.metadataEnv, ...cloud.serviceAccountEnv }
      const variables = { ...roles, AccessKeyId: 'variable', AccessKeySecret: 'variable-secret' }
      const idOf = async (from: AlibabaCredentialSource): Promise<string> => (await from.get()).accessKeyId
      const options = { accessKeyId: 'option', accessKeySecret: 'option-secret' }
      assert.equal(await idOf(source(variables, options)), 'option')
      assert.equal(await idOf(source(variables)), 'variable')
      assert.equal(await idOf(source(roles)), 'mounted')
      const tokenConfigPath = '/nowhere/token-config'
      assert.equal(await idOf(source(roles, { tokenConfigPath })), 'account')
      assert.equal(await idOf(source(cloud.metadataEnv, { tokenConfigPath })), 'node')
    })
  })

  it('may come half from an option and half from a variable, and count only together', async () => {
    await withCloud(everyone, async ({ cloud, source }) => {
      const env = { ...cloud.metadataEnv, AccessKeySecret: 's' }
      assert.deepEqual(await source(env, { accessKeyId: 'i' }).get(), {
        accessKeyId: 'i',
        accessKeySecret: 's',
      })
      assert.equal((await source(env).get()).accessKeyId, 'node')
      // An option that is empty takes the variable's place, as in the original.
      assert.equal(
        (await source({ ...env, AccessKeyId: 'v' }, { accessKeyId: '' }).get()).accessKeyId,
        'node',
      )
    })
  })

  it('have token and end, wherever they were given for a time', async () => {
    await withCloud(everyone, async ({ cloud, source }) => {
      cloud.mountToken(keysOf('mounted'))
      const tokenConfigPath = '/nowhere/token-config'
      for (const [id, from] of [
        ['mounted', source({})],
        ['account', source(cloud.serviceAccountEnv, { tokenConfigPath })],
        ['node', source(cloud.metadataEnv, { tokenConfigPath })],
      ] as const) {
        assert.deepEqual(await from.get(), {
          accessKeyId: id,
          accessKeySecret: `${id}-secret`,
          securityToken: `${id}-token`,
          endsAtMs: startMs + hourMs,
        })
      }
    })
  })

  it('are asked of a metadata service with tokens, or without where it knows none', async () => {
    await withCloud(everyone, async ({ cloud, source }) => {
      await source(cloud.metadataEnv).get()
      assert.deepEqual(cloud.asked, [
        'PUT /latest/api/token',
        'GET /latest/meta-data/ram/security-credentials/',
        'PUT /latest/api/token',
        'GET /latest/meta-data/ram/security-credentials/KubernetesWorkerRole-1',
      ])
    })
    await withCloud({ ...everyone, tokens: 'unknown' }, async ({ cloud, source, time }) => {
      assert.equal((await source(cloud.metadataEnv).get()).accessKeyId, 'node')
      const env = { ...cloud.metadataEnv, ALIBABA_CLOUD_IMDSV2_DISABLED: 'true' }
      const service = metadataService({ env, clock: time.clock, signal: new AbortController().signal })
      assert.equal(await service.region(), 'cn-test')
      assert.equal(await service.ownerAccountId(), '1234567890123456')
      assert.ok(!cloud.asked.slice(-2).includes('PUT /latest/api/token'))
    })
  })

  it('are found by one search, whoever asks meanwhile', async () => {
    await withCloud(everyone, async ({ cloud, source }) => {
      const from = source(cloud.serviceAccountEnv)
      const found = await Promise.all([from.get(), from.get(), from.get()])
      assert.equal(new Set(found).size, 1)
      assert.deepEqual(cloud.asked, ['AssumeRoleWithOIDC'])
    })
  })
})

describe('keys that end', () => {
  it('are kept until five minutes before, then renewed while those at hand go on', async () => {
    let count = 0
    const accountKeys = (): CloudKeys => keysOf(`account-${++count}`, startMs + count * hourMs)
    await withCloud({ accountKeys }, async ({ cloud, source, time }) => {
      const from = source(cloud.serviceAccountEnv)
      const first = await from.get()
      time.pass(hourMs - 301_000)
      assert.equal(await from.get(), first)
      assert.equal(count, 1)
      time.pass(2_000)
      cloud.hang(true)
      // Nobody waits for those that follow.
      assert.equal(await from.get(), first)
      assert.equal(await from.get(), first)
      await cloudAsked(cloud, 2)
      assert.equal(cloud.asked.length, 2)
    })
  })

  it('are not used any more when they have ended', async () => {
    let count = 0
    const accountKeys = (): CloudKeys => keysOf(`account-${++count}`, startMs + count * hourMs)
    await withCloud({ accountKeys }, async ({ cloud, source, time }) => {
      const from = source(cloud.serviceAccountEnv)
      await from.get()
      time.pass(hourMs + 1)
      assert.equal((await from.get()).accessKeyId, 'account-2')
    })
  })

  it('are read again from the mounted file, which the cluster writes anew', async () => {
    await withCloud({}, async ({ cloud, source, time }) => {
      cloud.mountToken(keysOf('old'))
      const from = source({})
      assert.equal((await from.get()).accessKeyId, 'old')
      cloud.mountToken(keysOf('new', startMs + 2 * hourMs))
      assert.equal((await from.get()).accessKeyId, 'old')
      time.pass(hourMs)
      assert.equal((await from.get()).accessKeyId, 'new')
    })
  })

  it('and those that were refused are looked for again, but not at every refusal', async () => {
    let count = 0
    await withCloud({ accountKeys: () => keysOf(`account-${++count}`) }, async ({ cloud, source, time }) => {
      const from = source(cloud.serviceAccountEnv)
      const first = await from.get()
      assert.equal(from.refused(first), false)
      time.pass(60_000)
      assert.equal(from.refused(first), true)
      const second = await from.get()
      assert.equal(second.accessKeyId, 'account-2')
      // Whoever was refused with the first has the second now.
      assert.equal(from.refused(first), true)
      assert.equal(from.refused(second), false)
    })
  })

  it("are never a user's own", async () => {
    await withCloud({}, async ({ source, time }) => {
      const from = source({ AccessKeyId: 'i', AccessKeySecret: 's' })
      const own = await from.get()
      time.pass(60_000)
      assert.equal(from.refused(own), false)
      assert.equal(await from.get(), own)
    })
  })
})

describe('keys that are nowhere', () => {
  it('are told with each place where they were looked for, and looked for again', async () => {
    let account: CloudKeys | undefined
    await withCloud({ nodeKeys: () => account }, async ({ cloud, source }) => {
      cloud.mountText('{"access.key.id": "AAAA", "keyring": "short"}')
      const env = { ...cloud.metadataEnv, ...cloud.serviceAccountEnv }
      const from = source(env)
      await assert.rejects(from.get(), (error: unknown) => {
        assert.ok(error instanceof CloudError)
        assert.equal(error.isUnreachable, false)
        assert.match(error.message, /token-config has no `expiration`/)
        assert.match(error.message, /STS answered 400 AuthenticationFail\.OIDCToken\.Invalid/)
        assert.match(error.message, /knows no RAM role of this node/)
        assert.match(error.message, /give accessKeyId and accessKeySecret, or a role/)
        assert.ok(!error.message.includes(serviceAccountToken))
        return true
      })
      account = keysOf('node')
      assert.equal((await from.get()).accessKeyId, 'node')
    })
  })

  it('say that it may pass where nobody answered', async () => {
    await withCloud({}, async ({ cloud, source }) => {
      const env = cloud.metadataEnv
      await cloud.close()
      await assert.rejects(
        source(env).get(),
        (error: unknown) => error instanceof CloudError && error.isUnreachable,
      )
    })
  })

  it('name a mounted file that its keyring does not open, and are taken from the next place', async () => {
    await withCloud(everyone, async ({ cloud, source, logged }) => {
      const half = { 'access.key.id': 'QUFBQQ==', 'access.key.secret': 'QQ==', 'security.token': 'QQ==' }
      const text = JSON.stringify({ ...half, expiration: '2024-05-06T10:00:00Z', keyring: '0'.repeat(32) })
      cloud.mountText(text)
      const from = source(cloud.metadataEnv)
      assert.equal((await from.get()).accessKeyId, 'node')
      assert.match(logged.join('\n'), /its keyring does not open `access\.key\.id`/)
    })
  })
})

async function cloudAsked(cloud: TestCloud, count: number): Promise<void> {
  while (cloud.asked.length < count) await new Promise((resolve) => setImmediate(resolve))
}
