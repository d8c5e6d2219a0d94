/** Hosts, signatures and CloudEvents as kube-eventer's own are, by recordings of it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import type { KubernetesEvent } from '../../domain/event.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { occurrenceOf, sinkArgument } from '../../sink-kit/testing/sink-world.ts'
import { endpointIn } from './bus.ts'
import { cloudEventOf, subjectOf } from './cloud-event.ts'
import eventbridge from './index.ts'
import { signatureOf } from './sign.ts'
import { account } from './testing/run.ts'

const recordingSchema = z.looseObject({
  argv: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  requests: z.array(
    z.looseObject({
      method: z.string(),
      path: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
    }),
  ),
  varying: z.array(z.object({ placeholder: z.string(), recorded: z.string() })),
})
type Recording = z.output<typeof recordingSchema>

const folder = new URL('../../../test/golden/wire/', import.meta.url)

function recordingOf(name: string): Recording {
  return z.parse(recordingSchema, JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')))
}

const events: Record<string, { object: KubernetesEvent }> = JSON.parse(
  readFileSync(new URL('events.json', folder), 'utf8'),
)

for (const name of ['ke-eventbridge-internal', 'ke-eventbridge-public-bus']) {
  describe(`what kube-eventer sends: ${name}`, () => {
    const { argv, env, requests, varying } = recordingOf(name)
    const argument = argv.find((one) => one.startsWith('--sink='))?.slice('--sink='.length) ?? ''
    const { kit, own } = splitArgument(sinkArgument(argument, env))
    const options = z.parse(eventbridge.schema, eventbridge.readArgument(own, kit).options)
    const recorded = (placeholder: string): string[] =>
      varying.flatMap((one) => (one.placeholder === placeholder ? [one.recorded] : []))

    it('goes to the same host', () => {
      const { regionId, internal } = options
      for (const { headers } of requests) {
        assert.equal(endpointIn(account, regionId, internal), `http://${headers['Host'] ?? ''}`)
      }
    })

    it('is signed in the same way', () => {
      const [date = ''] = recorded('<now-http>')
      for (const [at, { method, path, headers }] of requests.entries()) {
        const given = { ...headers, date, 'x-acs-signature-nonce': recorded('<nonce>')[at] ?? '' }
        const signature = signatureOf(
          { method, path, headers: Object.entries(given).map(([one, value]) => [one.toLowerCase(), value]) },
          options.accessKeySecret ?? '',
        )
        assert.equal(`acs:${options.accessKeyId}:${signature}`, recorded('<signature>')[at])
      }
    })

    it('tells each event in the same words', () => {
      const { eventBusName, regionId, clusterId } = options
      const settings = { eventBusName, regionId, clusterId, accountId: account }
      const told = requests.flatMap(({ body }) => z.parse(z.array(z.looseObject({})), JSON.parse(body)))
      const ours = told.map((cloudEvent) => {
        const { subject, data } = z.parse(
          z.looseObject({ subject: z.string(), data: z.looseObject({ metadata: z.looseObject({}) }) }),
          cloudEvent,
        )
        const event = Object.values(events).find(
          ({ object }) => object.metadata.uid === data.metadata['uid'],
        )?.object
        assert.ok(event, subject)
        return { ...JSON.parse(cloudEventOf(occurrenceOf(event), settings)), id: '<uuid>' }
      })
      assert.equal(told.length, 12)
      assert.deepEqual(ours, told)
    })
  })
}

describe('the subject of an object', () => {
  const settings = { eventBusName: 'default', regionId: 'cn-test', accountId: account, clusterId: 'c1' }
  const resourceOf = (kind: string): string | undefined =>
    subjectOf({ kind, apiVersion: 'v1', namespace: 'n', name: 'x' }, settings).split('/').at(-2)

  it('has the plural that Kubernetes guesses', () => {
    assert.deepEqual(['Pod', 'Ingress', 'NetworkPolicy', 'Endpoints', 'Node', ''].map(resourceOf), [
      'pods',
      'ingresses',
      'networkpolicies',
      'endpoints',
      'nodes',
      '',
    ])
  })

  it('has a version of its own where a group stands without one', () => {
    const subject = subjectOf({ apiVersion: 'example.test', kind: 'Widget', name: 'w' }, settings)
    assert.equal(
      subject,
      `acs:cs:cn-test:${account}:c1/apis/example.test/versionUnknown/namespaces//widgets/w`,
    )
  })
})
