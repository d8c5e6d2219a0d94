/** deploy/kubernetes holds what the original's manifest promised, and its two files say the same but for the volume. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { sinkRegistry } from '../../src/app/registry.ts'
import { parseCommandLine } from '../../src/config/from-command-line.ts'
import { readPages } from '../docs/pages.ts'

const root = join(import.meta.dirname, '..', '..')
const plain = 'deploy/kubernetes/kube-eventer.yaml'
const withVolume = 'deploy/kubernetes/kube-eventer-with-volume.yaml'
const original = 'test/deploy/published/deployment.yaml'

const objectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
})
const deploymentSchema = z.looseObject({
  spec: z.looseObject({
    strategy: z.unknown().optional(),
    selector: z.unknown().optional(),
    template: z.looseObject({
      spec: z.looseObject({
        volumes: z.array(z.looseObject({ name: z.string() })),
        containers: z
          .array(
            z.looseObject({
              image: z.string(),
              command: z.array(z.string()),
              env: z.array(z.looseObject({ name: z.string() })),
              resources: z.unknown(),
            }),
          )
          .length(1),
      }),
    }),
  }),
})

const partSchema = z.looseObject({
  apiVersion: z.string().optional(),
  spec: z.looseObject({}).optional(),
  command: z.array(z.string()).optional(),
})

function objectsOf(path: string): ReadonlyMap<string, z.infer<typeof objectSchema>> {
  const documents = parseAllDocuments(readFileSync(join(root, path), 'utf8'))
  const objects = documents.map((document) => objectSchema.parse(document.toJS()))
  return new Map(objects.map((object) => [object.kind, object]))
}

function deploymentOf(path: string): z.infer<typeof deploymentSchema> {
  return deploymentSchema.parse(objectsOf(path).get('Deployment'))
}

function containerOf(
  path: string,
): z.infer<typeof deploymentSchema>['spec']['template']['spec']['containers'][0] {
  const [container] = deploymentOf(path).spec.template.spec.containers
  assert.ok(container)
  return container
}

describe('the manifest', () => {
  it('has the names, the selector, the zone and the limits of the original’s', () => {
    for (const [kind, { metadata }] of objectsOf(original)) {
      const own = objectsOf(plain).get(kind)
      assert.deepEqual(
        [own?.metadata.name, own?.metadata.namespace],
        [metadata.name, metadata.namespace],
        kind,
      )
    }
    assert.deepEqual(deploymentOf(plain).spec.selector, deploymentOf(original).spec.selector)
    assert.deepEqual(containerOf(plain).resources, containerOf(original).resources)
    const zone = containerOf(original).env.find(({ name }) => name === 'TZ')
    assert.deepEqual(
      containerOf(plain).env.find(({ name }) => name === 'TZ'),
      zone,
    )
  })

  it('gives the rights of the original’s, and no more', () => {
    const rulesOf = (path: string): unknown => {
      const [rule] = z
        .looseObject({ rules: z.array(z.record(z.string(), z.array(z.string()))).length(1) })
        .parse(objectsOf(path).get('ClusterRole')).rules
      return Object.fromEntries(Object.entries(rule ?? {}).map(([name, of]) => [name, of.toSorted()]))
    }
    assert.deepEqual(rulesOf(plain), rulesOf(original))
  })

  it('names the image of this version', () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
    for (const path of [plain, withVolume]) assert.equal(containerOf(path).image.split(':')[1], version, path)
  })

  it('is a command line without a warning, whatever sink the Secret holds', () => {
    const sink = 'dingtalk:https://oapi.dingtalk.com/robot/send?access_token=t&label=prod&level=Warning'
    const [, ...args] = containerOf(plain).command.map((word) => word.replace('$(SINK)', sink))
    const parsed = parseCommandLine(args, {}, sinkRegistry)
    assert.equal(parsed.kind, 'run')
    assert.deepEqual('problems' in parsed ? parsed.problems : undefined, [])
  })

  it('with a volume is the same but for the volume, its claim and the strategy', () => {
    const volume = objectsOf(withVolume)
    assert.deepEqual(
      [...volume.keys()].filter((kind) => !objectsOf(plain).has(kind)),
      ['PersistentVolumeClaim'],
    )
    for (const [kind, object] of objectsOf(plain)) {
      if (kind !== 'Deployment') assert.deepEqual(volume.get(kind), object, kind)
    }
    const { strategy, ...rest } = deploymentOf(withVolume).spec
    assert.deepEqual(strategy, { type: 'Recreate' })
    const claim = {
      name: 'journal',
      persistentVolumeClaim: { claimName: volume.get('PersistentVolumeClaim')?.metadata.name },
    }
    assert.deepEqual(rest.template.spec.volumes, [claim])
    const back = structuredClone(rest)
    back.template.spec.volumes = deploymentOf(plain).spec.template.spec.volumes
    const { strategy: _rolling, ...plainRest } = deploymentOf(plain).spec
    assert.deepEqual(back, plainRest)
  })
})

describe('what guides show of manifests', () => {
  const parts = readPages()
    .filter(({ path }) => /\/guides\/(?:move-from-kube-eventer|volume|upgrade)\.md$/.test(path))
    .flatMap(({ path, blocks }) =>
      blocks
        .filter(({ info }) => info === 'yaml part')
        .map(({ line, text }) => ({ place: `${path}:${line}`, value: partSchema.parse(parse(text)) })),
    )

  it('as lines for a volume, is in the manifest with a volume', () => {
    const volumes = parts.filter(({ value }) => 'strategy' in (value.spec ?? {}))
    assert.equal(volumes.length, 2)
    for (const { place, value } of volumes)
      assert.partialDeepStrictEqual(deploymentOf(withVolume), value, place)
  })

  it('as a command, is one that the program takes', () => {
    const commands = parts.flatMap(({ place, value }) =>
      value.command ? [{ place, words: value.command }] : [],
    )
    assert.equal(commands.length, 4)
    for (const { place, words } of commands) {
      const parsed = parseCommandLine(
        words.slice(1).map((word) => word.replace('$(SINK)', 'log')),
        {},
        sinkRegistry,
      )
      assert.deepEqual([parsed.kind, 'problems' in parsed ? parsed.problems : []], ['run', []], place)
    }
  })

  it('as what brings an old manifest up to date, is what the API made of it', () => {
    const updates = parts.filter(({ value }) => value.apiVersion !== undefined)
    assert.equal(updates.length, 2)
    const old = deploymentSchema.parse(
      objectsOf('test/deploy/published/extensions-v1beta1.yaml').get('Deployment'),
    )
    const { labels } = z.looseObject({ labels: z.unknown() }).parse(old.spec.template['metadata'])
    for (const { place, value } of updates)
      assert.deepEqual(value, { apiVersion: 'apps/v1', spec: { selector: { matchLabels: labels } } }, place)
  })
})
