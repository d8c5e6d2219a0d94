/** What of the Helm chart can be held without helm: its copies, its version, and the sinks of its examples. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import * as z from 'zod'
import { renderProblems } from '../../src/config/problems.ts'
import type { KubernetesEvent } from '../../src/domain/event.ts'
import { compileFilter } from '../../src/stages/filter.ts'
import { chartFolder, configOfValues, exampleNames, readExample } from './helm-chart.ts'
import { dashboardFile, rulesFile } from './monitoring-files.ts'
import { nodeProblems } from './node-problems.ts'

describe('the Helm chart', () => {
  for (const source of [rulesFile, dashboardFile]) {
    const name = source.slice(source.lastIndexOf('/') + 1)
    it(`has the same ${name}: cp deploy/monitoring/${name} deploy/helm/kube-eventer/files/`, () => {
      // A chart is packed from its own folder alone.
      assert.equal(readFileSync(join(chartFolder, 'files', name), 'utf8'), readFileSync(source, 'utf8'))
    })
  }

  it('is for the version of the program that it comes with', () => {
    const { version } = JSON.parse(readFileSync(join(chartFolder, '../../../package.json'), 'utf8'))
    const chart: unknown = parse(readFileSync(join(chartFolder, 'Chart.yaml'), 'utf8'))
    assert.equal(z.object({ appVersion: z.string() }).parse(chart).appVersion, version)
  })

  for (const name of exampleNames) {
    it(`has an example whose sinks are right: ${name}`, async () => {
      const parsed = await configOfValues(readExample(name))
      const problems = 'problems' in parsed ? parsed.problems : []
      const isForAbsentSinks = (what: string): boolean => what.startsWith('no sink is given')
      const real = problems.filter(({ what }) => !isForAbsentSinks(what))
      assert.equal(renderProblems(real, { colour: false }), '')
    })
  }
})

describe('the values for node-problem-detector', () => {
  async function wants(): Promise<(sink: string, event: KubernetesEvent) => boolean> {
    const parsed = await configOfValues(readExample('node-problem-detector.yaml'))
    assert.equal(parsed.kind, 'run')
    const sinks = parsed.kind === 'run' ? parsed.config.sinks : []
    const filters = new Map(sinks.map(({ givenName, filter }) => [givenName, compileFilter(filter)]))
    return (sink, event) => filters.get(sink)?.(event).pass === true
  }

  for (const { reason, type, event, isTrouble } of nodeProblems) {
    it(`${isTrouble ? 'tell' : 'do not tell'} ${reason} as ${type}`, async () => {
      const isWanted = await wants()
      assert.equal(isWanted('nodes', event), isTrouble)
      assert.equal(isWanted('workloads', event), false)
    })
  }

  it('tell warnings of pods to the others alone', async () => {
    const isWanted = await wants()
    const event = {
      ...nodeProblems[0]?.event,
      involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-0' },
    }
    const pod = { ...event, metadata: {}, type: 'Warning', reason: 'BackOff' }
    assert.deepEqual([isWanted('nodes', pod), isWanted('workloads', pod)], [false, true])
  })
})
