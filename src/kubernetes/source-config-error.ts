/** What is wrong with a source as configured: told before the watch starts, since waiting would not mend it. */

/** Free of secrets: a kubeconfig's content is never quoted, only its path, line and field names. */
export class SourceConfigError extends Error {
  override readonly name = 'SourceConfigError'
  /** The source's name (`cluster=`). */
  readonly cluster: string
  readonly what: string
  /** A path, with a line where there is one (`/etc/kube/config:12`), or the option's name. */
  readonly where: string
  readonly remedy: string

  constructor(cluster: string, problem: ConfigProblem, cause?: unknown) {
    super(`source "${cluster}": ${problem.what}\n  in ${problem.where}; ${problem.remedy}`, { cause })
    this.cluster = cluster
    this.what = problem.what
    this.where = problem.where
    this.remedy = problem.remedy
  }
}

export interface ConfigProblem {
  readonly what: string
  readonly where: string
  readonly remedy: string
}

/** The reason a file could not be read, without the path that Node repeats in its message. */
export function readFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  switch (code) {
    case 'ENOENT':
      return 'does not exist'
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user'
    case 'EISDIR':
      return 'is a directory'
    default:
      return `cannot be read (${code || 'unknown reason'})`
  }
}
