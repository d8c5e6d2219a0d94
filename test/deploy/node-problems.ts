/** Events as node-problem-detector writes them: what happens once is a Warning, a condition that changes often Normal. */
import type { KubernetesEvent } from '../../src/domain/event.ts'

export interface NodeProblem {
  readonly reason: string
  readonly type: 'Normal' | 'Warning'
  /** False: it says that all is well again. */
  readonly isTrouble: boolean
  readonly event: KubernetesEvent
}

const happened = [
  [
    'kernel-monitor',
    'KernelOops',
    'kernel: BUG: unable to handle kernel NULL pointer dereference at 0000000000000008',
  ],
  ['kernel-monitor', 'OOMKilling', 'Killed process 4711 (java) total-vm:8123456kB, anon-rss:4123456kB'],
  ['kernel-monitor', 'TaskHung', 'task dockerd:1234 blocked for more than 120 seconds.'],
  ['kernel-monitor', 'Ext4Error', 'EXT4-fs error (device vdb1): ext4_lookup:1590: inode #2: comm ls'],
  ['kernel-monitor', 'IOError', 'Buffer I/O error on dev vdb, logical block 0'],
  ['docker-monitor', 'CorruptDockerImage', 'Error trying v2 registry: failed to register layer: rename'],
  ['systemd-monitor', 'FrequentKubeletRestart', 'Found 5 matching logs, which meets the threshold of 5'],
] as const

const conditions = [
  ['docker-monitor', 'KernelDeadlock', 'DockerHung', 'KernelHasNoDeadlock'],
  ['ntp-custom-plugin-monitor', 'NTPProblem', 'NTPIsDown', 'NTPIsUp'],
  ['kernel-monitor', 'ReadonlyFilesystem', 'FilesystemIsReadOnly', 'FilesystemIsNotReadOnly'],
  ['health-checker', 'KubeletUnhealthy', 'KubeletUnhealthy', 'KubeletIsHealthy'],
] as const

export const nodeProblems: readonly NodeProblem[] = [
  ...happened.map(([source, reason, message]) => problem(source, reason, 'Warning', message, true)),
  ...conditions.flatMap(([source, condition, bad, good]) => [
    problem(source, bad, 'Warning', `Node condition ${condition} is now: True, reason: ${bad}`, true),
    // Releases differ in whether a condition that has become true is a warning.
    problem(source, bad, 'Normal', `Node condition ${condition} is now: True, reason: ${bad}`, true),
    problem(source, good, 'Normal', `Node condition ${condition} is now: False, reason: ${good}`, false),
  ]),
]

function problem(
  source: string,
  reason: string,
  type: NodeProblem['type'],
  message: string,
  isTrouble: boolean,
): NodeProblem {
  const now = '2024-05-06T09:30:15Z'
  const event = {
    metadata: { namespace: 'default', name: `worker-1.${reason.toLowerCase()}.${type.toLowerCase()}` },
    involvedObject: { kind: 'Node', name: 'worker-1', uid: 'worker-1' },
    source: { component: source, host: 'worker-1' },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    reason,
    type,
    message,
  }
  return { reason, type, isTrouble, event }
}
