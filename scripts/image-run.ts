/** Runs a command that an image is made with; what it said is told only where it failed. */
import { spawnSync } from 'node:child_process'

/**
 * Its standard output.
 * @throws Error with the command and all that it wrote, if it fails or is not there.
 */
export function run(command: string, args: readonly string[], cwd?: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    encoding: 'utf8',
    // What it says is read here too: in one language, whatever the machine's.
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    maxBuffer: 64 * 1024 * 1024,
  })
  if (error) throw new Error(`${command} cannot be run (${error.message}): install it`)
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed (${status}):\n${stdout}${stderr}`)
  return stdout
}
