/** Where the sink finds its project, with which keys, and through which proxy. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import { systemClock } from '../../domain/clock.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Sink } from '../../sink-kit/sink.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import type { CloudKeys } from '../../sink-kit/alibaba/testing/cloud.ts'
import { startCloud } from '../../sink-kit/alibaba/testing/cloud.ts'
import { startProxy } from '../../sink-kit/testing/forward-proxy.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../sink-kit/testing/sink-world.ts'
import { endpointIn, projectAt, regionOfEndpoint } from './endpoint.ts'
import sls, { openSls } from './index.ts'
import type { ServiceKey } from './testing/log-service.ts'
import { startLogService } from './testing/log-service.ts'
import { keys, withSink } from './testing/run.ts'

const never = new AbortController().signal
const one = [occurrenceOf(podEvent(1))]

function told([outcome]: readonly Outcome[]): string {
  if (!outcome) return 'nothing'
  return outcome.kind === 'delivered'
    ? outcome.kind
    : `${outcome.kind} ${outcome.reason}: ${outcome.detail ?? ''}`
}

describe('the address of a project', () => {
  it('follows from the region, inside the cloud or outside', () => {
    assert.equal(endpointIn('cn-hangzhou', true), 'https://cn-hangzhou-intranet.log.aliyuncs.com')
    assert.equal(endpointIn('cn-hangzhou', false), 'https://cn-hangzhou.log.aliyuncs.com')
  })

  it('is its name before the host of the endpoint, and the host itself where nobody resolves that', () => {
    const at = (endpoint: string): unknown => projectAt('shop', endpoint)
    assert.deepEqual(at('https://cn-x.log.aliyuncs.com/'), { url: 'https://shop.cn-x.log.aliyuncs.com' })
    // As in the original.
    assert.deepEqual(at('cn-x.log.aliyuncs.com'), { url: 'http://shop.cn-x.log.aliyuncs.com' })
    assert.deepEqual(at('http://10.0.0.7:8080'), { url: 'http://shop.10.0.0.7:8080', address: '10.0.0.7' })
    assert.deepEqual([at('ftp://x.example.test'), at('http://')], [undefined, undefined])
  })

  it('tells the region where it has one', () => {
    for (const [endpoint, region] of [
      ['https://cn-hangzhou-intranet.log.aliyuncs.com', 'cn-hangzhou'],
      ['cn-hangzhou.log.aliyuncs.com', 'cn-hangzhou'],
      ['https://ap-southeast-1-share.log.aliyuncs.com:443/', 'ap-southeast-1'],
      ['https://log-global.aliyuncs.com', undefined],
      ['http://10.0.0.7:8080', undefined],
      ['https://cn-hangzhou.log.aliyuncs.com.example.test', undefined],
    ] as const) {
      assert.equal(regionOfEndpoint(endpoint), region, endpoint)
    }
  })
})

describe('a project', () => {
  const open = async (
    options: string,
    env: Readonly<Record<string, string>>,
    use: (sink: Sink, logged: readonly string[]) => Promise<void>,
  ): Promise<void> => {
    const text = `sls:https://sls.aliyuncs.com?project=shop&logStore=events${options}`
    const { kit, own } = splitArgument(sinkArgument(text))
    const world = sinkWorld(1, env)
    const sink = await openSls(
      z.parse(sls.schema, sls.readArgument(own, kit).options),
      world.context,
      '/nowhere',
    )
    await use(sink, world.logged).finally(() => sink.close())
  }
  const key = `&accessKeyId=${keys.accessKeyId}&accessKeySecret=${keys.accessKeySecret}`

  it('is reached through the proxy of the environment, at the address of its region', async () => {
    const proxy = await startProxy(() => '', 502)
    const env = { HTTPS_PROXY: `http://${proxy.host}` }
    await open(`${key}&regionId=cn-test&internal=false`, env, async (sink) => {
      assert.match(told(await sink.send(one, never)), /retry unreachable: .*did not open the tunnel/)
    })
    await open(`${key}&regionId=cn-test`, { ...env, RegionId: 'cn-first' }, async (sink, logged) => {
      await sink.send(one, never)
      assert.match(logged.join('\n'), /the variable RegionId \(cn-first\) counts, not `regionId` \(cn-test\)/)
    })
    await open(key, { ...env, SLS_ENDPOINT: 'https://cn-other-intranet.log.aliyuncs.com' }, async (sink) => {
      await sink.send(one, never)
    })
    assert.deepEqual(proxy.asked, [
      'CONNECT shop.cn-test.log.aliyuncs.com:443',
      'CONNECT shop.cn-first-intranet.log.aliyuncs.com:443',
      'CONNECT shop.cn-other-intranet.log.aliyuncs.com:443',
    ])
    await proxy.close()
  })

  it('is written to at SLS_ENDPOINT, directly or through a proxy, signed for its name', async () => {
    const service = await startLogService({
      project: 'shop',
      logStore: 'events',
      region: 'cn-test',
      keys: { [keys.accessKeyId]: { secret: keys.accessKeySecret } },
    })
    const proxy = await startProxy(() => service.host)
    const env = { SLS_ENDPOINT: `http://${service.host}` }
    const ways: readonly Readonly<Record<string, string>>[] = [{}, { HTTP_PROXY: `http://${proxy.host}` }]
    for (const proxied of ways) {
      await open(`${key}&regionId=cn-test`, { ...env, ...proxied }, async (sink) => {
        assert.equal(told(await sink.send(one, never)), 'delivered')
      })
    }
    assert.deepEqual(proxy.asked, [`POST http://shop.${service.host}/logstores/events`])
    await proxy.close()
    await service.close()
  })

  it('is written to with the region and the role of the node, where nothing else is given', async () => {
    const cloud = await startCloud({
      nodeKeys: () => ({ id: 'STS.node', secret: 's', token: 't', endsAtMs: Date.now() + 3_600_000 }),
    })
    const service = await startLogService({
      project: 'shop',
      logStore: 'events',
      region: 'cn-test',
      keys: { 'STS.node': { secret: 's', token: 't' } },
    })
    const env = { ...cloud.metadataEnv, SLS_ENDPOINT: `http://${service.host}` }
    await open('', env, async (sink) => {
      assert.equal(told(await sink.send(one, never)), 'delivered')
      await sink.check(never)
    })
    await service.close()
    await cloud.close()
  })

  it('that cannot be found holds its events, says what is missing, and is looked for again', async () => {
    let hasRole = false
    const cloud = await startCloud({
      nodeKeys: () =>
        hasRole ? { id: 'STS.node', secret: 's', token: 't', endsAtMs: Date.now() + 3_600_000 } : undefined,
    })
    const nodeKey = { 'STS.node': { secret: 's', token: 't' } }
    const setting = { options: '&accessKeyId=', env: cloud.metadataEnv, service: { keys: nodeKey } }
    await withSink(setting, async ({ sink }) => {
      const text = told(await sink.send(one, never))
      assert.match(text, /retry refused: no keys for Alibaba Cloud: .*knows no RAM role.*give accessKeyId/)
      await assert.rejects(sink.check(never), /no keys for Alibaba Cloud/)
      hasRole = true
      assert.equal(told(await sink.send(one, never)), 'delivered')
    })
    await cloud.close()
  })

  it('whose region nobody tells says what to write', async () => {
    const cloud = await startCloud()
    await cloud.close()
    const env = { ...cloud.metadataEnv, SLS_ENDPOINT: 'http://10.0.0.7:1' }
    await open(key, env, async (sink) => {
      assert.match(
        told(await sink.send(one, never)),
        /unreachable: no region: .*; write regionId=cn-hangzhou/,
      )
    })
  })

  it('does not keep a send waiting for keys that do not come, nor a program that ends', async () => {
    const cloud = await startCloud()
    cloud.hang(true)
    await open('&regionId=cn-test', cloud.metadataEnv, async (sink) => {
      const slot = new AbortController()
      const sending = sink.send(one, slot.signal)
      while (cloud.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
      slot.abort()
      assert.match(told(await sending), /^retry timeout/)
    })
    await cloud.close()
  })
})

describe('keys that end before their time', () => {
  it('are changed for others within the same send', async () => {
    let count = 0
    const accountKeys = (): CloudKeys => {
      count += 1
      return { id: `STS.${count}`, secret: 's', token: 't', endsAtMs: Date.now() + 3_600_000 }
    }
    const cloud = await startCloud({ accountKeys })
    const known: Record<string, ServiceKey> = {
      'STS.1': { secret: 's', token: 't' },
      'STS.2': { secret: 's', token: 't' },
    }
    let passedMs = 0
    const clock = { ...systemClock, monotonicMs: () => performance.now() + passedMs }
    const setting = {
      options: '&accessKeyId=',
      env: cloud.serviceAccountEnv,
      service: { keys: known },
      clock,
    }
    await withSink(setting, async ({ sink, service }) => {
      assert.equal(told(await sink.send(one, never)), 'delivered')
      known['STS.1'] = { secret: 's', token: 't', hasEnded: true }
      passedMs = 60_000
      assert.equal(told(await sink.send(one, never)), 'delivered')
      assert.deepEqual(service.answered, ['POST v4 200', 'POST v4 401', 'POST v4 200'])
      // Those that follow are refused too: it is said, and not asked in a circle.
      known['STS.2'] = { secret: 's', token: 't', hasEnded: true }
      assert.match(told(await sink.send(one, never)), /^retry refused.*SecurityTokenExpired/)
    })
    await cloud.close()
  })
})
