/** `--print-config`: the configuration that flags and file come to, as YAML, without its secrets. */
import type { Config, Problem } from '../config/config.ts'
import { renderProblems, wantsColour } from '../config/problems.ts'

/** What is wrong goes to standard error; with an error the exit code is 2, though the rest is printed. */
export async function printConfig(config: Config, problems: readonly Problem[]): Promise<0 | 2> {
  // Loaded here: the program that runs does not need it.
  const { writeConfig } = await import('../config/file/write.ts')
  process.stdout.write(await writeConfig(config, { secrets: 'hidden', defaults: 'written' }))
  process.stderr.write(renderProblems(problems, { colour: wantsColour(process.stderr, process.env) }))
  return problems.some(({ severity }) => severity === 'error') ? 2 : 0
}
