/** What we ask before we need it, as a real API server was asked and answered. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mayAccess } from './access-review.ts'
import { openApiClient, type ApiClient } from './api-client.ts'
import { ApiFault } from './api-fault.ts'
import { resolveAccess } from './auth.ts'
import { recorded } from './testing/events.ts'
import { fakeClock } from './testing/fake-clock.ts'
import { sourceOptions } from './testing/running-source.ts'
import { startScriptedApiServer, type ScriptedApiServer } from './testing/scripted-api-server.ts'

async function open(): Promise<{ api: ScriptedApiServer; client: ApiClient; close(): Promise<void> }> {
  const api = await startScriptedApiServer()
  const clock = fakeClock()
  const access = await resolveAccess(sourceOptions({ server: api.url }), { env: {}, clock })
  const client = await openApiClient(access, clock)
  return {
    api,
    client,
    close: () => {
      client.close()
      return api.close()
    },
  }
}

describe('an access review', () => {
  const { signal } = new AbortController()

  it('asks and understands as recorded', async () => {
    const { api, client, close } = await open()
    const { request, response } = recorded('selfsubjectaccessreview')
    const allowed = mayAccess(client, { verb: 'watch', resource: 'events' }, signal)
    const received = await api.next()
    assert.equal(received.method, request.method)
    assert.equal(received.url, request.path)
    assert.deepEqual(JSON.parse(received.body), request.body)
    received.text(response.status, response.body)
    assert.equal(await allowed, true)
    await close()
  })

  it('names the namespace, and understands a no', async () => {
    const { api, client, close } = await open()
    const allowed = mayAccess(client, { verb: 'list', resource: 'events', namespace: 'shop' }, signal)
    const received = await api.next()
    assert.equal(JSON.parse(received.body).spec.resourceAttributes.namespace, 'shop')
    received.json(201, { status: { allowed: false } })
    assert.equal(await allowed, false)
    await close()
  })

  it('that is not answered is a fault, not a no', async () => {
    const { api, client, close } = await open()
    const allowed = mayAccess(client, { verb: 'get', resource: 'configmaps' }, signal)
    const received = await api.next()
    received.text(201, '<html>')
    await assert.rejects(allowed, ApiFault)
    await close()
  })
})
