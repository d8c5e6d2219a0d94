/** Alerts and dashboard ask for metrics and labels that a running program exports. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { commandDeclarations } from '../../src/cli/commands.ts'
import { startBusyProgram } from './busy-program.ts'
import { readAlerts, readPanels, withoutVariables } from './monitoring-files.ts'
import { askedBy } from './promql.ts'

/** What Prometheus itself adds to each series of a target in a cluster. */
const ofTarget = ['instance', 'job', 'namespace', 'pod']

/** Names of samples, `_bucket` and the like included, and the labels of each. */
function exported(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const labelsOf = new Map<string, Set<string>>()
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm)) {
    const known = labelsOf.get(name) ?? new Set()
    labelsOf.set(name, known)
    for (const [, label = ''] of labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) known.add(label)
  }
  return labelsOf
}

describe('alerts and dashboard', () => {
  let known: ReadonlyMap<string, ReadonlySet<string>> = new Map()
  const closers: (() => unknown)[] = []
  before(async (test) => {
    const around = {
      after: (close: () => unknown) => void closers.push(close),
      diagnostic: (text: string) => test.diagnostic?.(text),
    }
    const { program } = await startBusyProgram(around)
    known = exported((await program.ask('/metrics')).body)
  })
  after(async () => {
    for (const close of closers.toReversed()) await close()
  })

  /** What `expression` asks for that no program has; `shown`: labels that its result is shown by. */
  function missing(expression: string, shown: readonly string[] = []): readonly string[] {
    const { metrics, labels } = askedBy(expression)
    assert.ok(metrics.length > 0, `${expression} asks for no metric`)
    const have = new Set([...ofTarget, ...metrics.flatMap((name) => [...(known.get(name) ?? [])])])
    return [
      ...metrics.filter((name) => !known.has(name)),
      ...[...labels, ...shown].filter((label) => !have.has(label)).map((label) => `{${label}}`),
    ]
  }

  const labelsIn = (text: string): readonly string[] =>
    [...text.matchAll(/\$labels\.(\w+)|\{\{(\w+)\}\}/g)].map(
      ([, ofAlert, ofLegend]) => ofAlert ?? ofLegend ?? '',
    )

  for (const { alert, expr, annotations } of readAlerts()) {
    it(`${alert} asks for what there is, and says what to do`, () => {
      const texts = Object.values(annotations).join('\n')
      assert.deepEqual(missing(expr, labelsIn(texts)), [])
      for (const [, command = ''] of texts.matchAll(/`kube-eventer ([\w-]+)/g))
        assert.ok(
          commandDeclarations.some(({ name }) => name === command),
          `there is no command ${command}`,
        )
    })
  }

  for (const { title, targets } of readPanels()) {
    it(`the panel "${title}" asks for what there is`, () => {
      for (const { expr, legendFormat } of targets)
        assert.deepEqual(missing(withoutVariables(expr, '5m'), labelsIn(legendFormat)), [])
    })
  }

  it('lie side by side', () => {
    const taken = new Set<string>()
    const ids = new Set<number>()
    for (const { id, title, gridPos } of readPanels()) {
      assert.ok(!ids.has(id), `${title} has the number of another panel`)
      ids.add(id)
      assert.ok(gridPos.x + gridPos.w <= 24, title)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(!taken.has(`${x},${y}`), `${title} lies upon another panel`)
          taken.add(`${x},${y}`)
        }
    }
  })

  it('that ask for something else are found', () => {
    assert.deepEqual(missing('rate(kube_eventer_sink_sent_total[5m]) > 0'), ['kube_eventer_sink_sent_total'])
    assert.deepEqual(missing('sum by (target, sink) (kube_eventer_sink_up{sinc="a"})'), [
      '{sinc}',
      '{target}',
    ])
    assert.deepEqual(missing('kube_eventer_sink_up', labelsIn('{{ $labels.cluster }} {{sink}}')), [
      '{cluster}',
    ])
  })
})
