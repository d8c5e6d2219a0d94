/** One ConfigMap, watched: what is told of it, and what is asked of the API server, whatever that answers. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { openApiClient } from './api-client.ts'
import { resolveAccess } from './auth.ts'
import { FORBIDDEN_RETRY_MS, watchConfigMap, type ConfigMapState } from './configmap-watch.ts'
import { status } from './testing/events.ts'
import { fakeClock } from './testing/fake-clock.ts'
import { fakeTelemetry } from './testing/fake-telemetry.ts'
import { sourceOptions } from './testing/running-source.ts'
import { startScriptedApiServer, type ReceivedRequest } from './testing/scripted-api-server.ts'

const path = '/api/v1/namespaces/ops/configmaps'

function configMap(version: number, data?: Readonly<Record<string, string>>) {
  return { kind: 'ConfigMap', metadata: { name: 'body', resourceVersion: `${version}` }, data }
}

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`
}

async function start(test: TestContext) {
  const api = await startScriptedApiServer()
  const clock = fakeClock()
  const access = await resolveAccess(sourceOptions({ server: api.url }), { env: {}, clock })
  const client = await openApiClient(access, clock)
  const states: ConfigMapState[] = []
  const takers: (() => void)[] = []
  const telemetry = fakeTelemetry()
  const watch = watchConfigMap({
    configMap: { namespace: 'ops', name: 'body' },
    client: async () => client,
    log: telemetry.log,
    clock,
    random: () => 0,
    tell: (state) => {
      states.push(state)
      for (const take of takers.splice(0)) take()
    },
  })
  test.after(async () => {
    await watch.stop()
    client.close()
    assert.deepEqual(clock.pending(), [], 'timers that nobody cancelled')
    await api.close()
  })
  return {
    api,
    clock,
    telemetry,
    states,
    /** The state number `count`, from 1. */
    told: async (count: number): Promise<ConfigMapState | undefined> => {
      while (states.length < count) await new Promise<void>((resolve) => takers.push(resolve))
      return states[count - 1]
    },
    read: async (): Promise<ReceivedRequest> => {
      const request = await api.next()
      assert.equal(request.url, `${path}/body`)
      return request
    },
    watched: async (from: string | null): Promise<ReceivedRequest> => {
      const request = await api.next()
      assert.equal(request.path, path)
      assert.equal(request.query.get('watch'), '1')
      assert.equal(request.query.get('fieldSelector'), 'metadata.name=body')
      assert.equal(request.query.get('resourceVersion'), from)
      return request
    },
  }
}

