/** Declarations of commands, their help and their pages: they say the same. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { generatedPart, handWrittenPart, pagePath } from '../../scripts/command-docs.ts'
import { commandHelp, readArguments, shellLine } from '../../src/cli/command.ts'
import { commandDeclarations } from '../../src/cli/commands.ts'
import { subcommands } from '../../src/cli/subcommands.ts'

const root = join(import.meta.dirname, '..', '..')

for (const declaration of commandDeclarations) {
  describe(`the command ${declaration.name}`, () => {
    for (const language of ['en', 'zh'] as const) {
      it(`has a page (${language}) that says what its declaration says, and more`, () => {
        const page = readFileSync(pagePath(root, language, declaration.name), 'utf8')
        assert.ok(
          page.startsWith(generatedPart(declaration, language)),
          'run `node scripts/command-docs.ts`: the page is behind the declaration',
        )
        assert.ok(handWrittenPart(page).trim().length > 0, 'below the marker nothing is written')
      })
    }

    it('has examples that it takes', () => {
      assert.ok(declaration.examples.length > 0)
      for (const { argv } of declaration.examples) {
        assert.equal(argv[0], declaration.name)
        assert.equal(readArguments(declaration, argv.slice(1)).kind, 'run', argv.join(' '))
      }
    })

    it('tells flags, examples and exit codes in its help, in lines that fit', () => {
      const help = commandHelp(declaration)
      for (const { name } of declaration.flags) assert.match(help, new RegExp(`--${name}\\b`))
      for (const [code, meaning] of declaration.exitCodes) assert.ok(help.includes(`  ${code}  ${meaning}`))
      const examples = declaration.examples.map(({ argv }) => `  ${shellLine(argv)}`)
      for (const line of help.split('\n')) assert.ok(line.length <= 120 || examples.includes(line), line)
    })

    it('is told by the help of the program with the same summary', () => {
      assert.equal(subcommands.find(({ name }) => name === declaration.name)?.summary, declaration.summary)
    })
  })
}
