/** Holds the rules of ARCHITECTURE.md over the whole project; a violation names its line and its rule. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { importsOf, readSourceFiles } from './architecture/source-files.ts'
import {
  cycleViolations,
  fileViolations,
  isTestFile,
  packageViolations,
  roomViolations,
  startedFileViolations,
  textViolations,
} from './architecture/rules.ts'
import type { SourceFile } from './architecture/source-files.ts'

const root = join(import.meta.dirname, '..')
const folders = ['src', 'test', 'scripts', 'bench', 'bin', 'deploy', 'docs', '.ci'].filter((folder) =>
  existsSync(join(root, folder)),
)
const program = readSourceFiles(root, ['src'], ['.ts'])
const typescript = readSourceFiles(root, folders, ['.ts'])
const texts = [
  ...readSourceFiles(root, folders, ['.ts', '.cjs', '.md', '.yaml', '.yml', '.sh', 'Dockerfile', 'run']),
  ...['README.md', 'README.zh-CN.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'package.json']
    .filter((path) => existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
]

function declaredDependencies(): string[] {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  assert.ok(typeof manifest === 'object' && manifest !== null && 'dependencies' in manifest)
  assert.ok(typeof manifest.dependencies === 'object' && manifest.dependencies !== null)
  return Object.keys(manifest.dependencies)
}

function assertNone(violations: readonly string[]): void {
  assert.ok(violations.length === 0, `\n${violations.join('\n')}`)
}

describe('the import graph', () => {
  it('is there to be looked at', () => {
    assert.ok(program.filter(({ path }) => !isTestFile(path)).length > 10)
    assert.ok(program.some((file) => importsOf(file).length > 0))
  })

  it('lets a room see only the rooms it may see', () => assertNone(roomViolations(program)))
  it('has no cycle', () => assertNone(cycleViolations(typescript)))
  it('starts no file but main.ts', () => assertNone(startedFileViolations(program)))
  it('uses declared packages only', () => assertNone(packageViolations(program, declaredDependencies())))
})

describe('a file', () => {
  it('is one idea that its first line names, without barrels and default exports', () =>
    assertNone(fileViolations(typescript)))
  it('speaks of the project alone', () => assertNone(textViolations(texts)))
})

function made(path: string, text: string): SourceFile {
  return { path, text }
}

/** The rules themselves, on files made up to break them. */
describe('the rules', () => {
  it('see every form of import, at its line', () => {
    const text = [
      "import a, { b } from './a.ts'",
      "import type { C } from '../c/c.ts'",
      'import {',
      '  d,',
      "} from '../d.ts'",
      "export * from './e.ts'",
      "import './f.ts'",
      "const g = await import('./g.ts')",
      "type H = import('./h.ts').H",
      "new Worker(new URL('./i.ts', import.meta.url))",
      "import { readFile } from 'node:fs/promises'",
      " * import { no } from './comment.ts'",
      "export const text = 'from'",
    ].join('\n')
    const seen = importsOf(made('src/room/x.ts', text)).map(
      ({ line, target, specifier, how }) => `${line} ${how} ${target ?? specifier}`,
    )
    assert.deepEqual(seen, [
      '1 static src/room/a.ts',
      '2 static src/c/c.ts',
      '5 static src/d.ts',
      '6 static src/room/e.ts',
      '7 static src/room/f.ts',
      '8 dynamic src/room/g.ts',
      '9 dynamic src/room/h.ts',
      '10 url src/room/i.ts',
      '11 static node:fs/promises',
    ])
  })

  const forbidden: readonly [path: string, imported: string][] = [
    ['src/domain/x.ts', '../gotime/y.ts'],
    ['src/gotime/x.ts', '../domain/y.ts'],
    ['src/kubernetes/x.ts', '../journal/y.ts'],
    ['src/journal/x.ts', '../template/y.ts'],
    ['src/stages/x.ts', '../config/y.ts'],
    ['src/template/x.ts', '../sink-kit/y.ts'],
    ['src/config/x.ts', '../stages/y.ts'],
    ['src/sinks/webhook/x.ts', '../../telemetry/y.ts'],
    ['src/sinks/webhook/x.ts', '../kafka/y.ts'],
    ['src/sink-kit/x.ts', '../sinks/webhook/index.ts'],
    ['src/delivery/x.ts', '../sinks/webhook/index.ts'],
    ['src/delivery/x.ts', '../app/y.ts'],
    ['src/http/x.ts', '../delivery/y.ts'],
    ['src/cli/x.ts', '../sinks/webhook/index.ts'],
    ['src/app/x.ts', '../cli/y.ts'],
    ['src/main.ts', './delivery/y.ts'],
    ['src/delivery/x.ts', './x.test.ts'],
    ['src/delivery/x.ts', './testing/clock.ts'],
    ['src/sinks/webhook/x.ts', '../../sink-kit/contract.ts'],
    ['src/delivery/x.ts', '../../test/servers/needs.ts'],
    ['src/nowhere/x.ts', '../domain/y.ts'],
  ]
  for (const [path, imported] of forbidden) {
    it(`forbid ${path} to import ${imported}`, () => {
      const [violation, ...more] = roomViolations([made(path, `// x\nimport { y } from '${imported}'`)])
      assert.match(violation ?? '', new RegExp(`^${path}:[12]: `))
      assert.deepEqual(more, [])
    })
  }

  const allowed: readonly [path: string, imported: string][] = [
    ['src/sinks/webhook/x.ts', './y.ts'],
    ['src/sinks/webhook/x.ts', '../../sink-kit/sink.ts'],
    ['src/config/x.ts', '../sink-kit/sink.ts'],
    ['src/delivery/x.ts', '../journal/journal.ts'],
    ['src/http/x.ts', '../app/y.ts'],
    ['src/app/x.ts', '../sinks/webhook/index.ts'],
    ['src/main.ts', './cli/run.ts'],
    ['src/delivery/x.test.ts', '../sinks/webhook/index.ts'],
  ]
  for (const [path, imported] of allowed) {
    it(`allow ${path} to import ${imported}`, () =>
      assertNone(roomViolations([made(path, `import { y } from '${imported}'`)])))
  }

  it('find a cycle through type imports, once, and none in a diamond', () => {
    const a = made('src/a/a.ts', "import './b.ts'\nimport './c.ts'")
    const b = made('src/a/b.ts', "import './d.ts'")
    const c = made('src/a/c.ts', "import './d.ts'")
    assertNone(cycleViolations([a, b, c, made('src/a/d.ts', '')]))
    assert.deepEqual(cycleViolations([a, b, c, made('src/a/d.ts', "import type { A } from './a.ts'")]), [
      'src/a/d.ts:1: cycle: src/a/a.ts → src/a/b.ts → src/a/d.ts → src/a/a.ts',
    ])
  })

  it('forbid workers that the one file of a release would not have', () => {
    const text = "new Worker(new URL('./worker.ts', import.meta.url))"
    assert.equal(startedFileViolations([made('src/journal/x.ts', text)]).length, 1)
    assertNone(startedFileViolations([made('src/journal/x.test.ts', text)]))
    assertNone(
      startedFileViolations([made('src/demo/x.ts', "new URL('./recordings/x.gz', import.meta.url)")]),
    )
  })

  it('forbid packages that are not declared, and any in domain', () => {
    const text = "import { request } from 'undici'\nimport fs from 'fs'\nimport * as z from 'zod/mini'"
    assert.equal(packageViolations([made('src/http/x.ts', text)], ['undici', 'zod']).length, 1)
    assert.equal(packageViolations([made('src/domain/x.ts', text)], ['undici', 'zod']).length, 3)
    assert.equal(packageViolations([made('src/gotime/x.ts', text)], ['undici', 'zod']).length, 3)
  })

  it('forbid long files, barrels, default exports and files that do not say what they are', () => {
    const broken = [
      made('src/app/long.ts', `// x\n${'x()\n'.repeat(600)}`),
      made('src/app/barrel.ts', "/** x */\nexport * from './a.ts'\nexport {\n  b,\n} from './b.ts'\n"),
      made('src/app/default.ts', '// x\nexport default 5\n'),
      made('src/app/mute.ts', 'export const a = 5\n'),
    ]
    assert.deepEqual(
      broken.map((one) => fileViolations([one]).length),
      [1, 1, 1, 1],
    )
    assertNone(fileViolations([made('src/sinks/log/index.ts', '// x\nexport default 5\n')]))
  })

  it('forbid paths of one machine and notes instead of work', () => {
    const forbiddenTexts = [
      ['/ro', 'ot/x'].join(''),
      ['// TO', 'DO later'].join(''),
      ['// @ts-', 'ignore'].join(''),
    ]
    for (const text of forbiddenTexts) assert.equal(textViolations([made('src/app/x.ts', text)]).length, 1)
    assertNone(
      textViolations([made('docs/x.md', 'the container runs in https://example.test/root/ as /bin/sh')]),
    )
  })
})
