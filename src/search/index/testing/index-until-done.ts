/** A process that brings the index of the journal in a directory up to date, and is killed by a test meanwhile. Tells when it begins. */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileName } from '../../../journal/sqlite/schema.ts'
import { openStopped } from '../../../journal/stopped.ts'
import { Indexing } from '../indexing.ts'
import { openIndexToWrite } from '../schema.ts'

const [, , dir = ''] = process.argv
const { salt, close } = openStopped(dir)
close()
const indexing = new Indexing(
  openIndexToWrite(dir, salt),
  new DatabaseSync(join(dir, fileName), { readOnly: true }),
)
writeSync(1, 'begins\n')
while (indexing.step());
