/** What ends the program at its start instead of being tried for ever: with `--strict` a cluster that cannot be watched. */
import type { SourceTelemetry } from '../telemetry/telemetry.ts'

export class StrictStartError extends Error {
  override readonly name = 'StrictStartError'

  constructor(cluster: string, detail: string) {
    super(
      `source ${cluster}: cannot watch events: ${detail}\n` +
        '  since --strict is given, the program ends; without it, it tries again for ever',
    )
  }
}

/** The template of a sink may not be read, and nobody asked for the default body in its place. */
export class TemplateRefusedError extends Error {
  override readonly name = 'TemplateRefusedError'

  constructor(sink: string, detail: string) {
    super(
      `sink ${sink}: ${detail}\n` +
        '  with --strict, and for sinks of a configuration file, the default body does not stand in',
    )
  }
}

/** Tells `record` everything, and `fail` the first trouble, if it comes before the source has ever watched. */
export function strictSource(
  record: SourceTelemetry,
  cluster: string,
  fail: (error: Error) => void,
): SourceTelemetry {
  let watched = false
  return {
    log: record.log,
    occurrence: (event) => record.occurrence(event),
    watchEnded: (cause) => record.watchEnded(cause),
    lineIgnored: (why, detail) => record.lineIgnored(why, detail),
    state: (state, detail) => {
      record.state(state, detail)
      if (state === 'watching') watched = true
      if (!watched && (state === 'retrying' || state === 'forbidden')) {
        fail(new StrictStartError(cluster, detail ?? state))
      }
    },
  }
}
