/** Where a fault test takes place: a stand-in API server, a receiver, a data directory, and the program between them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApiServer, type ApiServer, type StandInOptions } from '../../src/demo/api-server.ts'
import { startReceiver, type Receiver } from '../../src/demo/receiver.ts'
import { until } from '../servers/processes.ts'
import { Feed, startLoad, type FeedOptions, type Load, type Mark } from './feed.ts'
import { runProgram, type RunningProgram } from './program.ts'
import { seededRandom, type Random } from './random.ts'
import { Told } from './told.ts'

/**
 * The program holds no more than this, whatever happens to it. It runs from its sources here, where stripping the types
 * takes some 35 MiB that a release does not need.
 */
export const mostMemoryMiB = 190

/**
 * What it may hold besides while it catches up on 100,000 events that waited in the journal, which a thread of its own
 * reads back. Measured peaks, MiB, with a webhook and with Elasticsearch: 141 to 147 when 100,000 had gathered, 143 to 148
 * when 300,000 had; 182 to 190 when 100,000 were told, 197 to 208 when 300,000 were. So the memory is bounded, and runs
 * differ by more than 190 MiB would leave. A leak of the text of each event shows all the same: in the heap it ends the
 * program at the heap's limit of 80 MiB, beside the heap it comes to more than 300 MiB.
 */
export const catchingUpMiB = 40

/** What a site needs of a test: node:test's context, or what stands for it. */
export interface TestAround {
  after(close: () => unknown): void
  diagnostic(message: string): void
}

export interface SiteOptions {
  readonly api?: StandInOptions
  readonly feed?: Omit<FeedOptions, 'random'>
  /** What the client of the sink takes from its sources besides what it takes in a release, MiB. */
  readonly clientMiB?: number
  /** More events wait at once than a pump holds in memory: `catchingUpMiB`. */
  readonly catchesUp?: boolean
}

export interface Site {
  readonly api: ApiServer
  readonly receiver: Receiver
  readonly feed: Feed
  readonly told: Told
  readonly random: Random
  readonly dataDir: string
  /** A folder of the test's own. */
  readonly folder: string
  /** Has `close` called when the test ends, what was opened last first, before the folder goes. */
  onClose(close: () => unknown): void
  /** `--source` of the stand-in. */
  readonly source: string
  /** `--sink` of the receiver, with options of the URL's query such as `ke.timeout=1s`. */
  sink(...options: readonly string[]): string
  /** The arguments of a plain run. */
  readonly args: readonly string[]
  /** Starts the program, with a plain run's arguments unless others are given. Ends with the test. */
  start(args?: readonly string[], env?: Readonly<Record<string, string>>): Promise<RunningProgram>
  /** As `start`, and waits until `/readyz` says 200. */
  startReady(args?: readonly string[]): Promise<RunningProgram>
  /** Puts events of the feed at a steady rate until stopped, at the latest by the end of the test. */
  load(perSecond: number): Load
  /** Resolves when each of `marks`, by default all that the feed has put, was told. */
  allTold(program: RunningProgram, marks?: Iterable<Mark>): Promise<void>
  /**
   * Ends the program by SIGTERM: so what it would still tell has come. Checks that it ended well and that its memory
   * stayed flat.
   */
  end(program: RunningProgram): Promise<void>
}

/** Opens a site that closes with the test. */
export async function openSite(test: TestAround, options: SiteOptions = {}): Promise<Site> {
  const random = seededRandom()
  test.diagnostic(`FAULTS_SEED=${random.seed}`)
  const closers: (() => unknown)[] = []
  const onClose = (close: () => unknown): void => void closers.push(close)
  test.after(() => closeAll(closers))
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-faults-'))
  onClose(() => rmSync(folder, { recursive: true, force: true }))
  const dataDir = join(folder, 'data')
  const told = new Told()
  // History is forgotten when a test says so.
  const api = await startApiServer({ compactEveryMs: 0, ...options.api })
  onClose(() => api.close())
  const receiver = await startReceiver({ keep: 0, answer: takenBy(told) })
  onClose(() => receiver.close())
  const feed = new Feed(api, { random, ...options.feed })
  const source = `--source=kubernetes:${api.url}?inClusterConfig=false`
  const sink = (...more: readonly string[]): string =>
    `--sink=webhook:${receiver.url}/hook?${['method=POST', 'ke.name=hook', ...more].join('&')}`
  const args = [source, sink(), `--data-dir=${dataDir}`]

  const start: Site['start'] = async (given = args, env = {}) => {
    const program = await runProgram(given, env)
    onClose(() => program.kill())
    told.nextRun()
    return program
  }
  return {
    api,
    receiver,
    feed,
    told,
    random,
    dataDir,
    folder,
    onClose,
    source,
    sink,
    args,
    start,
    startReady: async (given) => {
      const program = await start(given)
      await program.ready()
      return program
    },
    load: (perSecond) => {
      const load = startLoad(feed, perSecond)
      onClose(() => load.stop())
      return load
    },
    allTold: async (program, marks = feed.marks) => {
      const expected = [...marks]
      await until('every event to be told', () => told.hasAll(expected), [program.process]).catch(
        (error: unknown) => {
          const missing = told.missing(expected)
          throw new Error(`${missing.length} events not told: ${missing.slice(0, 10).join(', ')}`, {
            cause: error,
          })
        },
      )
    },
    end: async (program) => {
      const peakMiB = program.peakMemoryMiB()
      assert.equal(await program.process.stop('SIGTERM'), 0, program.process.output().slice(-2000))
      const mostMiB =
        mostMemoryMiB + (options.clientMiB ?? 0) + (options.catchesUp === true ? catchingUpMiB : 0)
      assert.ok(peakMiB <= mostMiB, `the program took ${peakMiB.toFixed(0)} MiB`)
      test.diagnostic(`peak memory ${peakMiB.toFixed(0)} MiB`)
    },
  }
}

/** The answer of a receiver that takes everything: 200, and the mark is told. */
export function takenBy(told: Told): (received: { readonly body: Buffer }) => { readonly status: 200 } {
  return ({ body }) => {
    told.take(body.toString())
    return { status: 200 }
  }
}

/** Each of them, whatever the others do: what stays open would keep the test's process alive. */
async function closeAll(closers: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = []
  for (const close of closers.toReversed()) {
    try {
      await close()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'the site could not be closed')
}
