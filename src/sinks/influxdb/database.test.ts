/** The database of InfluxDB 1 and its retention policy: made, made longer, and never shorter. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { occurrenceOf, podEvent } from '../../sink-kit/testing/sink-world.ts'
import { withServer } from './testing/run.ts'

const { signal } = new AbortController()
const one = [occurrenceOf(podEvent(1))]
const create = 'CREATE DATABASE "k8s" WITH NAME "default"'

describe('a database of InfluxDB 1', () => {
  it('is made before the first point, once', async () => {
    await withServer({ version: 1 }, async ({ sink, server }) => {
      assert.deepEqual(await Promise.all([sink.send(one, signal), sink.send(one, signal)]), [
        [{ kind: 'delivered' }],
        [{ kind: 'delivered' }],
      ])
      assert.deepEqual(server.statements, [create])
    })
  })

  it('has the retention that the option says', async () => {
    await withServer({ version: 1, query: '?retention=7d' }, async ({ sink, server }) => {
      await sink.send(one, signal)
      assert.deepEqual(server.statements, ['CREATE DATABASE "k8s" WITH DURATION 7d NAME "default"'])
      assert.equal(server.databases.get('k8s')?.get('default'), '168h0m0s')
    })
  })

  it('that is there keeps longer where the option says so', async () => {
    const databases = { k8s: { default: '168h0m0s' } }
    await withServer({ version: 1, databases, query: '?retention=30d' }, async ({ sink, server, logged }) => {
      await sink.send(one, signal)
      assert.equal(server.statements.at(-1), 'ALTER RETENTION POLICY "default" ON "k8s" DURATION 30d')
      assert.deepEqual(logged, ['info made the retention policy default longer {}'])
    })
  })

  it('that keeps longer than the option says is left so, with the statement that would delete', async () => {
    const databases = { k8s: { default: '0s' } }
    await withServer({ version: 1, databases, query: '?retention=7d' }, async ({ sink, server, logged }) => {
      assert.deepEqual(await sink.send(one, signal), [{ kind: 'delivered' }])
      assert.equal(server.databases.get('k8s')?.get('default'), '0s')
      assert.match(logged.join('\n'), /run ALTER RETENTION POLICY "default" ON "k8s" DURATION 7d/)
    })
  })

  it('with policies of its own gets ours beside them', async () => {
    const databases = { k8s: { autogen: '0s' } }
    await withServer({ version: 1, databases }, async ({ sink, server }) => {
      assert.deepEqual(await sink.send(one, signal), [{ kind: 'delivered' }])
      assert.equal(
        server.statements.at(-1),
        'CREATE RETENTION POLICY "default" ON "k8s" DURATION INF REPLICATION 1',
      )
    })
  })

  it('is written to by who may not make it', async () => {
    const databases = { k8s: { default: '0s' } }
    await withServer({ version: 1, databases, mayOnlyWrite: true }, async ({ sink, logged }) => {
      assert.deepEqual(await sink.send(one, signal), [{ kind: 'delivered' }])
      assert.deepEqual(await sink.send(one, signal), [{ kind: 'delivered' }])
      assert.equal(logged.length, 1)
    })
  })

  for (const gone of ['the database', 'the policy']) {
    it(`is made again when ${gone} is gone`, async () => {
      await withServer({ version: 1 }, async ({ sink, server }) => {
        await sink.send(one, signal)
        if (gone === 'the policy') {
          server.databases.get('k8s')?.delete('default')
          server.databases.get('k8s')?.set('autogen', '0s')
        } else server.databases.clear()
        assert.deepEqual(await sink.send(one, signal), [{ kind: 'delivered' }])
      })
    })
  }

  it('that is not there and cannot be made holds the sink, and says what to do', async () => {
    await withServer({ version: 1, mayOnlyWrite: true }, async ({ sink }) => {
      const [outcome] = await sink.send(one, signal)
      assert.ok(outcome?.kind === 'retry' && outcome.reason === 'refused')
      assert.match(outcome.detail ?? '', /make it \(CREATE DATABASE\), or give a user that may$/)
    })
  })

  it('has any name', async () => {
    await withServer({ version: 1, query: '?db=a%22b%5C%20c' }, async ({ sink, server }) => {
      assert.deepEqual(await sink.send(one, signal), [{ kind: 'delivered' }])
      assert.deepEqual([...server.databases.keys()], ['a"b\\ c'])
    })
  })
})
