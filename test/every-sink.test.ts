/** Every sink at once in one program, during the recorded incident: each loses its destination in turn, and no event. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { sinkRegistry } from '../src/app/registry.ts'
import { play } from '../src/demo/player.ts'
import { systemClock } from '../src/domain/clock.ts'
import { readRecording, type RecordedChange } from '../src/recording/recording.ts'
import { destinations, type Destination, type Place } from './every-sink/destinations.ts'
import { startGate, type Gate } from './every-sink/gate.ts'
import { sumOf, type RunningProgram } from './harness/program.ts'
import { openSite, type Site } from './harness/site.ts'
import { until } from './servers/processes.ts'

const recording = join(import.meta.dirname, '../src/demo/recordings/incident.ndjson.gz')

/** So many times faster than recorded; the program's clock as well, so that a robot's minute takes two seconds. */
const speed = 30
/** What the clients of all sinks take together from their sources, MiB. */
const clientsMiB = 60
/** Two minutes of the test: what others tell while a destination hangs, they tell before its sink gives up a send. */
const timeout = 'ke.timeout=1h'

/** What becomes of a destination, and how the program meets it. */
const faults = ['is gone', 'hangs', 'answers errors'] as const
type Fault = (typeof faults)[number]

/** A sink of the program, and what it writes to; of one that writes to the program's output there is no more. */
interface Stage {
  readonly destination: Destination
  readonly reached?: { readonly gate: Gate; readonly place: Place }
}

describe('every sink at once', () => {
  it('means every sink of the registry: its entry is in test/every-sink/destinations.ts', () => {
    const entries = destinations.map(({ sink }) => sink)
    assert.deepEqual(entries.toSorted(), [...sinkRegistry.keys()].toSorted())
  })

  it('loses nothing and is not delayed by a destination that is gone, hangs or answers errors', async (test) => {
    const site = await openSite(test, { clientMiB: clientsMiB })
    const stages = await openStages(site)
    const program = await site.start(
      [
        site.source,
        ...stages.map(({ destination: { sink, argument }, reached }) => {
          const value = argument(reached?.gate.host ?? '')
          return `--sink=${value}${value.endsWith('?') ? '' : '&'}ke.name=${sink}&${timeout}`
        }),
        `--data-dir=${site.dataDir}`,
      ],
      { NODE_OPTIONS: `--import=${fastClock()}` },
    )
    await program.ready()
    const incident = new Incident(site)
    const troubles = stages.flatMap(({ destination, reached }) =>
      reached ? faults.map((fault) => ({ sink: destination.sink, fault, ...reached })) : [],
    )
    // What comes before a fault is still on its way when it begins.
    const parts = inParts(await changesOf(recording), 2 * troubles.length)
    const all = stages.map(({ destination }) => destination.sink)
    for (const [at, { sink, fault, gate, place }] of troubles.entries()) {
      const others = all.filter((one) => one !== sink)
      const before = await retried(program, sink)
      await incident.play(parts[2 * at] ?? [])
      await begin(fault, gate, place)
      await incident.play(parts[2 * at + 1] ?? [])
      await until(
        `${sink}, whose destination ${fault}, to meet that`,
        async () => (fault === 'hangs' ? gate.keepsWaiting() : (await retried(program, sink)) > before),
        [program.process],
      )
      await incident.journaled(program)
      await settled(program, others, `while the destination of ${sink} ${fault}`)
      assert.notEqual(await lag(program, sink), 0, `${sink} tells events whose destination ${fault}`)
      if (fault === 'hangs') {
        assert.equal(await retried(program, sink), before, `others waited for what ${sink} waits for`)
      }
      place.fail(false)
      await gate.open()
      await settled(program, all, `after the destination of ${sink} was back (it ${fault})`)
    }
    await program.ready()
    const metrics = (await program.ask('/metrics')).body
    assert.equal(sumOf(metrics, 'kube_eventer_sink_dead_letters_total'), 0, 'dead letters')
    assert.equal(sumOf(metrics, 'kube_eventer_sink_lost_total'), 0, 'lost by retention')
    await site.end(program)
    for (const { destination, reached } of stages) {
      const { sink, takes } = destination
      const expected = incident.put(takes)
      assert.equal(sumOf(metrics, 'kube_eventer_sink_delivered_total', labelled(sink)), expected.size, sink)
      const texts = reached?.place.readBack() ?? program.process.stdout().split('\n').slice(0, -1)
      assertStored(test, sink, texts, expected)
    }
  })
})

async function openStages(site: Site): Promise<readonly Stage[]> {
  const startMs = Date.now()
  const clock = { wallMs: () => startMs + (Date.now() - startMs) * speed }
  const stages: Stage[] = []
  for (const destination of destinations) {
    if (!destination.start) {
      stages.push({ destination })
      continue
    }
    const gate = await startGate()
    site.onClose(() => gate.close())
    const place = await destination.start({ host: gate.host, clock })
    site.onClose(() => place.close())
    gate.leadTo(place.host)
    stages.push({ destination, reached: { gate, place } })
  }
  return stages
}

