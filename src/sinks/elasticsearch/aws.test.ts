/** Signatures of AWS: against what AWS publishes, and where keys come from. */
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { systemClock } from '../../domain/clock.ts'
import type { HttpRequest } from '../../sink-kit/http-client.ts'
import { occurrenceOf, podEvent } from '../../sink-kit/testing/sink-world.ts'
import type { Received } from '../../sink-kit/testing/http-receiver.ts'
import { awsCredentials } from './aws-credentials.ts'
import type { AwsWorld } from './aws-credentials.ts'
import { hasAwsKeys, isAwsHost, scopeOf } from './aws-sign.ts'
import { withEngine } from './testing/run.ts'

const { signal } = new AbortController()
const keys = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}

/** The signature of a request, recomputed from what arrived as AWS describes it. */
function signatureOf(request: Received, secret: string): string {
  const { headers } = request
  const [, scope = '', signedHeaders = ''] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+),/.exec(headers.authorization ?? '') ?? []
  const canonical = [
    request.method,
    request.target.split('?')[0],
    request.target.split('?')[1] ?? '',
    ...signedHeaders.split(';').map((name) => `${name}:${String(headers[name])}`),
    '',
    signedHeaders,
    createHash('sha256').update(request.body).digest('hex'),
  ].join('\n')
  const text = [
    'AWS4-HMAC-SHA256',
    String(headers['x-amz-date']),
    scope,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n')
  const [day = '', region = '', service = '', end = ''] = scope.split('/')
  const key = [day, region, service, end].reduce<string | Buffer>(
    (by, part) => createHmac('sha256', by).update(part).digest(),
    `AWS4${secret}`,
  )
  return createHmac('sha256', key).update(text).digest('hex')
}

