/** Where a running program listens for commands: a socket in its data directory. */
import { join } from 'node:path'

/** The system's bound of a socket's path, in bytes, without the zero that ends it: unix(7), and macOS' sys/un.h. */
const maxPathBytes = process.platform === 'linux' ? 107 : 103

/** No command can reach the program, or the program cannot be reached by any: what, where and what to do. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
}

/** Throws `ControlError` where the system takes no path so long; Node would cut it without a word. */
export function socketPathIn(dataDir: string): string {
  const path = join(dataDir, 'control.sock')
  const bytes = Buffer.byteLength(path)
  if (bytes <= maxPathBytes) return path
  throw new ControlError(
    `the path of the socket for commands, ${path}, is ${bytes} bytes long, and the system takes ${maxPathBytes}; ` +
      'name a data directory with a shorter path, or a symbolic link to it, with --data-dir',
  )
}
