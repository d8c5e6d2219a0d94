/** What pages name is there: metrics, exit codes, options, flags; and the guarantee stands in its own words. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { sinkRegistry } from '../../src/app/registry.ts'
import { sinkReference } from '../../src/app/sink-reference.ts'
import { commandDeclarations } from '../../src/cli/commands.ts'
import { flags } from '../../src/config/flag-table.ts'
import { kitOptionSummaries } from '../../src/config/option-summaries.ts'
import { readPages, root } from './pages.ts'
import type { Page } from './pages.ts'

const pages = readPages()

/** Each match of `form` in the text of the pages, but for `isKnown` ones, with its place. */
function unknownNames(form: RegExp, isKnown: (name: string) => boolean, among = pages): readonly string[] {
  return among.flatMap(({ path, prose }) =>
    prose.flatMap(([line, text]) =>
      [...text.matchAll(form)]
        .map(([whole, name = whole]) => name)
        .filter((name) => !isKnown(name))
        .map((name) => `${path}:${line}: ${name}`),
    ),
  )
}

function page(path: string): Page {
  const found = pages.find((one) => one.path === path)
  assert.ok(found, `there is no ${path}`)
  return found
}

function textOf({ prose }: Page): string {
  return prose.map(([, text]) => text).join('\n')
}

/** From the tables that declare them: a metric without a sample is on no page of a program. */
function metricNames(): ReadonlySet<string> {
  const tables = ['own-metrics', 'eventer-metrics'].map((name) =>
    readFileSync(join(root, `src/telemetry/${name}.ts`), 'utf8'),
  )
  const declared = tables.flatMap((text) => [...text.matchAll(/name: '(\w+)',\s+type: '(\w+)'/g)])
  return new Set(
    declared.flatMap(([, name = '', type]) =>
      type === 'histogram' ? [name, `${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    ),
  )
}

describe('what pages name', () => {
  it('as a metric, is one', () => {
    const known = metricNames()
    assert.ok(known.has('kube_eventer_sink_up') && known.has('eventer_scraper_events_total_number'))
    const form = /\b((?:kube_)?eventer_[a-z_]*[a-z]\b(?!\*))/g
    assert.deepEqual(
      unknownNames(form, (name) => known.has(name) || name === 'eventer_events'),
      [],
    )
  })

  it('as an option of every sink, is one', () => {
    const known = new Set(kitOptionSummaries().map(({ name }) => name))
    const isKnown = (name: string): boolean => known.has(name) || name.startsWith('ke.file')
    assert.deepEqual(unknownNames(/(?<![\w.])(ke\.[A-Za-z.]+!?)/g, isKnown), [])
  })

  it('as a flag, is one', () => {
    // Of other programs: the API server's, and node's own.
    const known = new Set(['event-ttl', 'test', 'help', ...flags.map(({ name }) => name)])
    for (const { flags: own } of commandDeclarations) for (const { name } of own) known.add(name)
    // Those of the demo are in no table.
    for (const name of ['speed', 'recording']) known.add(name)
    assert.deepEqual(
      unknownNames(/`(?:[^`]* )?--([a-z][\w-]*)[^`]*`/g, (name) => known.has(name)),
      [],
    )
  })

  it('as a command, is one', () => {
    const known = ['run', 'demo', 'config', 'help', 'version', ...commandDeclarations.map(({ name }) => name)]
    assert.deepEqual(
      unknownNames(/`kube-eventer ([a-z]+)\b[^`]*`/g, (name) => known.includes(name)),
      [],
    )
  })

  it('as an exit code of a command, is one of it', () => {
    const codes = new Map<string, readonly number[]>([['run', [0, 1, 2]]])
    for (const { name, exitCodes } of commandDeclarations)
      codes.set(
        name,
        exitCodes.map(([code]) => code),
      )
    const named = pages.flatMap(({ path, prose }) =>
      prose.flatMap(([line, text]) => {
        const form = /`(?:kube-eventer )?([a-z]+)`[^`]*(?:exit code|退出码)[^\d`|]*(\d)/g
        return [...text.matchAll(form)].map(([, name = '', code]) => ({
          place: `${path}:${line}`,
          name,
          code,
        }))
      }),
    )
    assert.ok(named.length > 0)
    for (const { place, name, code } of named) {
      assert.ok(codes.get(name)?.includes(Number(code)), `${place}: ${name} never ends with ${code}`)
    }
  })
})

const guarantee = {
  en:
    'every state of an event that the API server still had is delivered at least once; ' +
    'a kill repeats at most what was in flight or not yet committed (10 ms).',
  zh: 'API server 上还存在的事件的每一个状态，至少送达一次；进程被杀时，最多重复正在发送的和尚未提交（10 毫秒内）的那部分。',
}

describe('the guarantee', () => {
  for (const [path, words] of [
    ['README.md', guarantee.en],
    ['ARCHITECTURE.md', guarantee.en],
    ['docs/en/guarantees.md', guarantee.en],
    ['README.zh-CN.md', guarantee.zh],
    ['docs/zh/guarantees.md', guarantee.zh],
  ] as const) {
    it(`stands in the same words in ${path}`, () => {
      assert.ok(textOf(page(path)).toLowerCase().includes(words.toLowerCase()))
    })
  }
})

describe('the page of a sink', () => {
  for (const declaration of sinkRegistry.values()) {
    for (const language of ['en', 'zh']) {
      it(`names each of its options: ${declaration.name} (${language})`, () => {
        const text = textOf(page(`docs/${language}/sinks/${declaration.name}.md`))
        const missing = sinkReference(declaration)
          .options.map(({ name }) => name)
          .filter((name) => !new RegExp(`\`${name}\\b[^\`]*\``).test(text))
        assert.deepEqual(missing, [])
      })
    }
  }
})

describe('the page on trouble', () => {
  for (const language of ['en', 'zh']) {
    it(`ends each symptom in a command that tells (${language})`, () => {
      const { headings, blocks, prose } = page(`docs/${language}/troubleshooting.md`)
      const starts = prose.filter(([, text]) => text.startsWith('## ')).map(([line]) => line)
      assert.equal(starts.length, headings.length - 1)
      for (const [at, start] of starts.entries()) {
        const end = starts[at + 1] ?? Infinity
        const last = blocks.findLast(({ line }) => line > start && line < end)
        assert.ok(last?.info === 'sh' && last.text.startsWith('kube-eventer '), `line ${start}`)
        const after = prose.filter(([line, text]) => line > last.line && line < end && text.trim() !== '')
        assert.deepEqual(after, [], `line ${start}: text follows the command`)
      }
    })
  }
})
