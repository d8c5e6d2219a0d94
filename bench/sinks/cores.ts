/** Which of the machine's cores are whose, so that program and server do not take from each other. Linux only. */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'

const count = cpus().length

/** The program's or the floor's, as `taskset -c` reads it. */
export const clientCore = String(count - 1)
/** The server's: all others; on a machine with one core the same. */
export const serverCores = count === 1 ? '0' : `0-${count - 2}`

/** The process and what it starts from now on run on `cores` alone. */
export function pin(pid: number, cores: string): void {
  execFileSync('taskset', ['-a', '-c', '-p', cores, String(pid)], { stdio: 'ignore' })
}
