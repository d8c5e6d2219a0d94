/** The real control plane answers as the program's tests take for granted. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startControlPlane } from './control-plane.ts'
import { needs } from './needs.ts'
import type { ControlPlane } from './control-plane.ts'

describe('a real control plane', { skip: needs('a Kubernetes control plane') }, () => {
  let cluster: ControlPlane
  before(async () => {
    cluster = await startControlPlane()
    await cluster.createNamespace('team-a')
    await cluster.createServiceAccount('team-a', 'reader')
  })
  after(() => cluster?.close())

  it('lets a ServiceAccount read events only once a role allows it', async () => {
    const { token } = await cluster.createServiceAccountToken('team-a', 'reader')
    assert.equal((await cluster.ask('GET', '/api/v1/events', undefined, token)).status, 403)
    const rules = [{ apiGroups: [''], resources: ['events'], verbs: ['list', 'watch', 'get'] }]
    await cluster.applyClusterRole('reader', rules, { namespace: 'team-a', name: 'reader' })
    assert.equal((await cluster.ask('GET', '/api/v1/events', undefined, token)).status, 200)
  })

  it('refuses a revoked token and takes the next one', async () => {
    const old = await cluster.createServiceAccountToken('team-a', 'reader')
    assert.equal((await cluster.ask('GET', '/api', undefined, old.token)).status, 200)
    await old.revoke()
    assert.equal((await cluster.ask('GET', '/api', undefined, old.token)).status, 401)
    const next = await cluster.createServiceAccountToken('team-a', 'reader')
    assert.equal((await cluster.ask('GET', '/api', undefined, next.token)).status, 200)
  })

  it('answers 410 to a watch from before a compaction', async () => {
    const version = await cluster.eventsVersion()
    await cluster.createEvent('team-a', 'first', 'one')
    await cluster.updateEvent('team-a', 'first', 'two', 2)
    await cluster.compact()
    const watch = `/api/v1/events?watch=true&timeoutSeconds=1&resourceVersion=${version}`
    assert.match((await cluster.ask('GET', watch)).body, /"code":410/)
  })

  it('comes back from a crash with what it had', async () => {
    const { uid } = await cluster.createEvent('team-a', 'kept', 'still there')
    await cluster.killApiServer()
    await assert.rejects(cluster.ask('GET', '/readyz'))
    await cluster.startApiServer()
    const { body } = await cluster.ask('GET', '/api/v1/namespaces/team-a/events/kept')
    assert.ok(body.includes(uid))
  })
})
