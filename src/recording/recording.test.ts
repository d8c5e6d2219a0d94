import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { RecordingError, readRecording, type RecordedChange } from './recording.ts'

const shipped = (name: string): string =>
  fileURLToPath(new URL(`../demo/recordings/${name}`, import.meta.url))

async function all(file: string): Promise<RecordedChange[]> {
  const changes: RecordedChange[] = []
  for await (const change of readRecording(file)) changes.push(change)
  return changes
}

describe('reading a recording', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recording-'))
  })
  after(() => rm(folder, { recursive: true }))

  async function file(content: string | Buffer, name = 'some.ndjson'): Promise<string> {
    const path = join(folder, name)
    await writeFile(path, content)
    return path
  }
  const event = '{"metadata":{"name":"a"},"involvedObject":{},"message":"ü→😀"}'

  it('reads the incident with its times', async () => {
    const changes = await all(shipped('incident.ndjson.gz'))
    const occurrences = changes.filter(({ type }) => type === 'ADDED' || type === 'MODIFIED')
    assert.equal(occurrences.length, 2210)
    const times = changes.map(({ arrivedAtMs }) => arrivedAtMs ?? NaN)
    assert.equal(Math.round(((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000), 147)
  })

  it('reads a stream as the API server wrote it, without times', async () => {
    const changes = await all(shipped('namespace-deleted.ndjson.gz'))
    assert.equal(changes.length, 400)
    assert.ok(changes.every(({ type, arrivedAtMs }) => type === 'DELETED' && arrivedAtMs === undefined))
  })

  it('needs neither gzip nor a last line break nor a fitting name, and skips empty lines', async () => {
    const text = `{"type":"ADDED","object":${event}}\n\n{"t":5,"type":"BOOKMARK","object":{}}`
    for (const path of [await file(text), await file(gzipSync(text), 'packed.ndjson')]) {
      const [first, second] = await all(path)
      assert.equal(first?.type === 'ADDED' && first.object.message, 'ü→😀')
      assert.deepEqual(second, { type: 'BOOKMARK', line: 3, arrivedAtMs: 5 })
    }
  })

  it('keeps characters whole that two chunks share', async () => {
    const line = `{"type":"ADDED","object":${event}}\n`
    const changes = await all(await file(line.repeat(8000)))
    assert.equal(changes.length, 8000)
    assert.ok(changes.every((change) => change.type === 'ADDED' && change.object.message === 'ü→😀'))
  })

  const wrong: readonly (readonly [string, string | Buffer, number | undefined, RegExp])[] = [
    ['text', 'hello\n', 1, /not JSON: "hello"/],
    ['a list', '[]\n', 1, /not a JSON object/],
    ['an unknown type', `{"type":"RENAMED","object":${event}}`, 1, /"type" is "RENAMED"/],
    ['no event', `{"type":"BOOKMARK"}\n{"type":"ADDED","object":{"metadata":{}}}`, 2, /"object" is no event/],
    ['a time that is none', `{"t":"now","type":"ADDED","object":${event}}`, 1, /"t" is not a number/],
    ['nothing', '', undefined, /it is empty/],
    [
      'a torn gzip',
      gzipSync(`{"type":"ADDED","object":${event}}`).subarray(0, 60),
      undefined,
      /cannot be read/,
    ],
  ]
  for (const [what, content, line, problem] of wrong) {
    it(`names file and line of ${what}`, async () => {
      const path = await file(content)
      await assert.rejects(all(path), (error) => {
        assert.ok(error instanceof RecordingError)
        assert.equal(error.line, line)
        assert.match(error.message, problem)
        assert.ok(error.message.includes(line === undefined ? path : `${path}, line ${line}:`))
        return true
      })
    })
  }

  it('names a file that is not there', async () => {
    await assert.rejects(all(join(folder, 'absent')), /recording .*absent: cannot be read: ENOENT[^\n]*$/)
  })
})
