/** Whose objects are: from what controllers say, and from names. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Owners } from './owners.ts'

function said(owner: { kind: string; name: string }, reason: string, message: string): Owners {
  const owners = new Owners()
  owners.learn({ metadata: {}, involvedObject: { ...owner, namespace: 'shop' }, reason, message })
  return owners
}

function ownerText(owners: Owners, kind: string, name: string): string {
  const owner = owners.of({ kind, namespace: 'shop', name })
  return `${owner.kind} ${owner.namespace}/${owner.name}`.trim()
}

describe('an owner that its own events tell', () => {
  const rows = [
    ['ReplicaSet', 'front', 'Created pod: web-a', 'Pod', 'web-a', 'ReplicaSet shop/front'],
    ['DaemonSet', 'agent', 'Created pod: agent-x2kfj', 'Pod', 'agent-x2kfj', 'DaemonSet shop/agent'],
    ['Job', 'import', 'Created pod: import-x2kfj', 'Pod', 'import-x2kfj', 'Job shop/import'],
    [
      'StatefulSet',
      'db',
      'create Pod db-0 in StatefulSet db successful',
      'Pod',
      'db-0',
      'StatefulSet shop/db',
    ],
    ['CronJob', 'backup', 'Created job backup-28912345', 'Job', 'backup-28912345', 'CronJob shop/backup'],
    [
      'Deployment',
      'api',
      'Scaled up replica set old-set to 3',
      'ReplicaSet',
      'old-set',
      'Deployment shop/api',
    ],
    [
      'Deployment',
      'api',
      'Scaled down replica set old-set from 3 to 1',
      'ReplicaSet',
      'old-set',
      'Deployment shop/api',
    ],
  ] as const
  for (const [kind, name, message, madeKind, made, expected] of rows) {
    it(`of a ${madeKind}: ${message}`, () => {
      assert.equal(ownerText(said({ kind, name }, 'SuccessfulCreate', message), madeKind, made), expected)
    })
  }

  it('is followed up to the top', () => {
    const owners = new Owners()
    const learn = (kind: string, name: string, message: string): void =>
      owners.learn({ metadata: {}, involvedObject: { kind, namespace: 'shop', name }, message })
    learn('CronJob', 'backup', 'Created job nightly')
    learn('Job', 'nightly', 'Created pod: nightly-pod')
    assert.equal(ownerText(owners, 'Pod', 'nightly-pod'), 'CronJob shop/backup')
  })

  it('is another one in another namespace', () => {
    const owners = said({ kind: 'Job', name: 'import' }, 'SuccessfulCreate', 'Created pod: one')
    assert.deepEqual(owners.of({ kind: 'Pod', namespace: 'billing', name: 'one' }), {
      kind: 'Pod',
      namespace: 'billing',
      name: 'one',
    })
  })

  it('counts more than what a name looks like', () => {
    const owners = said({ kind: 'DaemonSet', name: 'node-agent' }, '', 'Created pod: web-7d4b9c6f58-x2kfj')
    assert.equal(ownerText(owners, 'Pod', 'web-7d4b9c6f58-x2kfj'), 'DaemonSet shop/node-agent')
  })
})

describe('an owner that only the name tells', () => {
  const rows = [
    ['Pod', 'web-7d4b9c6f58-x2kfj', 'Deployment shop/web'],
    ['Pod', 'check-out-58f6c9b7d-zz4bq', 'Deployment shop/check-out'],
    ['Pod', 'backup-28912345-x2kfj', 'CronJob shop/backup'],
    ['Pod', 'agent-x2kfj', 'shop/agent'],
    ['Pod', 'db-0', 'StatefulSet shop/db'],
    ['ReplicaSet', 'web-7d4b9c6f58', 'Deployment shop/web'],
    ['Job', 'backup-28912345', 'CronJob shop/backup'],
    // None of Kubernetes' making: names of people's own.
    ['Pod', 'web', 'Pod shop/web'],
    ['Pod', 'my-pretty-names', 'Pod shop/my-pretty-names'],
    ['Service', 'web-7d4b9c6f58-x2kfj', 'Service shop/web-7d4b9c6f58-x2kfj'],
  ] as const
  for (const [kind, name, expected] of rows) {
    it(`${kind} ${name}: ${expected}`, () => assert.equal(ownerText(new Owners(), kind, name), expected))
  }
})
