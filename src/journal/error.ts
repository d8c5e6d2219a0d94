/** The journal's one kind of error: what went wrong, where, and what a person can do about it. */

/**
 * - `locked`: another process has the directory
 * - `not-writable`: the directory cannot be made or written
 * - `no-space`: there is no room to begin with, not even with the reserve given up
 * - `too-new`: written by a later version of the program
 * - `too-old`: written by an earlier version, and only a program that runs brings it up to date
 * - `missing`: there is none
 * - `not-a-journal`: the file is a database, and not ours
 * - `cannot-open`: anything else the file system or SQLite said while opening
 * - `cannot-write`: a commit that somebody waits for did not reach the disk
 * - `closed`: the journal was closed while somebody waited
 */
export type JournalErrorKind =
  | 'locked'
  | 'not-writable'
  | 'no-space'
  | 'too-new'
  | 'too-old'
  | 'missing'
  | 'not-a-journal'
  | 'cannot-open'
  | 'cannot-write'
  | 'closed'

export class JournalError extends Error {
  readonly kind: JournalErrorKind
  /** The data directory; '' for the memory engine. */
  readonly dir: string
  /** What the system said, '' if nothing. */
  readonly detail: string

  constructor(kind: JournalErrorKind, dir: string, detail = '', options?: ErrorOptions) {
    super(textOf(kind, dir, detail), options)
    this.name = 'JournalError'
    this.kind = kind
    this.dir = dir
    this.detail = detail
  }
}

function textOf(kind: JournalErrorKind, dir: string, detail: string): string {
  const said = detail === '' ? '' : ` (${detail})`
  switch (kind) {
    case 'locked':
      return (
        `journal: another process uses the data directory ${dir}${said}; ` +
        'stop that process, or give this one a directory of its own with --data-dir'
      )
    case 'not-writable':
      return (
        `journal: cannot write in the data directory ${dir}${said}; ` +
        'make it writable for this user (in a cluster: fsGroup of the pod), or name another with --data-dir'
      )
    case 'no-space':
      return (
        `journal: no space left in the data directory ${dir}${said}; ` +
        'free some, or name a directory on another volume with --data-dir'
      )
    case 'too-new':
      return (
        `journal: ${dir}/journal.db was written by a later version of kube-eventer${said}; ` +
        'run that version, or move the file away to begin with an empty journal'
      )
    case 'too-old':
      return (
        `journal: ${dir}/journal.db was written by an earlier version of kube-eventer${said}; ` +
        'start this version on it once, which brings it up to date'
      )
    case 'missing':
      return `journal: there is no journal in ${dir}; name the data directory of the program with --data-dir`
    case 'not-a-journal':
      return (
        `journal: ${dir}/journal.db is a database of another program${said}; ` +
        'name another directory with --data-dir'
      )
    case 'cannot-open':
      return `journal: cannot open the data directory ${dir}${said}; check the volume, or name another with --data-dir`
    case 'cannot-write':
      return `journal: cannot write to ${dir}${said}; it is tried again by itself: free space or repair the volume`
    case 'closed':
      return 'journal: it was closed meanwhile; nothing can be done with it any more'
  }
}
