/** Plays a recording's script with the project in the original's place, and tells what came of it. */
import { compareRequests } from './compare-requests.ts'
import { metricSum } from './compare-pages.ts'
import type { WireExpectation } from './expectation.ts'
import { objectOf } from './expectation.ts'
import type { ExpectedRequest } from './requests.ts'
import { startProgram } from './program.ts'
import type { Command, Ended, Page, Program } from './program.ts'
import type { Stage } from './stage.ts'
import type { Step } from './timeline.ts'
import { occurrencesWhileRunning } from './timeline.ts'
import { pause, until } from '../until.ts'

export interface Played {
  readonly stdout: string
  readonly stderr: string
  /** By path, those that were asked for. */
  readonly pages: ReadonlyMap<string, Page>
  /** `/metrics` when all had settled; `undefined` where the program had ended, or did not answer. */
  readonly metrics: string | undefined
  /** Answered `/healthz` with 200. */
  readonly wasHealthy: boolean
  /** How it ended before anybody asked it to; `undefined` where it went on. */
  readonly endedByItself: Ended | undefined
  readonly ended: Ended
  /** It was asked to end and did not, or could not be waited for: killed. */
  readonly wasKilled: 'no' | 'on-purpose' | 'since-it-did-not-stop'
}

/** The longest that a start, a page or a stop may take, ms. */
const startMs = 20_000
const pageMs = 5_000
const stopMs = 30_000
/** A closed port is opened after this time: the program has met it by then, more than once. */
const closedMs = 1_500
/** A run whose patience is longer is played with a faster clock, so that it takes this long. */
const longestRealMs = 25_000

export interface PlayOptions {
  readonly command: Command
  /** Never plays with a faster clock. */
  readonly realTime: boolean
}

export async function play(run: WireExpectation, stage: Stage, options: PlayOptions): Promise<Played> {
  const isLong = run.patienceMs > 60_000 && !options.realTime
  const clockFactor = isLong ? Math.ceil(run.patienceMs / longestRealMs) : 1
  return new Player(run, stage, options.command, clockFactor).play()
}

class Player {
  readonly #run: WireExpectation
  readonly #stage: Stage
  readonly #command: Command
  readonly #clockFactor: number
  #program: Program | undefined
  #created: string[] = []
  #arrivalsAtCreation = 0
  #refuseUntilMs = 0

  constructor(run: WireExpectation, stage: Stage, command: Command, clockFactor: number) {
    this.#run = run
    this.#stage = stage
    this.#command = command
    this.#clockFactor = clockFactor
  }

