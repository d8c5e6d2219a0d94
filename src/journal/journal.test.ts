/** Each engine keeps the contract. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { journalContract } from './contract.ts'
import { openJournal } from './open.ts'

const workerEntry = new URL('./testing/worker-entry.ts', import.meta.url)
const root = mkdtempSync(join(tmpdir(), 'kube-eventer-journal-'))
after(() => rmSync(root, { recursive: true }))
let directories = 0

function newDir(): string {
  directories += 1
  return join(root, String(directories))
}

journalContract('memory', (options) => openJournal({ dir: undefined, workerEntry, ...options }))

journalContract('sqlite', (options) =>
  openJournal({ dir: newDir(), workerEntry, reserveBytes: 0, ...options }),
)

journalContract('sqlite, on a network file system,', (options) =>
  openJournal({ dir: newDir(), workerEntry, reserveBytes: 0, networkFileSystem: () => 'NFS', ...options }),
)