describe('a ConfigMap', () => {
  it('is read, and watched from what was read; each change is told once', async (test) => {
    const { read, watched, told, states } = await start(test)
    ;(await read()).json(200, configMap(7, { content: 'one' }))
    assert.deepEqual(await told(1), { kind: 'content', content: 'one' })
    const watch = await watched('7')
    watch.open()
    watch.send(line('MODIFIED', configMap(8, { content: 'one', other: 'x' })))
    watch.send(line('MODIFIED', { ...configMap(9, { content: 'foreign' }), metadata: { name: 'other' } }))
    watch.send('no JSON\n')
    watch.send(line('MODIFIED', configMap(9, { content: 'two' })))
    assert.deepEqual(await told(2), { kind: 'content', content: 'two' })
    watch.send(line('MODIFIED', configMap(10, { body: 'x' })))
    assert.deepEqual(await told(3), { kind: 'no-content' })
    watch.send(line('DELETED', configMap(11)))
    assert.deepEqual(await told(4), { kind: 'missing' })
    watch.send(line('ADDED', configMap(12, { content: 'three' })))
    assert.deepEqual(await told(5), { kind: 'content', content: 'three' })
    assert.equal(states.length, 5)
  })

  it('that is not there is watched for: a watch without a version tells what has come meanwhile', async (test) => {
    const { read, watched, told } = await start(test)
    ;(await read()).json(404, status(404, 'NotFound', 'no'))
    assert.deepEqual(await told(1), { kind: 'missing' })
    const watch = await watched(null)
    watch.open()
    watch.send(line('ADDED', configMap(9, { content: 'new' })))
    assert.deepEqual(await told(2), { kind: 'content', content: 'new' })
  })

  it('is read anew when its watch ends, breaks or has expired', async (test) => {
    const { read, watched, told, clock } = await start(test)
    ;(await read()).json(200, configMap(7, { content: 'one' }))
    const ended = await watched('7')
    ended.open()
    ended.end()
    ;(await read()).json(200, configMap(8, { content: 'two' }))
    assert.deepEqual(await told(2), { kind: 'content', content: 'two' })
    const expired = await watched('8')
    expired.open()
    expired.send(line('ERROR', status(410, 'Expired', 'too old')))
    clock.advance(await clock.scheduled((afterMs) => afterMs < 1_000))
    ;(await read()).json(200, configMap(9, { content: 'three' }))
    assert.deepEqual(await told(3), { kind: 'content', content: 'three' })
    const broken = await watched('9')
    broken.reset()
    clock.advance(await clock.scheduled((afterMs) => afterMs < 2_000))
    ;(await read()).json(200, configMap(10, { content: 'four' }))
    assert.deepEqual(await told(4), { kind: 'content', content: 'four' })
    ;(await watched('10')).open()
  })

  it('that cannot be read now is tried again, more and more seldom', async (test) => {
    const { read, watched, told, clock } = await start(test)
    ;(await read()).json(500, status(500, 'InternalError', 'etcd is away'))
    const state = await told(1)
    assert.ok(state?.kind === 'unavailable')
    assert.match(state.detail, /etcd is away/)
    clock.advance(await clock.scheduled((afterMs) => afterMs < 1_000))
    ;(await read()).reset()
    assert.equal((await told(2))?.kind, 'unavailable')
    clock.advance(await clock.scheduled((afterMs) => afterMs === 500))
    ;(await read()).json(200, configMap(7, { content: 'one' }))
    assert.deepEqual(await told(3), { kind: 'content', content: 'one' })
    ;(await watched('7')).open()
  })

  it('that is forbidden is tried again every 30 s, and the rule to add is told', async (test) => {
    const { read, watched, told, clock } = await start(test)
    ;(await read()).json(403, status(403, 'Forbidden', 'cannot get configmaps'))
    const state = await told(1)
    assert.ok(state?.kind === 'forbidden')
    assert.equal(
      state.rule,
      `add this rule to a Role in namespace "ops" that is bound to this program's account:
- apiGroups: [""]
  resources: ["configmaps"]
  resourceNames: ["body"]
  verbs: ["get", "watch"]`,
    )
    clock.advance(await clock.scheduled((afterMs) => afterMs === FORBIDDEN_RETRY_MS))
    ;(await read()).json(200, configMap(7, { content: 'one' }))
    assert.deepEqual(await told(2), { kind: 'content', content: 'one' })
    ;(await watched('7')).open()
  })

  it('that may be read and not watched is read every 30 s, and that is said once', async (test) => {
    const { read, watched, told, clock, telemetry } = await start(test)
    for (const version of [7, 8]) {
      ;(await read()).json(200, configMap(version, { content: `${version}` }))
      ;(await watched(`${version}`)).json(403, status(403, 'Forbidden', 'cannot watch'))
      clock.advance(await clock.scheduled((afterMs) => afterMs === FORBIDDEN_RETRY_MS))
    }
    ;(await read()).json(200, configMap(9, { content: '9' }))
    assert.deepEqual(await told(3), { kind: 'content', content: '9' })
    ;(await watched('9')).open()
    const said = telemetry.logged.filter((text) => text.includes('may not be watched'))
    assert.equal(said.length, 1)
  })
})