  async play(): Promise<Played> {
    for (const step of this.#run.steps) await this.#take(step)
    const program = this.#program ?? this.#start()
    const { end } = this.#run
    if (end === 'success' || end === 'failure') await until(() => program.ended() !== undefined, startMs)
    const wasToldToStop = this.#run.steps.some(({ kind }) => kind === 'sigterm')
    if (!wasToldToStop && program.ended() === undefined) return this.#settle(program)
    const endedByItself = wasToldToStop ? undefined : program.ended()
    return {
      ...(await this.#end(program)),
      endedByItself,
      pages: new Map(),
      metrics: undefined,
      wasHealthy: false,
    }
  }

  #start(): Program {
    const { argv, env, port } = this.#stage
    this.#program = startProgram({ command: this.#command, argv, env, port, clockFactor: this.#clockFactor })
    return this.#program
  }

  async #take(step: Step): Promise<void> {
    const { api } = this.#stage
    switch (step.kind) {
      case 'start': {
        const program = this.#start()
        // From then on every new event is told. A command line that is refused never gets there.
        await until(() => api.watches('events') > 0 || program.ended() !== undefined, startMs)
        return
      }
      case 'create':
        this.#arrivalsAtCreation = this.#stage.recorder.arrivals.length
        for (const id of step.events) this.#create(id)
        return
      case 'patch': {
        const event = this.#run.events.get(step.event)
        if (event) api.put({ ...event, ...step.fields })
        return
      }
      case 'delete': {
        const { namespace = '', name = '' } = this.#run.events.get(step.event)?.metadata ?? {}
        api.delete(namespace, name)
        return
      }
      case 'wait':
        return pause(step.ms / this.#clockFactor)
      case 'await-delivery':
        await until(() => this.#hasArrived(this.#created), this.#run.patienceMs / this.#clockFactor)
        return
      case 'await-first-request':
        await until(() => this.#stage.recorder.arrivals.length > this.#arrivalsAtCreation, startMs)
        return
      case 'cut':
        this.#refuseUntilMs = performance.now() + step.refuseForMs
        return api.stop()
      case 'accept':
        await pause(Math.max(0, this.#refuseUntilMs - performance.now()))
        return api.start()
      case 'silence':
        api.faults.swallow(true)
        api.faults.swallow(false)
        return
      case 'sigterm':
        this.#program?.signal('SIGTERM')
        return
    }
  }

  /** Stored under the version that it has in the recordings, if that is still to come. */
  #create(id: string): void {
    const { api } = this.#stage
    const event = this.#run.events.get(id)
    if (!event) return
    const version = Number(event.metadata.resourceVersion ?? 0)
    if (version - 1 > api.revision) api.advance(version - 1 - api.revision)
    api.put(event)
    this.#created.push(id)
  }

  #compared() {
    const { recorder } = this.#stage
    return compareRequests(this.#run, recorder.arrivals, (listener) => recorder.host(listener))
  }

  #hasArrived(events: readonly string[]): boolean {
    const { missing } = this.#compared()
    return !missing.some(({ event }) => event === undefined || events.includes(event))
  }

  /** Waits until all that is expected has come, looks at the pages, and ends the program. */
  async #settle(program: Program): Promise<Played> {
    const { recorder } = this.#stage
    const { refusedHandshakes, jsonLines = [], requests } = this.#run
    const patienceMs = this.#run.patienceMs / this.#clockFactor
    const wasHealthy = await until(async () => (await program.page('/healthz')).status === 200, pageMs)
    const occurrences = occurrencesWhileRunning(this.#run.steps)
    await until(
      async () => metricSum(await metricsOf(program), 'eventer_scraper_events_total_number') >= occurrences,
      patienceMs,
    )
    if (this.#run.recorderOpens) {
      await pause(closedMs)
      await recorder.open()
    }
    const first = firstOfEachObject(this.#run)
    const haveFirstCome = (): boolean => !this.#compared().missing.some((request) => first.has(request))
    await until(async () => haveFirstCome() || (await nothingWaits(program)), patienceMs)
    if (requests.some(({ fate }) => fate === 'until-taken')) recorder.heal()
    const hasAllCome = (): boolean => {
      const { missing, untaken } = this.#compared()
      return (
        missing.length === 0 &&
        untaken.length === 0 &&
        recorder.refusedHandshakes >= refusedHandshakes.count &&
        lineCount(program.stdout()) >= jsonLines.length
      )
    }
    await until(async () => hasAllCome() || (await nothingWaits(program)), patienceMs)
    const delivered = deliveredCount(this.#run)
    const isCounted = async (): Promise<boolean> => {
      const metrics = await metricsOf(program)
      const isAll = (name: string, count: number): boolean => metricSum(metrics, name) >= count
      return (
        (isAll('kube_eventer_sink_delivered_total', delivered) &&
          isAll('kube_eventer_sink_dead_letters_total', this.#run.givenUp)) ||
        hasNoLag(metrics)
      )
    }
    await until(isCounted, pageMs)
    const pages = new Map<string, Page>()
    for (const { path } of this.#run.pages) {
      const page = await program.page(path).catch(() => undefined)
      if (page) pages.set(path, page)
    }
    const metrics = await metricsOf(program).catch(() => undefined)
    const endedByItself = program.ended()
    // One with a sink that never answers would use up its time of grace, and tell nothing more by that.
    const mayTakeLong = requests.some(({ fate }) => fate === 'unsettled')
    program.signal(mayTakeLong ? 'SIGKILL' : 'SIGTERM')
    const end = await this.#end(program)
    return {
      ...end,
      ...(mayTakeLong ? { wasKilled: 'on-purpose' } : {}),
      endedByItself,
      pages,
      metrics,
      wasHealthy,
    }
  }

  /** Waits for the end of a program that is ending; one that does not end is killed. */
  async #end(program: Program): Promise<Pick<Played, 'stdout' | 'stderr' | 'ended' | 'wasKilled'>> {
    const stops = await until(() => program.ended() !== undefined, stopMs)
    if (!stops) program.signal('SIGKILL')
    const ended = await program.closed
    const wasKilled = stops ? 'no' : 'since-it-did-not-stop'
    return { stdout: program.stdout(), stderr: program.stderr(), ended, wasKilled }
  }
}

/** How many sends end up counted as delivered; lines on standard output among them. */
export function deliveredCount({ requests, jsonLines = [] }: WireExpectation): number {
  return requests.filter(({ delivered }) => delivered).length + jsonLines.length
}

/** Of the requests about one object, later ones wait until the first is settled. */
function firstOfEachObject({ requests, events }: WireExpectation): ReadonlySet<ExpectedRequest> {
  const first = new Map<string, ExpectedRequest>()
  for (const request of requests) {
    const event = request.event === undefined ? undefined : events.get(request.event)
    const lane = event ? `${request.listener} ${request.path} ${objectOf(event)}` : JSON.stringify(request)
    if (!first.has(lane)) first.set(lane, request)
  }
  return new Set(first.values())
}

async function metricsOf(program: Program): Promise<string> {
  const { status, body } = await program.page('/metrics')
  if (status !== 200) throw new Error(`/metrics answered ${status}`)
  return body
}

/** All that was taken in is settled: whatever has not come by then never will. */
async function nothingWaits(program: Program): Promise<boolean> {
  return program.ended() !== undefined || hasNoLag(await metricsOf(program))
}

function hasNoLag(metrics: string): boolean {
  return metricSum(metrics, 'kube_eventer_sink_lag_events') === 0
}

function lineCount(text: string): number {
  return text.split('\n').length - 1
}
