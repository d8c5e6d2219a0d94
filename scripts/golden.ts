/**
 * `npm run -s golden -- FILE|FOLDER…`: runs the recorded vectors and runs of the original against the project. Prints
 * passed, failed or unsupported a file with the first differences; a deliberate difference is a rule of
 * test/golden-runner/rules.ts, and the rules used are printed. Exit 0: all passed; 1: some failed; 2: none failed,
 * some are unsupported.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readGoldenFiles } from '../test/golden-runner/golden-file.ts'
import { fileText } from '../test/golden-runner/print.ts'
import { uriRules, wireRules } from '../test/golden-runner/rules.ts'
import { runGoldens } from '../test/golden-runner/run-goldens.ts'
import { commandOf } from '../test/golden-runner/wire/program.ts'

const usage = `npm run -s golden -- [--dist] [--real-time] FILE|FOLDER…

  --dist        run what \`npm run build\` made, not the sources
  --real-time   wait for what takes minutes, instead of giving the program a faster clock
  --rules       list the deliberate differences, each with the row that allows it, and run nothing

Without a file: the recordings of test/golden.
`

process.exitCode = await main()

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      dist: { type: 'boolean' },
      'real-time': { type: 'boolean' },
      rules: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  if (values.rules) {
    for (const { id, source } of [...wireRules, ...uriRules]) {
      process.stdout.write(`${id}\n  ${source.page}: ${source.row}\n`)
    }
    return 0
  }
  const paths = positionals.length > 0 ? positionals : [join(import.meta.dirname, '..', 'test', 'golden')]
  const absent = paths.filter((path) => !existsSync(path))
  if (absent.length > 0) {
    process.stderr.write(`there is no ${absent.join(', no ')}\n\n${usage}`)
    return 1
  }
  const command = commandOf(values.dist ? 'dist' : 'source')
  if (!existsSync(command.entry)) {
    process.stderr.write(`there is no ${command.entry}: run \`npm run build\` first\n`)
    return 1
  }
  return runGoldens(readGoldenFiles(paths), {
    command,
    realTime: values['real-time'] ?? false,
    atOnce: 2,
    onFile: (result) => void process.stdout.write(fileText(result)),
  })
}
