/** Recordings of the original that tell what stood in a database afterwards, played against the real server. */
import assert from 'node:assert/strict'
import { basename, join } from 'node:path'
import { describe, it } from 'node:test'
import { readGoldenFiles } from '../golden-runner/golden-file.ts'
import { fileText } from '../golden-runner/print.ts'
import { runFile } from '../golden-runner/run-goldens.ts'
import { serverOf } from '../golden-runner/unsupported.ts'
import { commandOf } from '../golden-runner/wire/program.ts'
import { needs } from './needs.ts'

const folder = join(import.meta.dirname, '..', 'golden', 'wire')

const recordings = readGoldenFiles([folder]).flatMap((file) => {
  const { content } = file
  const server = typeof content === 'object' && content !== null ? serverOf(content) : undefined
  return server ? [{ file, server }] : []
})

for (const [server, files] of Map.groupBy(recordings, (recording) => recording.server)) {
  describe(`a recorded run of the original with ${server}`, () => {
    for (const { file } of files) {
      const title = `is what the project does, or rules allow the difference: ${basename(file.path)}`
      // Skipped one by one, so that each is named.
      it(title, { skip: needs(server) }, async () => {
        const result = await runFile(file, { command: commandOf('source'), realTime: false })
        assert.match(fileText(result), /^passed /)
      })
    }
  })
}

it('there are recordings of each of the real servers', () => {
  assert.deepEqual(new Set(recordings.map(({ server }) => server)), new Set(['InfluxDB', 'MariaDB']))
})
