/** A report as a sink gets it: what happened in a period, counted, to be written in the way its destination shows best. */
import { jsonBytes, type Measure } from './fit-text.ts'

/** What a report has to fit into. */
export interface ReportRoom {
  readonly maxBytes: number
  readonly bytesOf: Measure
  /** The destination shows the title by itself. */
  readonly withoutTitle?: true
}

export interface SinkReport {
  /** The first line: `Kubernetes Event Daily statistical`. */
  readonly title: string
  /** A table whose columns align where every character is as wide as it is on a terminal. Absent `room`: all of it. */
  text(room?: ReportRoom): string
  /** Lists with bold names: what the chat platforms' Markdown has, which knows no tables. */
  markdown(room?: ReportRoom): string
  /** For programs; its names stay. */
  json(): object
}

/** The colour of a report where a platform shows one: crimson, as people know the daily table. */
export const reportColour = '#DC143C'

/** Room for a text in a JSON body that takes `maxBodyBytes` with it. `bodyOf` makes the body of a text. */
export function roomInBody(maxBodyBytes: number, bodyOf: (text: string) => string): ReportRoom {
  return { maxBytes: maxBodyBytes - Buffer.byteLength(bodyOf('')), bytesOf: jsonBytes }
}
