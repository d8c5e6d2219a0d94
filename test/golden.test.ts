/** The recordings of the original, held against the project: what is in scope passes. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import { readGoldenFiles } from './golden-runner/golden-file.ts'
import type { GoldenFile } from './golden-runner/golden-file.ts'
import { fileText } from './golden-runner/print.ts'
import { runFile } from './golden-runner/run-goldens.ts'
import { serverOf } from './golden-runner/unsupported.ts'
import { commandOf } from './golden-runner/wire/program.ts'
import { recordingSchema } from './golden-runner/wire/recording.ts'

const folder = join(import.meta.dirname, 'golden')
const options = { command: commandOf('source'), realTime: false }

function files(...names: readonly string[]): GoldenFile[] {
  return readGoldenFiles(names.map((name) => join(folder, name)))
}

async function textOf(file: GoldenFile): Promise<string> {
  return fileText(await runFile(file, options))
}

describe('vectors of Go', () => {
  for (const file of files('time.json', 'regexp.json')) {
    it(`are answered as Go answers them: ${basename(file.path)}`, async () => {
      assert.match(await textOf(file), /^passed /)
    })
  }

  it('that ask for what there is not yet are told as unsupported, and none fails: uri.json', async () => {
    const [file] = files('uri.json')
    assert.ok(file)
    const { results = [] } = await runFile(file, options)
    const kinds = Map.groupBy(results, ({ verdict }) => verdict.kind)
    assert.deepEqual(kinds.get('failed') ?? [], [])
    assert.ok((kinds.get('passed') ?? []).length >= 150)
  })
})

/** Those are played by test/servers/goldens.test.ts. */
function tellsOfServer(content: unknown): boolean {
  return typeof content === 'object' && content !== null && serverOf(content) !== undefined
}

// Two at once: each has a process of its own.
describe('a recorded run of the original', { concurrency: 2 }, () => {
  const recordings = files('wire').filter(
    ({ path, content }) => basename(path).startsWith('ke-') && !tellsOfServer(content),
  )

  it('is there to be played', () => assert.ok(recordings.length >= 154, `only ${recordings.length}`))

  for (const file of recordings) {
    it(`is what the project does, or rules allow the difference: ${basename(file.path)}`, async () => {
      assert.match(await textOf(file), /^passed /)
    })
  }
})

/** The comparison itself, on recordings that were changed: it must see it. */
describe('a recording that differs from what the project does', { concurrency: 2 }, () => {
  type Recording = z.output<typeof recordingSchema>
  const changes: readonly {
    readonly what: string
    readonly of: string
    readonly change: (recording: Recording) => unknown
    readonly told: RegExp
  }[] = [
    {
      what: 'in a character of a body',
      of: 'ke-webhook-kinds.json',
      change: ({ requests: [first, ...rest], ...recording }) => ({
        ...recording,
        requests: [{ ...first, body: String(first?.body).replace('BackOff', 'BackOfg') }, ...rest],
      }),
      told: /^failed .*body, at character 72: .*BackOfg.*BackOff/s,
    },
    {
      what: 'in a request that is not in it',
      of: 'ke-webhook-namespaces.json',
      change: (recording) => ({ ...recording, requests: recording.requests.slice(1) }),
      told: /^failed .*not expected: POST \/hook at recorder .*BackOff.*counted as delivered: expected 3, got 4/s,
    },
    {
      what: 'in the value of a header',
      of: 'ke-webhook-headers.json',
      change: (recording) => ({
        ...recording,
        requests: recording.requests.map((request) => ({
          ...request,
          headers: { ...request.headers, 'X-One': '2' },
        })),
      }),
      told: /^failed .*header X-One: expected "2", got "1"/s,
    },
    {
      what: 'in how it ends',
      of: 'ke-cli-help.json',
      change: (recording) => ({ ...recording, exit: { code: 2, signal: null } }),
      told: /^failed .*end: expected a code that is not 0, got code 0/s,
    },
    {
      what: 'in a metric',
      of: 'ke-pages-no-event-metrics.json',
      change: ({ pages = [], ...recording }) => ({
        ...recording,
        pages: pages.map((page) => ({
          ...page,
          body: page.body.replace('events_total_number 12', 'events_total_number 13'),
        })),
      }),
      told: /^failed .*missing: eventer_scraper_events_total_number 13/s,
    },
  ]

  for (const { what, of, change, told } of changes) {
    it(`fails: ${what}`, async (test) => {
      const own = mkdtempSync(join(tmpdir(), 'kube-eventer-golden-test-'))
      test.after(() => rmSync(own, { recursive: true, force: true }))
      const recording = recordingSchema.parse(JSON.parse(readFileSync(join(folder, 'wire', of), 'utf8')))
      writeFileSync(join(own, of), JSON.stringify(change(recording)))
      const [file] = readGoldenFiles([join(own, of)])
      assert.ok(file)
      assert.match(await textOf(file), told)
    })
  }
})
