/** The program's telemetry, with an ear for deliveries: a histogram's bounds are too coarse for one who watches. */
import type { SinkTelemetry, Telemetry } from '../telemetry/telemetry.ts'

/** As `telemetry`, and `onDelivered` is told of each call of a sink's `delivered`. */
export function watchedTelemetry(
  telemetry: Telemetry,
  onDelivered: (sink: string, latencyMs: number) => void,
): Telemetry {
  return {
    ...telemetry,
    sink: (name, exporter) =>
      watchedSink(telemetry.sink(name, exporter), (latencyMs) => onDelivered(name, latencyMs)),
  }
}

function watchedSink(sink: SinkTelemetry, onDelivered: (latencyMs: number) => void): SinkTelemetry {
  return {
    log: sink.log,
    delivered: (count, latencyMs) => {
      sink.delivered(count, latencyMs)
      onDelivered(latencyMs)
    },
    filtered: (reason) => sink.filtered(reason),
    retried: (reason, detail) => sink.retried(reason, detail),
    dead: (reason, detail) => sink.dead(reason, detail),
    lost: (count) => sink.lost(count),
    reported: (outcome, fields, detail) => sink.reported(outcome, fields, detail),
    sendTook: (durationMs) => sink.sendTook(durationMs),
    state: (state, reason, detail) => sink.state(state, reason, detail),
    lagFrom: (ask) => sink.lagFrom(ask),
  }
}
