/**
 * The program's own metrics, `kube_eventer_*`, in one table: name, type, help, labels and where the value comes from.
 * Base units, `_total` for counters: https://prometheus.io/docs/practices/naming/
 */
import { type Metric, type WriteSample, labelsOf } from './exposition.ts'
import { type JournalRecord, type JournalSize, journalStates } from './journal-record.ts'
import type { LogLevel } from './logger.ts'
import { type SinkRecord, sinkStates } from './sink-record.ts'
import { type SourceRecord, isReading, sourceStates } from './source-record.ts'
import type { SinkLag } from './telemetry.ts'

/** Where the values are. */
export interface Records {
  readonly version: string
  readonly sources: ReadonlyMap<string, SourceRecord>
  readonly sinks: ReadonlyMap<string, SinkRecord>
  readonly journal: JournalRecord
  /** By origin: why. */
  readonly unusableSinks: ReadonlyMap<string, string>
  readonly logLines: Readonly<Record<LogLevel, number>>
  logLinesDropped(): number
}

export function ownMetrics(records: Records): readonly Metric[] {
  return table.map(({ collect, ...declaration }) => ({
    ...declaration,
    collect: (write) => collect(records, write),
  }))
}

interface Row extends Omit<Metric, 'collect'> {
  collect(records: Records, write: WriteSample): void
}

