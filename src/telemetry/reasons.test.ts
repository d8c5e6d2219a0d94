/** Holds the triage table row by row, and where its order decides. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../domain/event.ts'
import { type AbnormalEventReason, type TriageRule, abnormalReasonOf, triageRules } from './reasons.ts'

function eventOf(reason: string, message = '', kind = 'Pod', type = 'Warning'): KubernetesEvent {
  return { metadata: {}, involvedObject: { kind }, reason, message, type }
}

/** One promise a row, written down apart from the table: reason, message, kind, class. */
const rows: readonly (readonly [
  reason: string,
  message: string,
  kind: string,
  means: AbnormalEventReason,
])[] = [
  ['Evicted', 'The node was low on resource: memory.', 'Pod', 'PodEvict'],
  ['OOMKilling', 'Killed process 4321 (java)', 'Node', 'PodOOM'],
  ['PodOOMKilling', 'pod was OOM killed', 'Pod', 'PodOOM'],
  ['FailedMount', 'MountVolume.SetUp failed', 'Pod', 'VolumeFailMount'],
  ['FailedAttachVolume', 'AttachVolume.Attach failed', 'Pod', 'VolumeFailMount'],
  ['Failed', 'Error: failed to start container "web"', 'Pod', 'PodFailStart'],
  ['Failed', 'Error: ImagePullBackOff', 'Pod', 'PodImagePullBackOff'],
  ['Failed', 'Error: ErrImagePull', 'Pod', 'PodImagePullBackOff'],
  ['BackOff', 'Back-off restarting failed container web', 'Pod', 'PodCrash'],
  ['BackOff', 'Back-off pulling image "nginx:0"', 'Pod', 'PodImagePullBackOff'],
  [
    'FailedCreate',
    'pods "db-0" is forbidden: exceeded quota: mem',
    'StatefulSet',
    'FailCreatePodExceedQuota',
  ],
  ['FailedScheduling', '0/3 nodes are available: 3 Insufficient cpu.', 'Pod', 'ResourceInsufficient'],
  ['FailedScheduling', '0/3 nodes are available: 3 node(s) had taints.', 'Pod', 'PodFailScheduling'],
  ['ProvisioningFailed', 'disk size is not supported', 'PersistentVolumeClaim', 'DiskProvisionFailSize'],
  ['ProvisioningFailed', 'no such storage class', 'PersistentVolumeClaim', 'DiskProvisionFail'],
  ['FailedBinding', 'no storage class is set', 'PersistentVolumeClaim', 'FailedBindingNoStorageClass'],
  ['SystemOOM', 'System OOM encountered', 'Node', 'NodeOOM'],
  ['Rebooted', 'Node has been rebooted', 'Node', 'NodeRebooted'],
  ['NodeHasDiskPressure', '', 'Node', 'NodeDiskPressure'],
  ['DockerHung', '', 'Node', 'NodeDockerHung'],
  ['PSProcessIsHung', '', 'Node', 'NodePSHung'],
  ['NodeHasNvidiaXidError', '', 'Node', 'NodeGPUXIPError'],
  ['NodeHasFDPressure', '', 'Node', 'NodeFDPressure'],
  ['PIDPressure', '', 'Node', 'NodeFDPressure'],
  ['NodeHasPIDPressure', '', 'Node', 'NodeFDPressure'],
  ['NTPIsDown', '', 'Node', 'NodeNPTDown'],
  ['ConntrackFull', '', 'Node', 'ConnTrackFull'],
  ['NodeNotReady', 'PLEG is not healthy: pleg was last seen 3m ago', 'Node', 'NodePLEGUnhealthy'],
  ['NodeNotReady', 'Node status is now: NodeNotReady', 'Node', 'NodeNotReady'],
  ['SyncLoadBalancerFailed', '', 'Service', 'CcmSLBSyncFail'],
  ['DeleteLoadBalancerFailed', '', 'Service', 'CcmSLBDeleteFail'],
  ['CreateRouteFailed', '', 'Node', 'CcmCreateRouteFail'],
  ['SYncRouteFailed', '', 'Node', 'CcmSyncRouteFail'],
  ['AddNodeFailed', '', 'Node', 'CcmAddNodeFail'],
  ['DeteleNodeFailed', '', 'Node', 'CcmDeleteNodeFail'],
  ['UnAvailableLoadBalancer', '', 'Service', 'CcmSLBUnavailable'],
  ['AnnotationChanged', '', 'Service', 'CcmSLBAnnotationChanged'],
  ['ServiceSpecChanged', '', 'Service', 'CcmSLBSpecChanged'],
  ['SlowIO', '', 'Pod', 'CSISlowIO'],
  ['DeviceBusy', '', 'Pod', 'CSIDeviceBusy'],
  ['IOHang', '', 'Pod', 'CSIIOHang'],
  ['AllocIPFailed', '', 'Pod', 'CNIAllocIPFail'],
  ['ParseFailed', '', 'Pod', 'CNIParseFail'],
  ['DisposeResourceFailed', '', 'Pod', 'CNIDisposeResourceFail'],
  ['AllocResourceFailed', 'InvalidVSwitchId.IpNotEnough', 'Pod', 'ClusterIPNotEnough'],
  ['AllocResourceFailed', 'no interface left', 'Pod', 'CNIAllocResourceFail'],
  ['ResourceInvalid', 'InvalidVSwitchId.IpNotEnough', 'Pod', 'ClusterIPNotEnough'],
  ['ResourceInvalid', 'gone', 'Pod', 'CNIResourceInvalid'],
]

