/** What of the Helm chart can be held without helm: its copies, its version, and the sinks of its examples. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse, stringify } from 'yaml'
import * as z from 'zod'
import { sinkRegistry } from '../../src/app/registry.ts'
import { parseCommandLine } from '../../src/config/from-command-line.ts'
import { readConfigFile } from '../../src/config/file/read-file.ts'
import { renderProblems } from '../../src/config/problems.ts'
import type { KubernetesEvent } from '../../src/domain/event.ts'
import { compileFilter } from '../../src/stages/filter.ts'
import { environmentFor, fromElsewhere } from '../docs/pages.ts'
import { chartFolder, exampleNames, readExample } from './helm-chart.ts'
import { dashboardFile, rulesFile } from './monitoring-files.ts'
import { nodeProblems } from './node-problems.ts'

const valuesSchema = z.object({
  sources: z._default(z.array(z.unknown()), [{ name: 'default', type: 'kubernetes' }]),
  sinks: z._default(z.array(z.unknown()), []),
  otherSinks: z._default(z.array(z.string()), []),
  config: z._default(z.record(z.string(), z.unknown()), {}),
})

/** What the program is given by values, without what is wrong with them. */
async function configOf(values: string): Promise<ReturnType<typeof parseCommandLine>> {
  const { sources, sinks, otherSinks, config } = valuesSchema.parse(parse(values))
  const text = stringify({ sources, ...(sinks.length > 0 && { sinks }), ...config })
  const file = await readConfigFile('config.yaml', {
    registry: sinkRegistry,
    env: environmentFor(values),
    frequencyMs: 1_000,
    read: (path) => (path === 'config.yaml' ? text : fromElsewhere),
  })
  const argv = ['--config=config.yaml', ...otherSinks.map((sink) => `--sink=${sink}`)]
  return parseCommandLine(argv, {}, sinkRegistry, file)
}

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
      const parsed = await configOf(readExample(name))
      const problems = 'problems' in parsed ? parsed.problems : []
      const isForAbsentSinks = (what: string): boolean => what.startsWith('no sink is given')
      const real = problems.filter(({ what }) => !isForAbsentSinks(what))
      assert.equal(renderProblems(real, { colour: false }), '')
    })
  }
})

describe('the values for node-problem-detector', () => {
  async function wants(): Promise<(sink: string, event: KubernetesEvent) => boolean> {
    const parsed = await configOf(readExample('node-problem-detector.yaml'))
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