describe('a signature', () => {
  it('is derived as AWS publishes it', async () => {
    // The example of deriving a signing key in AWS's reference of Signature Version 4: its values, our recomputation.
    const derived = ['20120215', 'us-east-1', 'iam', 'aws4_request'].reduce<string | Buffer>(
      (by, part) => createHmac('sha256', by).update(part).digest(),
      `AWS4${keys.AWS_SECRET_ACCESS_KEY}`,
    )
    assert.equal(
      Buffer.from(derived).toString('hex'),
      'f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d',
    )
  })

  it('is on each request, for its body, and the server comes to the same', async () => {
    await withEngine(
      '&sigv4=1',
      { env: { ...keys, AWS_SESSION_TOKEN: 'session' } },
      async ({ sink, receiver }) => {
        assert.equal((await sink.send([occurrenceOf(podEvent(1, 'm\u4e2d'))], signal))[0]?.kind, 'delivered')
        assert.ok(receiver.requests.length >= 4)
        for (const request of receiver.requests) {
          const { authorization = '' } = request.headers
          const signature = signatureOf(request, keys.AWS_SECRET_ACCESS_KEY)
          assert.match(authorization, /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//)
          assert.match(
            authorization,
            /SignedHeaders=[^,]*host;x-amz-content-sha256;x-amz-date;x-amz-security-token,/,
          )
          assert.ok(authorization.endsWith(`Signature=${signature}`), `${request.method} ${request.target}`)
          assert.equal(request.headers['x-amz-security-token'], 'session')
        }
      },
    )
  })

  it('is made by itself where the environment has keys of AWS, unless a user is named for another host', async () => {
    const authorizationOf = async (query: string, env: Readonly<Record<string, string>>) => {
      let authorization: string | undefined
      await withEngine(query, { env }, async ({ sink, receiver }) => {
        await sink.send([occurrenceOf(podEvent(1))], signal)
        authorization = receiver.requests[0]?.headers.authorization
      })
      return authorization
    }
    assert.match((await authorizationOf('', keys)) ?? '', /^AWS4-HMAC-SHA256/)
    assert.equal(await authorizationOf('', {}), undefined)
    assert.match((await authorizationOf('&esUserName=a&esUserSecret=b', keys)) ?? '', /^Basic/)
    assert.match((await authorizationOf('&esUserName=a&esUserSecret=b&sigv4=1', keys)) ?? '', /^AWS4/)
  })

  for (const [url, env, scope] of [
    ['https://search-x-1.eu-west-1.es.amazonaws.com', {}, 'es eu-west-1'],
    ['https://x.us-east-1.aoss.amazonaws.com:443', {}, 'aoss us-east-1'],
    ['https://search-x.cn-north-1.es.amazonaws.com.cn', {}, 'es cn-north-1'],
    ['https://events.example.test', { AWS_REGION: 'eu-north-1' }, 'es eu-north-1'],
    ['https://events.example.test', { AWS_DEFAULT_REGION: 'eu-north-1' }, 'es eu-north-1'],
    ['https://events.example.test', {}, 'es us-east-1'],
  ] as const) {
    it(`at ${url} is for ${scope}`, () => {
      const { service, region } = scopeOf(url, env)
      assert.equal(`${service} ${region}`, scope)
      assert.equal(isAwsHost(url), url.includes('amazonaws'))
    })
  }

  it('is wanted by any of the keys', () => {
    assert.ok(hasAwsKeys({ AWS_SECRET_KEY: 'x' }))
    assert.ok(!hasAwsKeys({ AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: '' }))
  })
})

interface Endpoint {
  readonly url: string
  readonly body: string | (() => string)
}

function worldOf(
  env: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
  endpoints: readonly Endpoint[] = [],
): AwsWorld & { readonly asked: readonly HttpRequest[]; at(ms: number): void } {
  const asked: HttpRequest[] = []
  let nowMs = Date.UTC(2024, 4, 6)
  return {
    asked,
    at: (ms) => (nowMs = ms),
    env: { HOME: '/home/events', ...env },
    clock: { ...systemClock, wallMs: () => nowMs },
    signal,
    read: (path) => {
      const text = files[path]
      return text === undefined ? Promise.reject(new Error(`no ${path}`)) : Promise.resolve(text)
    },
    ask: (origin, request) => {
      asked.push(request)
      const endpoint = endpoints.find(({ url }) => url === `${request.method} ${origin}${request.path}`)
      if (!endpoint) return Promise.reject(new Error(`nobody answers at ${origin}`))
      return Promise.resolve(typeof endpoint.body === 'string' ? endpoint.body : endpoint.body())
    },
  }
}

const role = (id: string, ends: string): string =>
  JSON.stringify({ AccessKeyId: id, SecretAccessKey: 'sk', Token: 'st', Expiration: ends })

describe('keys', () => {
  it('stand in the environment, under either name', async () => {
    assert.deepEqual(await awsCredentials(worldOf({ ...keys, AWS_SESSION_TOKEN: 't' })).get(), {
      accessKeyId: keys.AWS_ACCESS_KEY_ID,
      secretAccessKey: keys.AWS_SECRET_ACCESS_KEY,
      sessionToken: 't',
    })
    const old = await awsCredentials(worldOf({ AWS_ACCESS_KEY: 'a', AWS_SECRET_KEY: 'b' })).get()
    assert.deepEqual(old, { accessKeyId: 'a', secretAccessKey: 'b' })
  })

  it('are given for the token of a service account', async () => {
    const env = {
      AWS_WEB_IDENTITY_TOKEN_FILE: '/token',
      AWS_ROLE_ARN: 'arn:aws:iam::1:role/events',
      AWS_REGION: 'eu-west-1',
    }
    const answer = JSON.stringify({
      AssumeRoleWithWebIdentityResponse: {
        AssumeRoleWithWebIdentityResult: {
          Credentials: {
            AccessKeyId: 'A',
            SecretAccessKey: 'S',
            SessionToken: 'T',
            Expiration: 1_715_000_000,
          },
        },
      },
    })
    const world = worldOf(env, { '/token': 'jwt\n' }, [
      { url: 'POST https://sts.eu-west-1.amazonaws.com/', body: answer },
    ])
    assert.deepEqual(await awsCredentials(world).get(), {
      accessKeyId: 'A',
      secretAccessKey: 'S',
      sessionToken: 'T',
      endsAtMs: 1_715_000_000_000,
    })
    const body = new URLSearchParams(world.asked[0]?.body?.toString('utf8'))
    assert.equal(body.get('WebIdentityToken'), 'jwt')
    assert.equal(body.get('Action'), 'AssumeRoleWithWebIdentity')
  })

  it('stand in the shared file, in the profile’s section', async () => {
    const file =
      '[default]\naws_access_key_id = D\naws_secret_access_key = d\n\n# other\n[prod]\naws_access_key_id=P\n' +
      'aws_secret_access_key=p\naws_session_token = t\n'
    const files = { '/home/events/.aws/credentials': file }
    assert.equal((await awsCredentials(worldOf({}, files)).get()).accessKeyId, 'D')
    assert.deepEqual(await awsCredentials(worldOf({ AWS_PROFILE: 'prod' }, files)).get(), {
      accessKeyId: 'P',
      secretAccessKey: 'p',
      sessionToken: 't',
    })
  })

  it('are the container’s role’s', async () => {
    const env = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/x', AWS_CONTAINER_AUTHORIZATION_TOKEN: 'auth' }
    const world = worldOf(env, {}, [
      { url: 'GET http://169.254.170.2/v2/x', body: role('C', '2024-05-06T06:00:00Z') },
    ])
    assert.equal((await awsCredentials(world).get()).accessKeyId, 'C')
    assert.deepEqual(world.asked[0]?.headers, [['Authorization', 'auth']])
  })

  it('are the machine’s role’s, and fetched anew before they end', async () => {
    const roles = '/latest/meta-data/iam/security-credentials/'
    let fetched = 0
    const ends = Date.UTC(2024, 4, 6, 6)
    const world = worldOf({}, {}, [
      { url: 'PUT http://169.254.169.254/latest/api/token', body: 'tok' },
      { url: `GET http://169.254.169.254${roles}`, body: 'events\n' },
      {
        url: `GET http://169.254.169.254${roles}events`,
        body: () => role(`M${++fetched}`, new Date(ends).toISOString()),
      },
    ])
    const credentials = awsCredentials(world)
    assert.equal((await credentials.get()).accessKeyId, 'M1')
    assert.deepEqual(world.asked[1]?.headers, [['X-aws-ec2-metadata-token', 'tok']])
    world.at(ends - 301_000)
    assert.equal((await credentials.get()).accessKeyId, 'M1')
    world.at(ends - 300_000)
    const both = await Promise.all([credentials.get(), credentials.get()])
    assert.deepEqual(
      both.map(({ accessKeyId }) => accessKeyId),
      ['M2', 'M2'],
    )
  })

  it('that are nowhere are told of, with what to do; nothing is sent', async () => {
    await assert.rejects(
      awsCredentials(worldOf({})).get(),
      /no keys for AWS: none in AWS_ACCESS_KEY_ID.*do without `sigv4`/,
    )
    const env = { AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent' }
    await withEngine('&sigv4=1', { env }, async ({ sink, receiver }) => {
      const [outcome] = await sink.send([occurrenceOf(podEvent(1))], signal)
      assert.ok(outcome?.kind === 'retry' && outcome.reason === 'refused')
      assert.match(outcome.detail ?? '', /no keys for AWS/)
      assert.equal(receiver.requests.length, 0)
    })
  })
})