const table: readonly Row[] = [
  {
    name: 'kube_eventer_build_info',
    type: 'gauge',
    help: 'Always 1; the label tells the version.',
    labels: ['version'],
    collect: ({ version }, write) => write(labelsOf({ version }), 1),
  },

  // Sources
  {
    name: 'kube_eventer_source_up',
    type: 'gauge',
    help: 'Whether the source is being read: 1 while it watches or lists.',
    labels: ['cluster'],
    collect: ({ sources }, write) =>
      eachSource(sources, write, (source) => (isReading(source.currentState) ? 1 : 0)),
  },
  {
    name: 'kube_eventer_source_state',
    type: 'gauge',
    help: 'State of the source: 1 for the current one, 0 for the others.',
    labels: ['cluster', 'state'],
    collect: ({ sources }, write) => {
      for (const { cluster, currentState } of sources.values()) {
        for (const state of sourceStates) {
          write(labelsOf({ cluster, state }), state === currentState ? 1 : 0)
        }
      }
    },
  },
  {
    name: 'kube_eventer_source_occurrences_total',
    type: 'counter',
    help: 'Occurrences (added or modified states of events) taken in.',
    labels: ['cluster'],
    collect: ({ sources }, write) => eachSource(sources, write, (source) => source.occurrences),
  },
  {
    name: 'kube_eventer_source_last_occurrence_timestamp_seconds',
    type: 'gauge',
    help: 'When the last occurrence came in, since unix epoch in seconds; 0 if none has.',
    labels: ['cluster'],
    collect: ({ sources }, write) => eachSource(sources, write, (source) => source.lastOccurrenceAtMs / 1000),
  },
  {
    name: 'kube_eventer_source_watch_restarts_total',
    type: 'counter',
    help: 'Watches that ended and were started again, by cause; timeout is the everyday one.',
    labels: ['cause', 'cluster'],
    collect: ({ sources }, write) => {
      for (const { cluster, watchEnds } of sources.values()) {
        writeEach(watchEnds, (cause) => labelsOf({ cause, cluster }), write)
      }
    },
  },
  {
    name: 'kube_eventer_source_lines_ignored_total',
    type: 'counter',
    help: 'Lines of the watch that could not be used.',
    labels: ['cluster', 'reason'],
    collect: ({ sources }, write) => {
      for (const { cluster, linesIgnored } of sources.values()) {
        writeEach(linesIgnored, (reason) => labelsOf({ cluster, reason }), write)
      }
    },
  },

  // Sinks
  {
    name: 'kube_eventer_sink_up',
    type: 'gauge',
    help: 'Whether the sink delivers: 1 while it is flowing.',
    labels: ['sink'],
    collect: ({ sinks }, write) =>
      eachSink(sinks, write, (sink) => (sink.currentState === 'flowing' ? 1 : 0)),
  },
  {
    name: 'kube_eventer_sink_state',
    type: 'gauge',
    help: 'State of the sink: 1 for the current one, 0 for the others. A held sink sends nothing but a probe.',
    labels: ['sink', 'state'],
    collect: ({ sinks }, write) => {
      for (const { name, currentState } of sinks.values()) {
        for (const state of sinkStates) {
          write(labelsOf({ sink: name, state }), state === currentState ? 1 : 0)
        }
      }
    },
  },
  {
    name: 'kube_eventer_sink_held',
    type: 'gauge',
    help: 'Present and 1 while the sink is held; the label tells why.',
    labels: ['reason', 'sink'],
    collect: ({ sinks }, write) => {
      for (const { name, currentState, holdReason = 'unknown' } of sinks.values()) {
        if (currentState === 'held') write(labelsOf({ reason: holdReason, sink: name }), 1)
      }
    },
  },
  {
    name: 'kube_eventer_sinks_unusable',
    type: 'gauge',
    help: 'Sinks that can never run as they are configured.',
    labels: [],
    collect: ({ unusableSinks }, write) => write('', unusableSinks.size),
  },
  {
    name: 'kube_eventer_sink_lag_events',
    type: 'gauge',
    help: 'Occurrences in the journal that the sink has not settled.',
    labels: ['sink'],
    collect: ({ sinks }, write) => eachLag(sinks, write, (lag) => lag.events),
  },
  {
    name: 'kube_eventer_sink_lag_seconds',
    type: 'gauge',
    help: 'Age of the oldest occurrence that the sink has not settled, in seconds; 0 if none.',
    labels: ['sink'],
    collect: ({ sinks }, write) => eachLag(sinks, write, (lag) => lag.seconds),
  },
  {
    name: 'kube_eventer_sink_delivered_total',
    type: 'counter',
    help: 'Occurrences delivered.',
    labels: ['sink'],
    collect: ({ sinks }, write) => eachSink(sinks, write, (sink) => sink.deliveredCount),
  },
  {
    name: 'kube_eventer_sink_filtered_total',
    type: 'counter',
    help: 'Occurrences that the sink does not want, by the option that says so.',
    labels: ['reason', 'sink'],
    collect: ({ sinks }, write) => {
      for (const { name, filteredBy } of sinks.values()) {
        writeEach(filteredBy, (reason) => labelsOf({ reason, sink: name }), write)
      }
    },
  },
  {
    name: 'kube_eventer_sink_retried_total',
    type: 'counter',
    help: 'Times that an occurrence could not be delivered and is tried again, by what went wrong.',
    labels: ['reason', 'sink'],
    collect: ({ sinks }, write) => {
      for (const { name, retriedBy } of sinks.values()) {
        writeEach(retriedBy, (reason) => labelsOf({ reason, sink: name }), write)
      }
    },
  },
  {
    name: 'kube_eventer_sink_dead_letters_total',
    type: 'counter',
    help: 'Occurrences given up and kept as dead letters.',
    labels: ['reason', 'sink'],
    collect: ({ sinks }, write) => {
      for (const { name, deadBy } of sinks.values()) {
        writeEach(deadBy, (reason) => labelsOf({ reason, sink: name }), write)
      }
    },
  },
  {
    name: 'kube_eventer_sink_reports_total',
    type: 'counter',
    help: 'Reports at set times, by what became of them.',
    labels: ['outcome', 'sink'],
    collect: ({ sinks }, write) => {
      for (const { name, reportsBy } of sinks.values()) {
        writeEach(reportsBy, (outcome) => labelsOf({ outcome, sink: name }), write)
      }
    },
  },
  {
    name: 'kube_eventer_sink_lost_total',
    type: 'counter',
    help: 'Occurrences that left the journal by retention before the sink had them.',
    labels: ['sink'],
    collect: ({ sinks }, write) => eachSink(sinks, write, (sink) => sink.lostCount),
  },
  {
    name: 'kube_eventer_sink_latency_seconds',
    type: 'histogram',
    help: 'From the arrival of an occurrence to its being settled, in seconds.',
    labels: ['sink'],
    collect: ({ sinks }, write) => {
      for (const { latency } of sinks.values()) latency.write(write)
    },
  },
  {
    name: 'kube_eventer_sink_send_duration_seconds',
    type: 'histogram',
    help: 'Time of one send, in seconds.',
    labels: ['sink'],
    collect: ({ sinks }, write) => {
      for (const { sendDuration } of sinks.values()) sendDuration.write(write)
    },
  },

  // Journal
  {
    name: 'kube_eventer_journal_up',
    type: 'gauge',
    help: 'Whether the journal takes and commits occurrences: 1 unless it is full or degraded.',
    labels: [],
    collect: ({ journal }, write) => write('', journal.currentState === 'ok' ? 1 : 0),
  },
  {
    name: 'kube_eventer_journal_state',
    type: 'gauge',
    help: 'State of the journal: 1 for the current one, 0 for the others.',
    labels: ['state'],
    collect: ({ journal }, write) => {
      for (const state of journalStates) write(labelsOf({ state }), state === journal.currentState ? 1 : 0)
    },
  },
  {
    name: 'kube_eventer_journal_bytes',
    type: 'gauge',
    help: 'Room the journal really uses, in bytes.',
    labels: [],
    collect: ({ journal }, write) => ofSize(journal, write, (size) => size.bytes),
  },
  {
    name: 'kube_eventer_journal_max_bytes',
    type: 'gauge',
    help: 'Room the journal may use, in bytes; beyond it the oldest occurrences go.',
    labels: [],
    collect: ({ journal }, write) => {
      if (journal.maxBytes !== undefined) write('', journal.maxBytes)
    },
  },
  {
    name: 'kube_eventer_journal_oldest_age_seconds',
    type: 'gauge',
    help: 'How long the oldest occurrence has been in the journal, in seconds; 0 if there is none.',
    labels: [],
    collect: ({ journal }, write) => ofSize(journal, write, (size) => size.oldestAgeSeconds),
  },
  {
    name: 'kube_eventer_journal_next_offset',
    type: 'gauge',
    help: 'Offset that the next occurrence gets.',
    labels: [],
    collect: ({ journal }, write) => ofSize(journal, write, (size) => size.nextOffset),
  },
  {
    name: 'kube_eventer_journal_committed_total',
    type: 'counter',
    help: 'Occurrences committed to the journal.',
    labels: [],
    collect: ({ journal }, write) => write('', journal.committedCount),
  },
  {
    name: 'kube_eventer_journal_commit_duration_seconds',
    type: 'histogram',
    help: 'Time of one commit of the journal, in seconds.',
    labels: [],
    collect: ({ journal }, write) => journal.commitDuration.write(write),
  },
  {
    name: 'kube_eventer_journal_dropped_total',
    type: 'counter',
    help: 'Occurrences that the journal let go: by age, by room, by the memory it may use.',
    labels: ['reason'],
    collect: ({ journal }, write) => writeEach(journal.droppedBy, (reason) => labelsOf({ reason }), write),
  },
  {
    name: 'kube_eventer_journal_dead_letters_dropped_total',
    type: 'counter',
    help: 'Dead letters removed since they were too many or too old.',
    labels: ['sink'],
    collect: ({ journal }, write) => {
      for (const [sink, count] of journal.droppedDeadLetters) write(labelsOf({ sink }), count)
    },
  },
  {
    name: 'kube_eventer_journal_damage_total',
    type: 'counter',
    help: 'Damage met in the journal: parts that were passed over, files that were set aside.',
    labels: ['what'],
    collect: ({ journal }, write) => writeEach(journal.damagedBy, (what) => labelsOf({ what }), write),
  },
  {
    name: 'kube_eventer_journal_damage_lost_total',
    type: 'counter',
    help: 'Occurrences that the journal lost to damage, as far as can be told.',
    labels: [],
    collect: ({ journal }, write) => write('', journal.lostToDamage),
  },

  // Log
  {
    name: 'kube_eventer_log_lines_total',
    type: 'counter',
    help: 'Lines logged, by level.',
    labels: ['level'],
    collect: ({ logLines }, write) => writeEach(logLines, (level) => labelsOf({ level }), write),
  },
  {
    name: 'kube_eventer_log_lines_dropped_total',
    type: 'counter',
    help: 'Log lines that standard error did not take.',
    labels: [],
    collect: ({ logLinesDropped }, write) => write('', logLinesDropped()),
  },
]

function writeEach(
  counts: Readonly<Record<string, number>>,
  labels: (key: string) => string,
  write: WriteSample,
): void {
  for (const [key, count] of Object.entries(counts)) write(labels(key), count)
}

function eachSource(
  sources: Records['sources'],
  write: WriteSample,
  valueOf: (source: SourceRecord) => number,
): void {
  for (const source of sources.values()) write(labelsOf({ cluster: source.cluster }), valueOf(source))
}

function eachSink(sinks: Records['sinks'], write: WriteSample, valueOf: (sink: SinkRecord) => number): void {
  for (const sink of sinks.values()) write(sink.labels, valueOf(sink))
}

function eachLag(sinks: Records['sinks'], write: WriteSample, valueOf: (lag: SinkLag) => number): void {
  for (const sink of sinks.values()) {
    const lag = sink.lag()
    if (lag) write(sink.labels, valueOf(lag))
  }
}

function ofSize(journal: JournalRecord, write: WriteSample, valueOf: (size: JournalSize) => number): void {
  const size = journal.size()
  if (size) write('', valueOf(size))
}
