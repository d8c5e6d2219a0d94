/** A recording as a source: every occurrence once, at its pace, over restarts. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { SourceState } from '../domain/source-journal.ts'
import { fakeClock, type FakeClock } from '../kubernetes/testing/fake-clock.ts'
import { fakeJournal, type FakeJournal } from '../kubernetes/testing/fake-journal.ts'
import { fakeTelemetry, type FakeTelemetry } from '../kubernetes/testing/fake-telemetry.ts'
import { RecordingError } from './recording.ts'
import { openRecording, startRecordingSource, type RecordingSource } from './source.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')

function lineOf(number: number, type = 'ADDED'): string {
  const object = { metadata: { name: `e${number}`, uid: `u${number}` }, involvedObject: { name: 'web' } }
  return `${JSON.stringify({ t: startMs + number * 1000, type, object })}\n`
}

function linesTo(last: number): string {
  return Array.from({ length: last }, (_, at) => lineOf(at + 1)).join('')
}

function fileOf(test: TestContext, content: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-recording-'))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'incident')
  writeFileSync(file, content)
  return file
}

interface Playing {
  readonly source: RecordingSource
  readonly clock: FakeClock
  readonly journal: FakeJournal
  readonly telemetry: FakeTelemetry
}

async function play(
  test: TestContext,
  file: string,
  speed: number | 'max',
  saved?: SourceState,
): Promise<Playing> {
  const clock = fakeClock()
  const journal = fakeJournal(saved)
  const telemetry = fakeTelemetry()
  const options = { cluster: 'default', file, speed }
  const opened = await openRecording(file)
  const source = startRecordingSource({ options, opened, journal, telemetry, clock })
  test.after(() => source.stop())
  return { source, clock, journal, telemetry }
}

function names({ occurrences }: Pick<FakeJournal, 'occurrences'>): string[] {
  return occurrences.map(({ event }) => event.metadata.name ?? '')
}

function namesTo(last: number, from = 1): string[] {
  return Array.from({ length: last - from + 1 }, (_, at) => `e${from + at}`)
}

function hasEnded(telemetry: FakeTelemetry): boolean {
  return telemetry.logged.some((line) => line.includes('the recording has ended'))
}

describe('a recording as a source', () => {
  it('journals each added and modified state once, with its bytes, and stays when it ends', async (test) => {
    const content = `${lineOf(1)}${lineOf(2, 'DELETED')}{"type":"BOOKMARK"}\n${lineOf(3, 'MODIFIED')}`
    const { journal, telemetry } = await play(test, fileOf(test, content), 'max')
    await telemetry.until(hasEnded)
    assert.deepEqual(names(journal), ['e1', 'e3'])
    assert.deepEqual(
      journal.occurrences.map(({ raw }) => JSON.parse(Buffer.from(raw).toString())),
      journal.occurrences.map(({ event }) => event),
    )
    assert.equal(journal.state()?.cursor, '4')
    assert.deepEqual(
      telemetry.occurrences,
      journal.occurrences.map(({ event }) => event),
    )
    assert.deepEqual(
      telemetry.states.map(({ state }) => state),
      ['watching'],
    )
  })

  it('is unpacked if it is gzipped', async (test) => {
    const { journal, telemetry } = await play(test, fileOf(test, gzipSync(linesTo(1000))), 'max')
    await telemetry.until(hasEnded)
    assert.deepEqual(names(journal), namesTo(1000))
  })

  it('goes on after a restart at the line where it was, wherever that is', async (test) => {
    const file = fileOf(test, linesTo(1000))
    const whole = await play(test, file, 'max')
    await whole.telemetry.until(hasEnded)
    assert.ok(whole.journal.appends.length > 2)
    let told = 0
    for (const { occurrences, state } of whole.journal.appends) {
      told += occurrences.length
      const { journal, telemetry, source } = await play(test, file, 'max', state)
      await telemetry.until(hasEnded)
      await source.stop()
      assert.deepEqual(names(journal), namesTo(1000, told + 1))
    }
    assert.equal(told, 1000)
  })

  it('begins anew with another file under the name', async (test) => {
    const saved = { cursor: '2', serverIdentity: 'another' }
    const { journal, telemetry } = await play(test, fileOf(test, linesTo(3)), 'max', saved)
    await telemetry.until(hasEnded)
    assert.deepEqual(names(journal), namesTo(3))
  })

  it('plays at the speed it is told', async (test) => {
    const { clock, journal, telemetry } = await play(test, fileOf(test, linesTo(3)), 2)
    assert.equal(await clock.scheduled((afterMs) => afterMs <= 1000), 500)
    assert.deepEqual(names(journal), ['e1'])
    clock.advance(499)
    assert.deepEqual(clock.pending(), [500])
    clock.advance(1)
    await journal.until(() => names(journal).length === 2)
    await clock.scheduled((afterMs) => afterMs === 500)
    clock.advance(500)
    await telemetry.until(hasEnded)
    assert.deepEqual(names(journal), namesTo(3))
  })

  it('reads on only when the journal takes more', async (test) => {
    const file = fileOf(test, linesTo(300))
    const clock = fakeClock()
    const journal = fakeJournal()
    const telemetry = fakeTelemetry()
    const options = { cluster: 'default', file, speed: 'max' } as const
    journal.shut()
    const opened = await openRecording(file)
    const source = startRecordingSource({ options, opened, journal, telemetry, clock })
    test.after(() => source.stop())
    await telemetry.inState('watching')
    journal.open()
    await telemetry.until(hasEnded)
    assert.deepEqual(names(journal), namesTo(300))
  })

  it('stops before a line that is wrong, names it, and passes it when it is mended', async (test) => {
    const file = fileOf(test, `${linesTo(150)}no JSON\n${lineOf(152)}`)
    const { clock, journal, telemetry } = await play(test, file, 'max')
    const detail = await telemetry.inState('retrying')
    assert.match(detail, /incident, line 151: not JSON/)
    assert.deepEqual(names(journal), namesTo(150))
    writeFileSync(file, linesTo(152))
    await clock.scheduled((afterMs) => afterMs === 30_000)
    clock.advance(30_000)
    await telemetry.until(hasEnded)
    assert.deepEqual(names(journal), namesTo(152))
  })

  it('ends when it is stopped in the middle of a wait', async (test) => {
    const { clock, journal, source, telemetry } = await play(test, fileOf(test, linesTo(3)), 1)
    await clock.scheduled((afterMs) => afterMs === 1000)
    await source.stop()
    assert.deepEqual(names(journal), ['e1'])
    assert.equal(telemetry.states.at(-1)?.state, 'stopped')
    assert.deepEqual(clock.pending(), [])
  })
})

describe('a file that is no recording', () => {
  it('is refused with its line', async (test) => {
    const file = fileOf(test, `${linesTo(2)}{"type":"NEWS"}\n`)
    await assert.rejects(openRecording(file), (error) => {
      assert.ok(error instanceof RecordingError)
      assert.match(error.message, /incident, line 3: "type" is "NEWS"/)
      return true
    })
  })

  it('and so is one that is empty, or not there', async (test) => {
    await assert.rejects(openRecording(fileOf(test, '')), /it is empty/)
    await assert.rejects(openRecording(fileOf(test, '\n\n')), /it is empty/)
    await assert.rejects(openRecording('/nonexistent/recording'), /cannot be read: ENOENT/)
  })
})
