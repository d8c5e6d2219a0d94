/**
 * What every sink of a real server has to prove, whatever the server: that what it says it has stored is there, when
 * the server stops, hangs or was away, and when the program is killed.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { readMark, type Feed, type Mark } from '../harness/feed.ts'
import type { RunningProgram } from '../harness/program.ts'
import { openSite, type Site } from '../harness/site.ts'
import { needs } from './needs.ts'
import { until } from './processes.ts'

/** A server, and the sink that writes to it. */
export interface Destination {
  /**
   * A whole `--sink=` value, the same over restarts of the server. It holds `ke.timeout=2s`, so that a test of a frozen
   * server does not take long, and lets everything pass (`level` Normal, or none where that means all).
   */
  readonly argument: string
  /** What the client of the sink takes from its sources besides what it takes in a release, MiB. */
  readonly clientMiB?: number
  /** The event's time is a part of what makes a resend the same: events have one, as Kubernetes' own do. */
  readonly isKeyedByTime?: boolean
  /** What the program finds in its environment besides PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>
  /** The text that carries the event's message, of everything stored: what is stored twice comes twice. */
  readBack(): Promise<readonly string[]>
  /** The server goes away. */
  stop(): Promise<void>
  /** It comes back, on the same port and with its data. */
  start(): Promise<void>
  /** SIGSTOP: it takes connections and answers nothing. */
  freeze(): void
  /** SIGCONT. */
  thaw(): void
  close(): Promise<void>
}

export interface DestinationKind {
  /** As in `kafka 4.3, SCRAM-SHA-512`. */
  readonly name: string
  start(): Promise<Destination>
  /** A resend changes nothing: nothing is stored twice, whatever happens. */
  readonly idempotent: boolean
}

/** Events that wait in the journal while the server is down. */
const backlogSize = 100_000
/** Of these an event has its own object, so that order is looked at as well. */
const backlogObjects = 500
/** The longest that reading it all back may take, ms: the servers share two cores with the program. */
const backlogWithinMs = 300_000

/** Declares the suite: each test has its own data directory and objects, the server is one for all. */
export function runDestinationSuite(kind: DestinationKind): void {
  describe(`events in ${kind.name}`, { skip: needs(kind.name) }, () => {
    let destination: Destination
    before(async () => {
      destination = await kind.start()
    })
    after(async () => {
      await destination?.close()
    })

    it('are stored, every state of them, once', async (test) => {
      const place = await openPlace(test, destination, 'plain')
      const program = await place.startReady()
      place.site.feed.put(500)
      await place.allStored(program)
      await place.assertStored({ once: true })
      await place.site.end(program)
    })

    it('that come while the server is away are stored when it is back', async (test) => {
      const place = await openPlace(test, destination, 'away')
      const program = await place.startReady()
      const load = place.site.load(500)
      await place.someStored(program)
      await destination.stop()
      const putBefore = place.site.feed.marks.size
      await until('events to come while it is away', () => place.site.feed.marks.size > putBefore + 500)
      await destination.start()
      const putUntilBack = place.site.feed.marks.size
      await until('events to come afterwards', () => place.site.feed.marks.size > putUntilBack + 200)
      load.stop()
      await place.allStored(program)
      // What it stored and could not answer any more is sent again.
      await place.assertStored({ once: kind.idempotent })
      await place.site.end(program)
    })

    it('wait for a server that hangs', async (test) => {
      const place = await openPlace(test, destination, 'hangs')
      const program = await place.startReady()
      place.site.feed.put(200)
      await place.allStored(program)
      destination.freeze()
      try {
        place.site.feed.put(200)
        await until(
          'the program to notice',
          async () => (await program.metric('kube_eventer_sink_retried_total')) > 0,
          [program.process],
        )
      } finally {
        destination.thaw()
      }
      await place.allStored(program)
      await place.assertStored({ once: kind.idempotent })
      await place.site.end(program)
    })

    it('survive kills of the program', async (test) => {
      const place = await openPlace(test, destination, 'kills')
      let program = await place.startReady()
      const load = place.site.load(500)
      for (let kill = 0; kill < 5; kill++) {
        await place.someStored(program)
        await program.kill()
        program = await place.start()
      }
      load.stop()
      await place.allStored(program)
      await place.assertStored({ once: kind.idempotent })
      await place.site.end(program)
    })

    it(`that gathered in the journal, ${backlogSize}, are all stored once the server is there`, async (test) => {
      await destination.stop()
      const place = await openPlace(test, destination, 'backlog', {
        objects: backlogObjects,
        catchesUp: true,
      })
      // Not ready, since its sink is not: what it watches is told by what it has counted.
      const program = await place.start()
      await until('the program to watch', () => place.site.api.watches('events') > 0, [program.process])
      for (let put = 0; put < backlogSize; put += 1000) {
        place.site.feed.put(1000)
        await place.journaled(program, put + 1000)
      }
      await destination.start()
      const startMs = performance.now()
      await place.allStored(program, backlogWithinMs)
      test.diagnostic(`${backlogSize} events in ${((performance.now() - startMs) / 1000).toFixed(1)} s`)
      await place.assertStored({ once: true })
      await place.site.end(program)
    })
  })
}

