/**
 * The sink that `write-a-sink.md` makes works as the page says: its files are written into a copy of the sources,
 * checked and run there.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { check, resolveConfig } from 'prettier'
import { sinkRegistry } from '../../src/app/registry.ts'
import type { SinkDeclaration } from '../../src/sink-kit/sink.ts'
import { wrongWith } from './command-lines.ts'
import { readPage, root } from './pages.ts'
import type { Page } from './pages.ts'
import { shellCommands } from './shell-words.ts'

const run = promisify(execFile)

const pageIn = (language: string): Page => {
  const path = `docs/${language}/write-a-sink.md`
  return readPage(path, readFileSync(join(root, path), 'utf8'))
}
const page = pageIn('en')

/** Paths from the project's root, and what the page puts there. */
function filesOf({ blocks }: Page): ReadonlyMap<string, string> {
  return new Map(
    blocks.flatMap(({ note, text }) => {
      const path = /^file: (\S+)$/.exec(note ?? '')?.[1]
      return path === undefined ? [] : [[path, text] as const]
    }),
  )
}

/** The registry with the two lines of the page, whatever else is in its list. */
function registryOf({ blocks }: Page): string {
  const lines = blocks.find(({ note }) => note === 'registry')?.text ?? ''
  const [added = '', list = ''] = lines.split('\n\n').map((part) => part.trim())
  const [start = '', name] =
    /^(const declarations: .* = \[)\n {2}\/\/ …\n {2}(\w+),\n\]$/.exec(list)?.slice(1) ?? []
  const text = readFileSync(join(root, 'src/app/registry.ts'), 'utf8')
  assert.ok(name !== undefined && text.includes(start), list)
  return text.replace(/^import dingtalk/m, `${added}\n$&`).replace(start, `${start}${name}, `)
}

describe('the sink of write-a-sink.md', () => {
  const files = filesOf(page)
  let copy = ''

  before(() => {
    copy = mkdtempSync(join(tmpdir(), 'kube-eventer-sink-'))
    cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true })
    for (const file of ['package.json', 'tsconfig.json']) cpSync(join(root, file), join(copy, file))
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    for (const [path, text] of files) {
      mkdirSync(dirname(join(copy, path)), { recursive: true })
      writeFileSync(join(copy, path), text)
    }
    writeFileSync(join(copy, 'src/app/registry.ts'), registryOf(page))
  })

  after(() => rmSync(copy, { recursive: true, force: true }))

  it('is the same in both languages', () => {
    assert.deepEqual(filesOf(pageIn('zh')), files)
    assert.equal(registryOf(pageIn('zh')), registryOf(page))
  })

  it('is formatted as the project is', async () => {
    assert.equal(files.size, 2)
    const options = await resolveConfig(join(root, 'src/main.ts'))
    for (const [path, text] of files) assert.ok(await check(text, { ...options, filepath: path }), path)
  })

  it('has the types of a sink', async () => {
    const include = [...files.keys(), 'src/app/registry.ts', 'src/**/*.d.ts']
    writeFileSync(join(copy, 'tsconfig.one.json'), JSON.stringify({ extends: './tsconfig.json', include }))
    await run(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.one.json'], { cwd: copy })
  })

  it('holds the contract of sinks', async () => {
    const tests = [...files.keys()].filter((path) => path.endsWith('.test.ts'))
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const { stdout } = await run(process.execPath, ['--test', ...tests], { cwd: copy, env })
    const told = (what: string): number =>
      Number(new RegExp(`^[^\\w]*${what} (\\d+)$`, 'm').exec(stdout)?.[1])
    assert.ok(told('pass') > 12, stdout)
    assert.deepEqual([told('fail'), told('skipped')], [0, 0])
  })

  it('is known to the program, options and all', async () => {
    const { stdout } = await run(process.execPath, [join(copy, 'src/main.ts'), 'sinks', 'mattermost'])
    assert.match(stdout, /^mattermost: /)
    assert.match(stdout, /url {6}text, required, secret/)
  })

  it('takes the commands of the page', async () => {
    const path = pathToFileURL(join(copy, 'src/sinks/mattermost/index.ts')).href
    const made: { default: SinkDeclaration } = await import(path)
    const registry = new Map([...sinkRegistry, ['mattermost', made.default]])
    for (const { blocks } of [page, pageIn('zh')]) {
      for (const { info, text } of blocks) {
        if (info !== 'sh') continue
        for (const { words } of shellCommands(text)) {
          const isOwnFile = words.some((word) => files.has(word))
          if (!isOwnFile) assert.equal(wrongWith(words, registry), undefined, text)
        }
      }
    }
  })
})
