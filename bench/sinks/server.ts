/** What the benchmark of sinks has to know of a server: how it is started, the floor of its sink, what it has stored. */
import type { Occurrence } from '../../src/domain/occurrence.ts'
import type { Pace } from '../../src/sink-kit/pace.ts'

export interface BenchedServer {
  /** As in `npm run bench:sinks -- kafka`. */
  readonly name: string
  /** As in the table: `Kafka 4.3`. */
  readonly title: string
  /** The sink's own: the floor has the same batches and as many of them on their way. */
  readonly pace: Pace
  /** Fetches what is needed to run it, once. */
  install(print: (line: string) => void): Promise<void>
  start(): Promise<StartedServer>
  /** Runs in the process of the floor; `address` is the started server's. */
  openFloor(address: string, place: string): Promise<Floor>
}

export interface StartedServer {
  /** How the floor reaches it: whatever its `openFloor` can read. */
  readonly address: string
  /** Whole `--sink=` value that writes to `place`, a name of letters; it lets everything pass. */
  sinkFor(place: string): string
  /** Makes a place where the sink alone would not make it as the floor's is made. */
  makePlace(place: string): Promise<void>
  /** How many events are stored there, those that are stored twice counted twice. */
  countOf(place: string): Promise<number>
  close(): Promise<void>
}

/** The client library alone: no journal, no filter, no order, nothing tried again. */
export interface Floor {
  /** Makes the payload that the sink would make of `batch`; answers what writes it, and rejects if it is not stored. */
  prepare(batch: readonly Occurrence[]): () => Promise<void>
  close(): Promise<void>
}
