/** For tests of other rooms: the real telemetry, writing to memory, with a record of what it was told. */
import { type Clock, systemClock } from '../domain/clock.ts'
import { createTelemetry } from './create-telemetry.ts'
import type { LogRecord } from './human-format.ts'
import type { LogLevel } from './logger.ts'
import type { Logger, Telemetry } from './telemetry.ts'

/** One call of a method of the contract. Log lines are not calls; they are in `lines`. */
export interface Call {
  /** `source default`, `sink hook`, `journal`, `telemetry` */
  readonly on: string
  readonly method: string
  readonly args: readonly unknown[]
}

export interface RecordingTelemetry extends Telemetry {
  /** In order. `lagFrom` and `sizeFrom` are among them. */
  readonly calls: readonly Call[]
  /** The log, parsed. */
  readonly lines: readonly LogRecord[]
  /** Arguments of each call of `method`, on `on` if given. */
  argsOf(method: string, on?: string): readonly (readonly unknown[])[]
}

/** `level` is `debug` unless given, so that a test sees every line. */
export function recordingTelemetry(
  options: { readonly clock?: Clock; readonly level?: LogLevel } = {},
): RecordingTelemetry {
  const { clock = systemClock, level = 'debug' } = options
  const calls: Call[] = []
  const lines: LogRecord[] = []
  const real = createTelemetry({
    clock,
    level,
    format: { kind: 'json' },
    eventMetrics: true,
    version: '0.0.0-test',
    destination: { write: (line) => lines.push(JSON.parse(line) as LogRecord) },
  })
  const recorded = <Room extends object>(on: string, room: Room): Room => recordCalls(on, room, calls)
  const sources = new Map<string, ReturnType<Telemetry['source']>>()
  const sinks = new Map<string, ReturnType<Telemetry['sink']>>()
  return {
    calls,
    lines,
    argsOf: (method, on) =>
      calls.filter((call) => call.method === method && (on ?? call.on) === call.on).map((call) => call.args),
    log: real.log,
    journal: recorded('journal', real.journal),
    source: (cluster) => once(sources, cluster, () => recorded(`source ${cluster}`, real.source(cluster))),
    sink: (name, exporter) => once(sinks, name, () => recorded(`sink ${name}`, real.sink(name, exporter))),
    sinkUnusable(origin, why) {
      calls.push({ on: 'telemetry', method: 'sinkUnusable', args: [origin, why] })
      real.sinkUnusable(origin, why)
    },
    forgetUnusable(origin) {
      calls.push({ on: 'telemetry', method: 'forgetUnusable', args: [origin] })
      real.forgetUnusable(origin)
    },
    forgetSource(cluster) {
      calls.push({ on: 'telemetry', method: 'forgetSource', args: [cluster] })
      sources.delete(cluster)
      real.forgetSource(cluster)
    },
    forgetSink(name) {
      calls.push({ on: 'telemetry', method: 'forgetSink', args: [name] })
      sinks.delete(name)
      real.forgetSink(name)
    },
    readiness: () => real.readiness(),
    report: () => real.report(),
    metricsText: () => real.metricsText(),
    metricsContentType: real.metricsContentType,
    close: () => real.close(),
  }
}

/** Says nothing, counts nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

function recordCalls<Room extends object>(on: string, room: Room, calls: Call[]): Room {
  return new Proxy(room, {
    get(target, name) {
      // The target as receiver: its private fields are not the proxy's.
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function' || typeof name !== 'string') return value
      return (...args: unknown[]): unknown => {
        calls.push({ on, method: name, args })
        return Reflect.apply(value, target, args)
      }
    },
  })
}

function once<Value>(known: Map<string, Value>, name: string, create: () => Value): Value {
  const found = known.get(name)
  if (found !== undefined) return found
  const created = create()
  known.set(name, created)
  return created
}