interface Place {
  readonly site: Site
  start(): Promise<RunningProgram>
  startReady(): Promise<RunningProgram>
  /** Resolves when something that was not stored before is. */
  someStored(program: RunningProgram): Promise<void>
  allStored(program: RunningProgram, withinMs?: number): Promise<void>
  journaled(program: RunningProgram, count: number): Promise<void>
  /** Nothing missing and nothing that was never put; `once`: nothing twice. */
  assertStored(how: { readonly once: boolean }): Promise<void>
}

async function openPlace(
  test: TestContext,
  destination: Destination,
  name: string,
  { objects = 40, catchesUp = false }: { readonly objects?: number; readonly catchesUp?: boolean } = {},
): Promise<Place> {
  // Objects of this test alone: the tests share the server.
  const prefix = `${name}-${process.pid}`
  const { clientMiB = 0, isKeyedByTime: areTimed = false } = destination
  const site = await openSite(test, { feed: { prefix, objects, areTimed }, clientMiB, catchesUp })
  const args = [site.source, `--sink=${destination.argument}`, `--data-dir=${site.dataDir}`]
  const stored = async (): Promise<Mark[]> => marksOf(await destination.readBack(), prefix)
  const start = (): Promise<RunningProgram> => site.start(args, destination.env)
  return {
    site,
    start,
    startReady: async () => {
      const program = await start()
      await program.ready()
      return program
    },
    someStored: async (program) => {
      const size = new Set(await stored()).size
      await until('more to be stored', async () => new Set(await stored()).size > size, [program.process])
    },
    allStored: async (program, withinMs) => {
      // What the program says comes first: reading everything back again and again would slow both down.
      await until(
        'the sink to have no lag',
        async () => (await program.metric('kube_eventer_sink_lag_events')) === 0,
        [program.process],
        withinMs,
      )
      let missing: Mark[] = []
      await until(
        'every event to be stored',
        async () => {
          missing = missingOf(site.feed, await stored())
          return missing.length === 0
        },
        [program.process],
        withinMs,
      ).catch((error: unknown) => {
        throw new Error(`${missing.length} events are not stored: ${missing.slice(0, 10).join(', ')}`, {
          cause: error,
        })
      })
    },
    journaled: async (program, count) => {
      await until(
        `${count} events to be journaled`,
        async () => (await program.metric('kube_eventer_source_occurrences_total')) >= count,
        [program.process],
      )
    },
    assertStored: async ({ once }) => {
      const marks = await stored()
      assert.deepEqual(missingOf(site.feed, marks).slice(0, 10), [], 'not stored')
      const foreign = marks.filter((mark) => !site.feed.marks.has(mark))
      assert.deepEqual(foreign.slice(0, 10), [], 'stored, and never put')
      const doubled = marks.length - new Set(marks).size
      test.diagnostic(`${site.feed.marks.size} states put, ${doubled} stored twice`)
      if (once) assert.equal(doubled, 0, 'stored twice')
    },
  }
}

function marksOf(texts: readonly string[], prefix: string): Mark[] {
  return texts
    .map((text) => readMark(text))
    .filter((read) => read !== undefined)
    .filter(({ object }) => object.startsWith(`${prefix}-`))
    .map(({ mark }) => mark)
}

function missingOf(feed: Feed, stored: readonly Mark[]): Mark[] {
  const there = new Set(stored)
  return [...feed.marks].filter((mark) => !there.has(mark))
}