describe('the table of reasons', () => {
  for (const [reason, message, kind, means] of rows) {
    it(`takes ${reason} of a ${kind} ${message && `("${message}") `}for ${means}`, () => {
      assert.equal(abnormalReasonOf(eventOf(reason, message, kind)), means)
      // The table asks for no type: a fault told as Normal is a fault.
      assert.equal(abnormalReasonOf(eventOf(reason, message, kind, 'Normal')), means)
    })
  }

  it('has no row without a promise above, and no promise without a row', () => {
    const text = (reason: string, means: string): string => `${reason} ${means}`
    assert.deepEqual(
      new Set(triageRules.map((rule) => text(rule.reason, rule.means))),
      new Set(rows.map(([reason, , , means]) => text(reason, means))),
    )
  })

  it('has no row that an earlier one hides', () => {
    const unconditional = (rule: TriageRule): boolean => !rule.kind && !rule.anyOf && !rule.noneOf
    const hidden = triageRules.filter((rule, index) =>
      triageRules.slice(0, index).some((earlier) => earlier.reason === rule.reason && unconditional(earlier)),
    )
    assert.deepEqual(hidden, [])
  })

  const unclassified: readonly (readonly [why: string, event: KubernetesEvent])[] = [
    ['a reason it does not know', eventOf('Unhealthy', 'Readiness probe failed')],
    ['a pull that failed for another cause', eventOf('Failed', 'Failed to pull image "nginx:0"')],
    ['Failed of something that is no pod', eventOf('Failed', 'it failed', 'Job')],
    ['a back-off of something else', eventOf('BackOff', 'Job has reached the specified backoff limit')],
    ['a creation that failed without a quota', eventOf('FailedCreate', 'no service account')],
    ['a binding that waits', eventOf('FailedBinding', 'no persistent volumes available')],
    ['NodeNotReady of a pod', eventOf('NodeNotReady', 'Node is not ready', 'Pod')],
    ['another spelling', eventOf('evicted')],
    ['no reason at all', { metadata: {}, involvedObject: {} }],
    ['a name that every object has', eventOf('constructor')],
  ]
  for (const [why, event] of unclassified) {
    it(`does not classify ${why}`, () => assert.equal(abnormalReasonOf(event), undefined))
  }
})
