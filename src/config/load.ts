/** The command line, and the file that it names, become the one configuration. */
import type { SinkDeclaration } from '../sink-kit/sink.ts'
import type { Environment } from './expand-env.ts'
import { withReferredFiles } from './referred-files.ts'
import { configPathOf, frequencyMsOf, parseCommandLine, type CommandLine } from './from-command-line.ts'

/**
 * As `parseCommandLine`, and reads the file of `--config` and what its secrets refer to. To be called again for a
 * reload: all files are read anew.
 */
export async function loadConfig(
  argv: readonly string[],
  env: Environment,
  registry: ReadonlyMap<string, SinkDeclaration>,
): Promise<CommandLine> {
  const read = await readConfig(argv, env, registry)
  return read.kind === 'run' ? { ...read, config: await withReferredFiles(read.config) } : read
}

async function readConfig(
  argv: readonly string[],
  env: Environment,
  registry: ReadonlyMap<string, SinkDeclaration>,
): Promise<CommandLine> {
  const path = configPathOf(argv)
  if (path === undefined) return parseCommandLine(argv, env, registry)
  // Loaded here: without a file nothing needs it.
  const { readConfigFile } = await import('./file/read-file.ts')
  const file = await readConfigFile(path, { registry, env, frequencyMs: frequencyMsOf(argv) })
  return parseCommandLine(argv, env, registry, file)
}
