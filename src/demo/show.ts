/** Gathers what the live view shows: what arrives, how far the play is, how the sinks stand, what the robot got. */
import { shown } from './cell-width.ts'
import { LatestLatencies } from './latest-latencies.ts'
import type { PlayCounts, Speed } from './player.ts'
import { RecentRate } from './recent-rate.ts'
import { perMinute, type Robot } from './robot.ts'
import type { EventRow, RobotPanel, ScreenState, SinkRow } from './screen.ts'
import { objectText, timeOfDay } from './terminal-sink.ts'
import type { Clock } from '../domain/clock.ts'
import type { KubernetesEvent } from '../domain/event.ts'
import type { Occurrence } from '../domain/occurrence.ts'
import { allowanceOf, gatheringMs, reservedForDigests } from '../sink-kit/quota.ts'
import type { SinkReport, TelemetryReport } from '../telemetry/telemetry.ts'

export type Phase = 'starting' | 'playing' | 'finishing' | 'done'

/** What the show looks at; given once it runs. */
export interface Stage {
  report(): TelemetryReport
  /** Why no sink but the view itself wants it; `undefined` if one does. */
  filteredBy(event: KubernetesEvent): string | undefined
  /** The robot, and the name of the sink that writes to it. */
  readonly robot?: { readonly sink: string; readonly robot: Robot }
  /** How long the recording is, ms; `undefined`: not known. */
  readonly lengthMs: number | undefined
}

const quota = { messages: perMinute, perMs: 60_000 }
/** Messages for single events, of those that the robot takes. */
const singlesPerMinute = allowanceOf(quota) - reservedForDigests(quota)
/** More rows than any terminal has. */
const keptEvents = 300

export class Show {
  readonly #clock: Clock
  readonly #speed: Speed
  readonly #events: EventRow[] = []
  readonly #arrivals = new RecentRate()
  readonly #sinks = new Map<string, { readonly rate: RecentRate; readonly latencies: LatestLatencies }>()
  #stage: Stage | undefined
  #phase: Phase = 'starting'
  #arrived = 0
  #playedMs = 0
  #notice = ''

  constructor(options: { readonly clock: Clock; readonly speed: Speed }) {
    this.#clock = options.clock
    this.#speed = options.speed
  }

  begin(stage: Stage): void {
    this.#stage = stage
  }

  phase(phase: Phase): void {
    this.#phase = phase
  }

  played({ recordedMs }: PlayCounts): void {
    this.#playedMs = recordedMs
  }

  arrived(occurrences: readonly Occurrence[]): void {
    this.#arrived += occurrences.length
    for (const occurrence of occurrences.slice(-keptEvents)) this.#events.push(this.#rowOf(occurrence))
    this.#events.splice(0, this.#events.length - keptEvents)
  }

  /** An occurrence was settled at a sink. */
  delivered(sink: string, latencyMs: number): void {
    this.#watched(sink).latencies.add(latencyMs)
  }

  /** A line of the log. */
  logged(line: string): void {
    this.#notice = shown(line).trim()
  }

  state(): ScreenState {
    const nowMs = this.#clock.monotonicMs()
    const stage = this.#stage
    const sinks = stage?.report().sinks ?? []
    const lengthMs = stage?.lengthMs
    return {
      speed: this.#speed === 'max' ? 'max speed' : `at ${this.#speed}×`,
      phase: this.#phaseText(sinks),
      playedMs: this.#playedMs,
      ...(lengthMs === undefined ? {} : { lengthMs }),
      arrived: this.#arrived,
      arriving: this.#arrivals.read(this.#arrived, nowMs),
      events: this.#events,
      sinks: sinks.map((sink) => this.#sinkRow(sink, nowMs)),
      ...(stage?.robot
        ? { robot: this.#robotPanel(stage.robot.robot, waitingAt(sinks, stage.robot.sink)) }
        : {}),
      notice: this.#notice,
    }
  }

  #rowOf({ event, arrivedAtMs }: Occurrence): EventRow {
    return {
      time: timeOfDay(arrivedAtMs),
      isWarning: event.type === 'Warning',
      reason: shown(event.reason ?? '?'),
      object: shown(objectText(event)),
      message: shown(event.message ?? '').trim(),
      filteredBy: this.#stage?.filteredBy(event) ?? '',
    }
  }

  #sinkRow(report: SinkReport, nowMs: number): SinkRow {
    const { name, state, detail, delivered, lagEvents = 0, retried, dead, filtered, holdReason } = report
    const { rate, latencies } = this.#watched(name)
    const [p50Ms, p99Ms] = latencies.quantiles(0.5, 0.99)
    const robot = this.#stage?.robot?.sink === name ? this.#stage.robot.robot : undefined
    return {
      name: shown(name),
      state,
      isWell: state === 'flowing' || state === 'opening',
      detail: holdReason === undefined ? '' : shown([holdReason, detail].filter(Boolean).join(': ')),
      delivered,
      rate: rate.read(delivered, nowMs),
      waiting: lagEvents,
      ...(p50Ms === undefined ? {} : { p50Ms }),
      ...(p99Ms === undefined ? {} : { p99Ms }),
      retried,
      dead,
      quota: robot ? `${robot.thisMinute} of ${perMinute}` : '',
      filtered: Object.entries(filtered).filter(([, count]) => count > 0),
    }
  }

  #watched(sink: string): { readonly rate: RecentRate; readonly latencies: LatestLatencies } {
    const known = this.#sinks.get(sink)
    if (known) return known
    const made = { rate: new RecentRate(), latencies: new LatestLatencies() }
    this.#sinks.set(sink, made)
    return made
  }

  #phaseText(sinks: readonly SinkReport[]): string {
    switch (this.#phase) {
      case 'starting':
        return 'the program starts'
      case 'playing':
        return ''
      case 'finishing':
        return this.#waitText(sinks)
      case 'done':
        return 'all is delivered'
    }
  }

  #waitText(sinks: readonly SinkReport[]): string {
    const waiting = sinks.filter(({ name }) => waitingAt(sinks, name) > 0).map(({ name }) => shown(name))
    return waiting.length === 0 ? 'played' : `played; ${waiting.join(', ')} has more to send`
  }

  #robotPanel(robot: Robot, waiting: number): RobotPanel {
    const { latest, latestDigest, taken, digests, refused } = robot
    // The digest stays: it is what the robot is shown for.
    const message = latestDigest ?? latest
    const counts = [
      counted(taken, 'message'),
      counted(digests, 'digest'),
      ...(refused > 0 ? [`${refused} refused`] : []),
    ]
    const what =
      message === undefined
        ? ''
        : `; ${message.isDigest ? 'digest' : 'message'} of ${timeOfDay(message.atMs)}`
    return {
      title: `robot: ${counts.join(', ')}${what}`,
      waiting: waiting === 0 ? '' : `${waiting} wait: ${this.#whyTheyWait(robot)}`,
      message: message
        ? message.text
            .split('\n')
            .map((line) => shown(line).trimEnd())
            .join('\n')
        : '',
    }
  }

  #whyTheyWait({ latestDigest, thisMinute }: Robot): string {
    const leftMs = (latestDigest?.atMs ?? 0) + gatheringMs - this.#clock.wallMs()
    if (leftMs > 0) return `the next digest gathers for ${Math.ceil(leftMs / 1_000)} s more`
    if (thisMinute < singlesPerMinute) return 'told one by one'
    return `${thisMinute} of ${perMinute} messages used, the rest is for digests`
  }
}

function waitingAt(sinks: readonly SinkReport[], name: string): number {
  return sinks.find((sink) => sink.name === name)?.lagEvents ?? 0
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
