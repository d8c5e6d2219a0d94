/** Every flag of `run`: parsed by this table, told by `--help` from it. */
import type { FlagDeclaration } from './go-flags.ts'

const endpoints = 'Sources and sinks'
const delivery = 'Delivery'
const health = 'Health and metrics'
const general = 'General'
const compatibility = 'Accepted for compatibility, without effect'

export const flags: readonly FlagDeclaration[] = [
  {
    name: 'source',
    kind: 'text',
    group: endpoints,
    valueName: 'kubernetes:URL?OPTIONS',
    help: 'a cluster to watch, or recording:FILE; repeat it for more, each with a cluster=NAME',
    repeatable: true,
  },
  {
    name: 'sink',
    kind: 'text',
    group: endpoints,
    valueName: 'NAME:URL?OPTIONS',
    help: 'a destination of events; repeat it for more',
    repeatable: true,
  },
  {
    name: 'config',
    kind: 'text',
    group: endpoints,
    valueName: 'FILE',
    help: 'YAML with sources, sinks and settings; read again when it changes and on SIGHUP',
  },
  { name: 'c', kind: 'text', group: endpoints, valueName: 'FILE', help: 'the same' },
  {
    name: 'print-config',
    kind: 'boolean',
    group: endpoints,
    help: 'print the configuration that flags and file come to, without secrets, and exit',
  },
  {
    name: 'data-dir',
    kind: 'text',
    group: delivery,
    valueName: 'DIRECTORY',
    help: 'where events and positions are kept, so that a restart loses nothing',
  },
  {
    name: 'look-back',
    kind: 'text',
    group: delivery,
    valueName: 'DURATION|all',
    default: '0s',
    help: 'at a first start tell also events that are there already and younger',
  },
  {
    name: 'frequency',
    kind: 'duration',
    group: delivery,
    valueName: 'DURATION',
    default: '1s',
    help: 'the longest that a sink which sends batches may wait, 0s to 3m',
  },
  {
    name: 'strict',
    kind: 'boolean',
    group: delivery,
    help: 'stop at start if any sink is wrong or the cluster cannot be watched',
  },
  {
    name: 'healthz-ip',
    kind: 'text',
    group: health,
    valueName: 'IP',
    default: '0.0.0.0',
    help: 'address that health and metrics listen on',
  },
  {
    name: 'healthz-port',
    kind: 'unsigned',
    group: health,
    valueName: 'PORT',
    default: '8084',
    help: 'port that health and metrics listen on',
  },
  {
    name: 'api-listen',
    kind: 'text',
    group: health,
    valueName: 'ADDRESS',
    help: 'where the API listens: reports as JSON, and reports sent now; else nowhere',
  },
  {
    name: 'api-token-file',
    kind: 'text',
    group: health,
    valueName: 'FILE',
    help: 'file with the token that the API asks for; a must beyond 127.0.0.1',
  },
  {
    name: 'event-metrics',
    kind: 'boolean',
    group: health,
    default: 'true',
    help: 'count events in eventer_* metrics',
  },
  {
    name: 'v',
    kind: 'integer',
    group: general,
    valueName: 'LEVEL',
    help: 'verbosity of the log; from 4 on it tells details',
  },
  { name: 'version', kind: 'boolean', group: general, help: 'print the version and exit' },
  ...ignored('integer', ['max_procs']),
  ...ignored('boolean', [
    'add_dir_header',
    'alsologtostderr',
    'legacy_stderr_threshold_behavior',
    'logtostderr',
    'one_output',
    'skip_headers',
    'skip_log_headers',
  ]),
  ...ignored('text', [
    'alsologtostderrthreshold',
    'log_backtrace_at',
    'log_dir',
    'log_file',
    'stderrthreshold',
    'vmodule',
  ]),
  ...ignored('unsigned', ['log_file_max_size']),
]

function ignored(kind: FlagDeclaration['kind'], names: readonly string[]): readonly FlagDeclaration[] {
  return names.map((name) => ({ name, kind, group: compatibility, help: '', ignored: true }))
}
