/** What the sink sls promises, against a service that checks every signature, group and limit. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { systemClock } from '../../domain/clock.ts'
import type { Clock } from '../../domain/clock.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import type { Behaviour, ContractReceiver } from '../../sink-kit/contract.ts'
import { occurrenceOf, podEvent } from '../../sink-kit/testing/sink-world.ts'
import sls from './index.ts'
import { startLogService } from './testing/log-service.ts'
import type { Fault } from './testing/log-service.ts'
import { valuesOf } from './testing/log-group-message.ts'
import type { Log } from './testing/log-group-message.ts'
import { keys, withSink } from './testing/run.ts'
import { portionsOf } from './write.ts'

const never = new AbortController().signal
const batchOf = (count: number): Occurrence[] =>
  Array.from({ length: count }, (_, at) => occurrenceOf(podEvent(at + 1), at + 1))

function namesOf(logs: readonly Log[]): string[] {
  return logs.map((log) => valuesOf(log)['pod_name'] ?? '')
}

function told(outcomes: readonly Outcome[]): string[] {
  return outcomes.map((outcome) =>
    outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`,
  )
}

function detailOf(outcome: Outcome | undefined): string {
  return outcome && outcome.kind !== 'delivered' ? (outcome.detail ?? '') : ''
}

const faults: Readonly<Record<Behaviour, Fault | undefined>> = {
  takes: undefined,
  fails: { status: 500, code: 'InternalServerError', message: `it knows ${keys.accessKeySecret}` },
  'refuses-message': {
    status: 400,
    code: 'PostBodyInvalid',
    message: 'Protobuf content cannot pass validation',
  },
  'is-throttled': { status: 403, code: 'WriteQuotaExceed' },
  hangs: 'hang',
}

async function startContractReceiver(): Promise<ContractReceiver> {
  const service = await startLogService({
    project: 'my-project',
    logStore: 'k8s-events',
    region: 'cn-hangzhou',
    keys: {
      [keys.accessKeyId]: { secret: keys.accessKeySecret },
      'example-id': { secret: 'example-secret' },
    },
  })
  return {
    endpoint: service.host,
    behave: (how) => service.failAlways(faults[how]),
    messages: () => service.logs.map((log) => valuesOf(log)['eventId'] ?? ''),
    reached: () => service.reached(),
    close: () => service.close(),
  }
}

describe('sls', () => {
  runSinkContract({
    declaration: sls,
    argument:
      'sls:https://sls.aliyuncs.com?project=my-project&logStore=k8s-events&regionId=cn-hangzhou' +
      `&accessKeyId=${keys.accessKeyId}&accessKeySecret=${keys.accessKeySecret}&ke.endpoint=http://<endpoint>`,
    secrets: [keys.accessKeySecret],
    // How long to wait is not told by a service that throttles.
    behaviours: ['takes', 'fails', 'refuses-message', 'hangs'],
    holds: (message, { event }) => {
      const held: { metadata: { uid?: string } } = JSON.parse(message)
      return held.metadata.uid === event.metadata.uid
    },
    startReceiver: startContractReceiver,
  })
})

describe('a log', () => {
  it('has the fields of the original, and those of its labels', async () => {
    const options = '&topic=prod&label=ClusterId,c1&label=UserId,用户'
    await withSink({ options }, async ({ sink, service }) => {
      const event = { ...podEvent(1, 'a "b" 中\n'), source: { host: 'node-1' } }
      const node = { ...event, involvedObject: { kind: 'Node', name: 'node-1' }, type: 'Normal' }
      await sink.send([occurrenceOf(event), occurrenceOf(node, 2)], never)
      const [pod, other] = service.logs
      assert.ok(pod && other)
      assert.deepEqual(
        pod.Contents.map(({ Key }) => Key),
        ['eventId', 'hostname', 'level', 'pod_id', 'pod_name', 'ClusterId', 'UserId'],
      )
      const { eventId = '', ...fields } = valuesOf(pod)
      assert.deepEqual(JSON.parse(eventId), event)
      assert.match(eventId, /^\{\n "metadata": \{\n {2}"name"/)
      assert.deepEqual(fields, {
        hostname: 'node-1',
        level: 'Warning',
        pod_id: 'pod-1',
        pod_name: 'web-1',
        ClusterId: 'c1',
        UserId: '用户',
      })
      assert.equal(pod.Time, Date.UTC(2024, 4, 6, 9, 30, 15) / 1_000)
      assert.deepEqual([pod.topic, pod.source], ['prod', ''])
      assert.deepEqual(Object.keys(valuesOf(other)), ['eventId', 'hostname', 'level', 'ClusterId', 'UserId'])
    })
  })

  it('has the time at which the event came where it tells none that SLS could hold', async () => {
    await withSink({}, async ({ sink, service }) => {
      const times = [undefined, null, '1066-10-14T09:00:00Z', '2110-01-01T00:00:00Z']
      await sink.send(
        times.map((lastTimestamp) => occurrenceOf({ ...podEvent(1), lastTimestamp: lastTimestamp ?? null })),
        never,
      )
      const arrival = Date.UTC(2024, 4, 6, 12) / 1_000
      assert.deepEqual(
        service.logs.map(({ Time }) => Time),
        [arrival, arrival, arrival, arrival],
      )
    })
  })

  it('is signed in version 1 where that is asked for', async () => {
    await withSink({ options: '&ke.signature=v1' }, async ({ sink, service }) => {
      assert.deepEqual(told(await sink.send(batchOf(2), never)), ['delivered', 'delivered'])
      await sink.check(never)
      assert.deepEqual(service.answered, ['POST v1 200', 'GET v1 200', 'POST v1 400'])
    })
  })
})

describe('a batch', () => {
  it('of 1,000 events is one group', async () => {
    await withSink({}, async ({ sink, service }) => {
      assert.deepEqual(new Set(told(await sink.send(batchOf(1_000), never))), new Set(['delivered']))
      assert.deepEqual(service.answered, ['POST v4 200'])
      assert.equal(new Set(namesOf(service.logs)).size, 1_000)
    })
  })

  it('goes in groups of 4,096 logs and 5 MB at most, with an event of more than 1 MB alone', async () => {
    await withSink({}, async ({ sink, service }) => {
      const long = 'x'.repeat(20_000)
      const batch = Array.from({ length: 5_000 }, (_, at) =>
        occurrenceOf(podEvent(at + 1, at < 300 ? long : 'short'), at + 1),
      )
      batch.splice(4_000, 0, occurrenceOf(podEvent(9_999, 'y'.repeat(1_030_000)), 9_999))
      assert.deepEqual(new Set(told(await sink.send(batch, never))), new Set(['delivered']))
      assert.ok(service.groups.every(({ rawBytes, logs }) => rawBytes <= 5_000_000 && logs <= 4_096))
      assert.ok(service.groups.some(({ rawBytes, logs }) => rawBytes > 1_000_000 && logs === 1))
      assert.equal(
        service.groups.reduce((sum, { logs }) => sum + logs, 0),
        5_001,
      )
    })
  })

  it('is cut where a group is full, before and behind what is long', () => {
    const ends = (sizes: readonly number[]): number[] => {
      let end = 0
      return sizes.map((size) => (end += size))
    }
    assert.deepEqual(portionsOf({ ends: [] }), [])
    assert.deepEqual(portionsOf({ ends: ends(Array.from({ length: 8_193 }, () => 10)) }), [
      [0, 4_096],
      [4_096, 8_192],
      [8_192, 8_193],
    ])
    assert.deepEqual(portionsOf({ ends: ends([10, 2_000_000, 10, 10]) }), [
      [0, 1],
      [1, 2],
      [2, 4],
    ])
    assert.deepEqual(portionsOf({ ends: ends([900_000, 900_000, 900_000, 900_000, 900_000, 900_000]) }), [
      [0, 5],
      [5, 6],
    ])
  })

  it('with logs that SLS never takes loses those alone, in order', async () => {
    const refuses = (log: Log): string | undefined =>
      /web-(?:3|8)$/.test(valuesOf(log)['pod_name'] ?? '') ? 'InvalidEncoding' : undefined
    await withSink({ service: { refuses } }, async ({ sink, service }) => {
      const outcomes = await sink.send(batchOf(10), never)
      const expected = Array.from({ length: 10 }, (_, at) =>
        at === 2 || at === 7 ? 'rejected bad-message' : 'delivered',
      )
      assert.deepEqual(told(outcomes), expected)
      assert.match(detailOf(outcomes[2]), /answered 400: InvalidEncoding: a log cannot be taken$/)
      assert.equal(new Set(namesOf(service.logs)).size, 8)
      assert.equal(service.logs.length, 8)
    })
  })

  it('of which one half was written asks for the other alone', async () => {
    const refuses = (log: Log): string | undefined =>
      valuesOf(log)['pod_name'] === 'web-1' ? 'InvalidKey' : undefined
    await withSink({ service: { refuses } }, async ({ sink, service }) => {
      // All four are refused, then the first two, then the first alone, and the second is taken.
      service.fail(undefined, undefined, undefined, undefined, { status: 503, code: 'ServerBusy' })
      const outcomes = told(await sink.send(batchOf(4), never))
      assert.deepEqual(outcomes, [
        'rejected bad-message',
        'delivered',
        'retry unreachable',
        'retry unreachable',
      ])
      assert.deepEqual(namesOf(service.logs), ['web-2'])
      assert.equal(service.answered.length, 5)
    })
  })
})

describe('an answer of the service', () => {
  const table: readonly (readonly [fault: Exclude<Fault, 'hang'>, outcome: string, says: RegExp])[] = [
    [{ status: 403, code: 'WriteQuotaExceed' }, 'retry throttled', /WriteQuotaExceed/],
    [{ status: 403, code: 'ShardWriteQuotaExceed' }, 'retry throttled', /ShardWriteQuotaExceed/],
    [{ status: 503, code: 'ServerBusy' }, 'retry unreachable', /ServerBusy/],
    [{ status: 500, code: 'InternalServerError' }, 'retry server-error', /InternalServerError/],
    [{ status: 400, code: 'PostBodyUncompressError' }, 'retry server-error', /UncompressError/],
    [{ status: 401, code: 'Unauthorized' }, 'retry refused', /may do log:PostLogStoreLogs/],
    [{ status: 401, code: 'SignatureNotMatch' }, 'retry refused', /check `accessKeySecret`/],
    [{ status: 404, code: 'ProjectNotExist' }, 'retry refused', /check `project` and `regionId`/],
    [{ status: 403, code: 'ProjectForbidden' }, 'retry refused', /suspended/],
    [{ status: 404, code: 'LogStoreNotExist' }, 'retry refused', /check `logStore`, or make it/],
    [{ status: 400, code: 'InvalidTimestamp' }, 'rejected bad-message', /InvalidTimestamp/],
    [{ status: 400, code: 'PostBodyTooLarge' }, 'rejected bad-message', /PostBodyTooLarge/],
    [{ status: 413, code: '' }, 'rejected bad-message', /answered 413/],
    // In no document: no event is given up for what may be said of all of them.
    [{ status: 400, code: 'SomethingNew' }, 'retry refused', /SomethingNew/],
    [{ status: 502, code: '' }, 'retry server-error', /answered 502/],
    [{ status: 429, code: '' }, 'retry throttled', /answered 429/],
  ]
  for (const [fault, outcome, says] of table) {
    it(`${fault.status} ${fault.code} means: ${outcome}`, async () => {
      await withSink({}, async ({ sink, service }) => {
        service.failAlways(fault)
        const [got] = await sink.send(batchOf(1), never)
        assert.deepEqual(told(got ? [got] : []), [outcome])
        assert.match(detailOf(got), says)
        assert.ok(!detailOf(got).includes(keys.accessKeySecret))
      })
    })
  }

  it('that is none means that it is away', async () => {
    await withSink({}, async ({ sink, service }) => {
      await service.close()
      assert.deepEqual(told(await sink.send(batchOf(2), never)), ['retry unreachable', 'retry unreachable'])
      await assert.rejects(sink.check(never), /connection refused/)
    })
  })
})

describe('a clock that is wrong', () => {
  const clockAt = (offsetMs: number): Clock => ({ ...systemClock, wallMs: () => Date.now() + offsetMs })

  for (const [name, offsetMs, signature] of [
    ['20 minutes behind', -1_200_000, 'v4'],
    ['a day ahead', 86_400_000, 'v1'],
  ] as const) {
    it(`${name} costs one request and one line, and no event`, async () => {
      const setting = { clock: clockAt(offsetMs), options: `&ke.signature=${signature}` }
      await withSink(setting, async ({ sink, service, world }) => {
        assert.deepEqual(told(await sink.send(batchOf(1), never)), ['delivered'])
        assert.deepEqual(told(await sink.send(batchOf(1), never)), ['delivered'])
        assert.deepEqual(service.answered, [
          `POST ${signature} 400`,
          `POST ${signature} 200`,
          `POST ${signature} 200`,
        ])
        const lines = world.logged.filter((line) => line.includes('the clock here is'))
        assert.equal(lines.length, 1)
      })
    })
  }

  it('is not taken for it where the server says that the same time is wrong', async () => {
    await withSink({}, async ({ sink, service }) => {
      service.failAlways({ status: 400, code: 'RequestTimeTooSkewed' })
      assert.deepEqual(told(await sink.send(batchOf(1), never)), ['retry refused'])
      assert.equal(service.answered.length, 1)
    })
  })
})

describe('a check', () => {
  it('proves project, logstore and the right to write, and writes nothing', async () => {
    await withSink({}, async ({ sink, service }) => {
      await sink.check(never)
      assert.deepEqual(service.answered, ['GET v4 200', 'POST v4 400'])
      assert.deepEqual(service.logs, [])
    })
  })

  it('is content with a key that may write and not look', async () => {
    const service = { keys: { [keys.accessKeyId]: { secret: keys.accessKeySecret, mayLook: false } } }
    await withSink({ service }, async ({ sink }) => sink.check(never))
  })

  const wrong: readonly (readonly [what: string, setting: Parameters<typeof withSink>[0], says: RegExp])[] = [
    [
      'that the key may look and not write',
      { service: { keys: { [keys.accessKeyId]: { secret: keys.accessKeySecret, mayWrite: false } } } },
      /answered 403: Unauthorized.*log:PostLogStoreLogs/,
    ],
    ['that there is no such key', { service: { keys: {} } }, /answered 401: Unauthorized/],
    [
      'that the secret is wrong',
      { service: { keys: { [keys.accessKeyId]: { secret: 'another' } } } },
      /SignatureNotMatch.*check `accessKeySecret`/,
    ],
    ['that there is no such logstore', { service: { logStore: 'others' } }, /LogStoreNotExist.*or make it/],
    ['that there is no such project', { service: { project: 'others' } }, /ProjectNotExist/],
  ]
  for (const [what, setting, says] of wrong) {
    it(`says ${what}`, async () => {
      await withSink(setting, async ({ sink }) => {
        await assert.rejects(sink.check(never), (error: unknown) => {
          assert.ok(error instanceof Error)
          assert.match(error.message, says)
          assert.ok(!error.message.includes(keys.accessKeySecret))
          return true
        })
      })
    })
  }
})
