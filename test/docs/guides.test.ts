/** What guides tell people to type into kubectl and helm is right: sinks in Secrets, values, files. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { prepareTemplate } from '../../src/app/render.ts'
import { sinkRegistry } from '../../src/app/registry.ts'
import { parseCommandLine } from '../../src/config/from-command-line.ts'
import type { Problem } from '../../src/config/config.ts'
import { renderProblems } from '../../src/config/problems.ts'
import { TimeZones } from '../../src/gotime/time-zones.ts'
import { describeJsonFault } from '../../src/template/json-fault.ts'
import { SAMPLE_EVENTS } from '../../src/template/sample-events.ts'
import { configOfValues, documentedValues } from '../deploy/helm-chart.ts'
import { readPages, root } from './pages.ts'
import { shellCommands } from './shell-words.ts'

const guides = readPages().filter(({ path }) => /^docs\/(en|zh)\/guides\//.test(path))

const textOf = (problems: readonly Problem[]): string => renderProblems(problems, { colour: false })

const zones = new TimeZones({ tz: 'Asia/Shanghai' })

/** Templates for bodies, wherever in a configuration, in values or in a ConfigMap they stand. */
function templatesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return /^\s*\{[^]*\{\{/.test(value) ? [value] : []
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(templatesIn) : []
}

/** `name/key` of each key that a command puts into a Secret. */
function keysMadeBy(words: readonly string[]): readonly string[] {
  const name = words[words.indexOf('generic') + 1] ?? ''
  if (!words.join(' ').includes('create secret generic')) return []
  return words.flatMap((word) => {
    const key = /^--from-literal=([^=]+)=/.exec(word)?.[1]
    return key === undefined ? [] : [`${name}/${key}`]
  })
}

/** `name/key` of each key that values of the chart take from a Secret, by reference or as a sink. */
function keysTakenBy(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const { secretKeyRef, secretName, key }: Readonly<Record<string, unknown>> = { ...value }
  if (typeof secretName === 'string' && typeof key === 'string') return [`${secretName}/${key}`]
  if (typeof secretKeyRef === 'object' && secretKeyRef !== null) {
    const { name, key: wanted }: Readonly<Record<string, unknown>> = { ...secretKeyRef }
    return [`${String(name)}/${String(wanted)}`]
  }
  return Object.values(value).flatMap(keysTakenBy)
}

describe('guides', () => {
  it('are there', () => assert.ok(guides.length > 10))

  for (const { path, blocks, prose } of guides) {
    const words = blocks
      .filter(({ info }) => info === 'sh')
      .flatMap(({ text }) => shellCommands(text).flatMap((command) => command.words))

    it(`put sinks into Secrets that the program takes without a warning: ${path}`, () => {
      for (const [, sink] of words.map((word) => /^--from-literal=sink=(.*)$/.exec(word) ?? [])) {
        if (sink === undefined) continue
        const parsed = parseCommandLine(['--source=kubernetes:', `--sink=${sink}`], {}, sinkRegistry)
        assert.equal('problems' in parsed ? textOf(parsed.problems) : parsed.kind, '')
      }
    })

    for (const { line, text } of blocks.filter(({ info }) => info.startsWith('yaml'))) {
      for (const template of templatesIn(parse(text))) {
        it(`have bodies that are JSON whatever the event: ${path}:${line}`, () => {
          const options = { name: 'body', escape: 'auto', sendsJson: true, zones } as const
          const prepared = prepareTemplate(template, options)
          assert.ok(prepared.kind === 'template' && prepared.escaping.on, JSON.stringify(prepared))
          for (const { name, event } of SAMPLE_EVENTS) {
            const body = prepared.render(event, 0)
            assert.ok(body.kind === 'body', `${name}: ${JSON.stringify(body)}`)
            assert.equal(body.fault && describeJsonFault(body.fault), undefined, name)
          }
        })
      }
    }

    it(`name files that are there, or that the page has made: ${path}`, () => {
      const names = words.map((word) => word.replace(/^--[\w-]+=/, ''))
      const text = prose.map(([, line]) => line).join('\n')
      for (const name of names) {
        if (/^deploy\/(?:kubernetes|helm|monitoring)\//.test(name))
          assert.ok(existsSync(join(root, name)), name)
        else if (name.endsWith('.yaml')) assert.ok(text.includes(`\`${name}\``), name)
      }
    })
  }

  for (const { path, blocks } of guides) {
    const made = new Set(
      blocks
        .filter(({ info }) => info === 'sh')
        .flatMap(({ text }) => shellCommands(text).flatMap(({ words }) => keysMadeBy(words))),
    )
    it(`make each Secret that their values take a key from: ${path}`, () => {
      for (const { info, text } of blocks.filter((block) => block.info.startsWith('yaml')))
        for (const key of keysTakenBy(parse(text))) assert.ok(made.has(key), `${info}: ${key}`)
    })
  }

  for (const { place, text } of documentedValues()) {
    it(`show values whose sinks are right: ${place}`, async () => {
      const parsed = await configOfValues(text)
      const problems = 'problems' in parsed ? parsed.problems : []
      assert.equal(textOf(problems.filter(({ what }) => !what.startsWith('no sink is given'))), '')
    })
  }
})
