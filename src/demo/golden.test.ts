// The proof that the stand-in answers as a real API server: every recorded exchange is played to it again.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { startApiServer, type ApiServer } from './api-server.ts'
import { ManualClock, exchange, linesOf, type Exchanged } from './testing.ts'
import type { KubernetesEvent } from '../domain/event.ts'

interface Golden {
  readonly name: string
  readonly request: {
    readonly method: string
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: unknown
  }
  readonly response: {
    readonly status: number
    readonly reason: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }
}

const folder = new URL('../../test/golden/apiserver/', import.meta.url)
const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
const goldens = new Map(files.map((file) => [file.slice(0, -5), readGolden(file)]))

/** The project uses no Leases yet, so the stand-in has none. */
const outOfScope = ['lease-create', 'lease-create-again', 'lease-update', 'lease-update-conflict']

/** In the order of the recording; `revision`: where the recorded cluster's store was by then. */
const played: readonly { readonly name: string; readonly revision?: number }[] = [
  { name: 'create-event' },
  { name: 'anonymous-forbidden' },
  { name: 'unauthorized' },
  { name: 'list' },
  { name: 'list-page-2' },
  { name: 'list-rv0' },
  { name: 'list-empty' },
  { name: 'list-field-selector' },
  { name: 'list-bad-field-selector' },
  { name: 'list-bad-continue' },
  { name: 'not-found-configmap' },
  { name: 'watch-timeout' },
  { name: 'watch-from-rv' },
  { name: 'watch-rv0' },
  { name: 'watch-no-rv' },
  { name: 'watch-initial-events', revision: 475 },
  { name: 'watch-bad-rv' },
  { name: 'watch-future-rv' },
  { name: 'watch-all-namespaces' },
  { name: 'watch-bookmarks' },
  { name: 'events-k8s-io-list', revision: 491 },
  { name: 'partial-metadata-list' },
  { name: 'configmap-create', revision: 493 },
  { name: 'configmap-watch-name' },
  { name: 'livez' },
  { name: 'readyz' },
  { name: 'version' },
  { name: 'selfsubjectaccessreview' },
  { name: 'delete-event' },
  { name: 'gone-list-continue', revision: 500 },
  { name: 'gone-list-exact' },
  { name: 'gone-watch' },
]

describe('the stand-in, asked what a real API server was asked', () => {
  let server: ApiServer
  const clock = new ManualClock()

  before(async () => {
    server = await startApiServer({ tokens: ['known'], startRevision: 465, clock, compactEveryMs: 0 })
    // What the recorded cluster held; web-100 comes by `create-event`.
    const recorded = linesOf(Buffer.from(golden('watch-no-rv').response.body)).map((line) => eventIn(line))
    const seeded = recorded.filter(({ metadata }) => metadata.name !== 'web-100.17f0')
    seeded.sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    server.putMany(seeded)
    assert.equal(server.revision, 472)
  })
  after(() => server.close())

  it('knows every recorded exchange', () => {
    const known = [...played.map(({ name }) => name), ...outOfScope]
    assert.deepEqual(known.toSorted(), [...goldens.keys()].toSorted())
  })

  for (const { name, revision } of played) {
    it(`answers ${name} as the real one did`, async () => {
      if (revision !== undefined) server.advance(revision - server.revision)
      if (name === 'gone-list-continue') server.compact()
      const { request, response } = golden(name)
      const headers: Record<string, string> = { ...request.headers }
      if (headers.Authorization) headers.Authorization = `Bearer ${name === 'unauthorized' ? 'x' : 'known'}`
      const { method, body } = request
      const answer = await exchange(server.url + request.path, {
        method,
        headers,
        ...(body === null ? {} : { body }),
      })
      const bytes = request.path.includes('watch=1')
        ? await readWatch(answer, request.path)
        : await answer.whole

      assert.equal(answer.status, response.status)
      assert.equal(answer.reason, response.reason)
      for (const header of ['Content-Type', 'Cache-Control', 'X-Content-Type-Options']) {
        assert.equal(answer.headers[header.toLowerCase()], response.headers[header], header)
      }
      assert.deepEqual(valueOf(name, bytes.toString()), valueOf(name, response.body))
    })
  }

  /** A watch is over when the server says so: at once after an error, else at its timeout. */
  async function readWatch(answer: Exchanged, path: string): Promise<Buffer> {
    const seconds = Number(/timeoutSeconds=(\d+)/.exec(path)?.[1])
    if (answer.status === 200) {
      clock.advance(seconds * 1000 - 1)
      // Whatever the server wanted to say before its timeout is said before an answer to a later request.
      await (
        await exchange(`${server.url}/livez`)
      ).whole
      clock.advance(1)
    }
    return answer.whole
  }
})

function readGolden(file: string): Golden {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
}

function golden(name: string): Golden {
  const found = goldens.get(name)
  assert.ok(found, `no golden ${name}`)
  return found
}

function eventIn(line: string): KubernetesEvent {
  return JSON.parse(line).object
}

/** A body as values, without what is different in every run. */
function valueOf(name: string, text: string): unknown {
  const parse = (json: string): unknown => JSON.parse(json, (key, value) => normalised(name, key, value))
  if (name.includes('watch')) {
    return text.startsWith('{"type"') ? linesOf(Buffer.from(text)).map(parse) : text && parse(text)
  }
  return text.startsWith('{') ? parse(text) : text
}

const buildFacts = ['gitVersion', 'gitCommit', 'gitTreeState', 'goVersion', 'platform']

function normalised(name: string, key: string, value: unknown): unknown {
  if (key === 'uid' && typeof value === 'string' && value.length === 36) return '<uid>'
  if (key === 'creationTimestamp' || key === 'time') return '<time>'
  if (name === 'version' && buildFacts.includes(key)) return '<build>'
  return value
}
