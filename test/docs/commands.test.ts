/** Every command line in the documentation is one that the program takes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sinkRegistry } from '../../src/app/registry.ts'
import { wrongWith } from './command-lines.ts'
import { readPages } from './pages.ts'
import { shellCommands } from './shell-words.ts'

/** A usage line is no command: `kube-eventer sinks [NAME]`. */
const isUsage = (words: readonly string[]): boolean => words.some((word) => /^\[|^…$|^FLAGS$/.test(word))

describe('command lines in the documentation', () => {
  for (const { path, blocks } of readPages()) {
    const shown = blocks.filter(({ info }) => info === 'sh' || info === 'console')
    if (shown.length === 0) continue
    // Its commands need its sink: its own test has them.
    if (path.endsWith('/write-a-sink.md')) continue
    it(`are taken by the program: ${path}`, () => {
      const wrong = shown.flatMap(({ line, text }) =>
        shellCommands(text).flatMap(({ line: at, words }) => {
          const why = isUsage(words) ? undefined : wrongWith(words, sinkRegistry)
          return why === undefined ? [] : [`${path}:${line + at + 1}: ${words.join(' ')}\n${why}`]
        }),
      )
      assert.ok(wrong.length === 0, `\n${wrong.join('\n')}`)
    })
  }

  it('that are wrong are found', () => {
    const run = (line: string): string | undefined =>
      shellCommands(line)
        .map(({ words }) => wrongWith(words, sinkRegistry))
        .find((why) => why !== undefined)
    assert.equal(run("kube-eventer --source=kubernetes: '--sink=log'  # comment"), undefined)
    assert.match(run('kube-eventer --sorce=kubernetes: --sink=log') ?? '', /sorce/)
    assert.match(run('echo | kube-eventer statsu') ?? '', /statsu/)
    assert.match(run('kubectl exec deploy/x -- /kube-eventer tail --levle=all') ?? '', /levle/)
    assert.match(run('npm run demonstration') ?? '', /no script/)
    assert.match(
      run("kube-eventer --source=kubernetes: '--sink=nope:https://x.example.test/'") ?? '',
      /no sink nope/,
    )
    assert.match(
      run('kube-eventer check --source=kubernetes: --sink=webhook:https://h.example.test?ke.nmae=x') ?? '',
      /nmae/,
    )
  })
})

describe('the words of a shell line', () => {
  it('are as a shell has them', () => {
    const text = '$ a \'b c\' --x="d e"f \\\n  g 2>/dev/null | h; i # no\nprinted\n$ j > k'
    assert.deepEqual(
      shellCommands(text).map(({ words }) => words),
      [['a', 'b c', '--x=d ef', 'g'], ['h'], ['i'], ['j']],
    )
  })
})