function fastClock(): string {
  const file = pathToFileURL(join(import.meta.dirname, 'golden-runner/wire/fast-clock.ts'))
  return `${file.href}?factor=${speed}`
}

async function begin(fault: Fault, gate: Gate, place: Place): Promise<void> {
  switch (fault) {
    case 'is gone':
      return gate.vanish()
    case 'hangs':
      return gate.hang()
    case 'answers errors':
      return place.fail(true)
  }
}

/** The recorded incident as it is put into the stand-in: each occurrence is told by a number in its message. */
class Incident {
  readonly #site: Site
  readonly #warnings = new Set<number>()
  readonly #all = new Set<number>()

  constructor(site: Site) {
    this.#site = site
  }

  /** The numbers that were put. */
  put(which: 'warnings' | 'all'): ReadonlySet<number> {
    return which === 'all' ? this.#all : this.#warnings
  }

  async play(changes: readonly RecordedChange[]): Promise<void> {
    const { api } = this.#site
    await play(
      each(changes),
      {
        put: (event) => {
          const number = this.#all.size + 1
          this.#all.add(number)
          if (event.type === 'Warning') this.#warnings.add(number)
          return api.put({ ...event, message: `[[${number}]] ${event.message ?? ''}` })
        },
        delete: (namespace, name) => api.delete(namespace, name),
        get revision() {
          return api.revision
        },
      },
      { speed, clock: systemClock, signal: AbortSignal.timeout(60_000) },
    )
  }

  /** Resolves when the program has journaled all that was put. */
  async journaled(program: RunningProgram): Promise<void> {
    await until(
      'all that was put to be journaled',
      async () => (await program.metric('kube_eventer_source_occurrences_total')) === this.#all.size,
      [program.process],
    )
  }
}

async function* each<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values
}

async function changesOf(file: string): Promise<readonly RecordedChange[]> {
  const changes: RecordedChange[] = []
  for await (const change of readRecording(file)) changes.push(change)
  return changes
}

/** So many parts one after another, each with as many warnings: there is something that each sink would miss. */
function inParts(changes: readonly RecordedChange[], count: number): readonly (readonly RecordedChange[])[] {
  const warnings = changes.flatMap((change, at) =>
    (change.type === 'ADDED' || change.type === 'MODIFIED') && change.object.type === 'Warning' ? [at] : [],
  )
  assert.ok(warnings.length > 5 * count, `${warnings.length} warnings are too few`)
  const beginOf = (part: number): number =>
    part === 0 ? 0 : (warnings[Math.floor((part * warnings.length) / count)] ?? changes.length)
  return Array.from({ length: count }, (_, part) => changes.slice(beginOf(part), beginOf(part + 1)))
}

const labelled = (sink: string): RegExp => new RegExp(`sink="${sink}"`)

function lag(program: RunningProgram, sink: string): Promise<number> {
  return program.metric('kube_eventer_sink_lag_events', labelled(sink))
}

function retried(program: RunningProgram, sink: string): Promise<number> {
  return program.metric('kube_eventer_sink_retried_total', labelled(sink))
}

/**
 * Client libraries look for their servers by clocks of their own, which are not made faster: some ask again only half a
 * minute after a question that was never answered.
 */
const patienceMs = 150_000

/** Resolves when none of the sinks has anything left to tell. */
async function settled(program: RunningProgram, sinks: readonly string[], when: string): Promise<void> {
  let late: string[] = []
  await until(
    'no lag',
    async () => {
      const metrics = (await program.ask('/metrics')).body
      late = sinks.filter((sink) => sumOf(metrics, 'kube_eventer_sink_lag_events', labelled(sink)) > 0)
      return late.length === 0
    },
    [program.process],
    patienceMs,
  ).catch((error: unknown) => {
    throw new Error(`${when}: ${late.join(', ')} did not tell all`, { cause: error })
  })
}

/** Every occurrence once: by its own message, or as one of those that a digest counts. */
function assertStored(
  test: TestContext,
  sink: string,
  texts: readonly string[],
  expected: ReadonlySet<number>,
): void {
  const digested = texts.map(countInDigest).reduce((sum, count) => sum + count, 0)
  const single = texts.filter((text) => countInDigest(text) === 0).map(numberIn)
  const distinct = new Set(single)
  const foreign = [...distinct].filter((number) => !expected.has(number))
  test.diagnostic(`${sink}: ${single.length} one by one, ${digested} in digests, of ${expected.size}`)
  assert.deepEqual(foreign, [], `${sink}: stored, and never put`)
  assert.equal(single.length - distinct.size, 0, `${sink}: stored twice`)
  assert.equal(distinct.size + digested, expected.size, `${sink}: what is stored, of what was put`)
}

/** How many events a digest tells; 0: it is none. */
function countInDigest(text: string): number {
  return Number(/^(?:\*\*)?(\d+) events?(?:\*\*)? of \d+ objects?/.exec(text)?.[1] ?? 0)
}

function numberIn(text: string): number {
  return Number(/\[\[(\d+)\]\]/.exec(text)?.[1])
}
