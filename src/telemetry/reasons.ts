/**
 * Which events mean that something is broken, as a table: the `eventer_events_error_total` of kube-eventer, whose
 * classes and odd spellings (`SYncRouteFailed`, `DeteleNodeFailed`) dashboards and controllers depend on.
 */
import type { KubernetesEvent } from '../domain/event.ts'

/** Value of the label `reason` of `eventer_events_error_total`. */
export type AbnormalEventReason =
  | 'PodEvict'
  | 'PodImagePullBackOff'
  | 'PodOOM'
  | 'ResourceInsufficient'
  | 'PodFailStart'
  | 'PodCrash'
  | 'PodFailScheduling'
  | 'DiskProvisionFailSize'
  | 'DiskProvisionFail'
  | 'FailedBindingNoStorageClass'
  | 'VolumeFailMount'
  | 'FailCreatePodExceedQuota'
  | 'NodeOOM'
  | 'NodeRebooted'
  | 'NodeDiskPressure'
  | 'NodeDockerHung'
  | 'NodePSHung'
  | 'NodeGPUXIPError'
  | 'NodeFDPressure'
  | 'NodePLEGUnhealthy'
  | 'NodeNPTDown'
  | 'NodeNotReady'
  | 'ConnTrackFull'
  | 'CcmSLBSyncFail'
  | 'CcmSLBUnavailable'
  | 'CcmSLBDeleteFail'
  | 'CcmCreateRouteFail'
  | 'CcmSyncRouteFail'
  | 'CcmAddNodeFail'
  | 'CcmDeleteNodeFail'
  | 'CcmSLBAnnotationChanged'
  | 'CcmSLBSpecChanged'
  | 'CSISlowIO'
  | 'CSIDeviceBusy'
  | 'CSIIOHang'
  | 'CNIAllocIPFail'
  | 'CNIAllocResourceFail'
  | 'CNIResourceInvalid'
  | 'CNIParseFail'
  | 'CNIDisposeResourceFail'
  | 'ClusterIPNotEnough'

export interface TriageRule {
  /** The event's `reason`, exactly. */
  readonly reason: string
  /** Only if `involvedObject.kind` is this. */
  readonly kind?: string
  /** Only if the message contains one of these. */
  readonly anyOf?: readonly string[]
  /** Only if the message contains none of these. */
  readonly noneOf?: readonly string[]
  readonly means: AbnormalEventReason
}

const imagePull = ['ImagePullBackOff', 'ErrImagePull']
const diskSize = ['disk size is not supported']
const pleg = ['PLEG is not healthy']
const addressesUsedUp = ['IpNotEnough']

/** Of the rules for a reason the first that fits decides, so the order matters. */
export const triageRules: readonly TriageRule[] = [
  // Pods and what they need
  { reason: 'Evicted', means: 'PodEvict' },
  { reason: 'OOMKilling', means: 'PodOOM' },
  { reason: 'PodOOMKilling', means: 'PodOOM' },
  { reason: 'FailedMount', means: 'VolumeFailMount' },
  { reason: 'FailedAttachVolume', means: 'VolumeFailMount' },
  { reason: 'Failed', kind: 'Pod', noneOf: [...imagePull, 'Failed to pull image'], means: 'PodFailStart' },
  { reason: 'Failed', anyOf: imagePull, means: 'PodImagePullBackOff' },
  { reason: 'BackOff', anyOf: ['Back-off restarting failed container'], means: 'PodCrash' },
  { reason: 'BackOff', anyOf: ['Back-off pulling image'], means: 'PodImagePullBackOff' },
  { reason: 'FailedCreate', anyOf: ['exceeded quota'], means: 'FailCreatePodExceedQuota' },
  { reason: 'FailedScheduling', anyOf: ['Insufficient'], means: 'ResourceInsufficient' },
  { reason: 'FailedScheduling', means: 'PodFailScheduling' },
  { reason: 'ProvisioningFailed', anyOf: diskSize, means: 'DiskProvisionFailSize' },
  { reason: 'ProvisioningFailed', means: 'DiskProvisionFail' },
  { reason: 'FailedBinding', anyOf: ['no storage class is set'], means: 'FailedBindingNoStorageClass' },

  // Nodes
  { reason: 'SystemOOM', means: 'NodeOOM' },
  { reason: 'Rebooted', means: 'NodeRebooted' },
  { reason: 'NodeHasDiskPressure', means: 'NodeDiskPressure' },
  { reason: 'DockerHung', means: 'NodeDockerHung' },
  { reason: 'PSProcessIsHung', means: 'NodePSHung' },
  { reason: 'NodeHasNvidiaXidError', means: 'NodeGPUXIPError' },
  { reason: 'NodeHasFDPressure', means: 'NodeFDPressure' },
  { reason: 'PIDPressure', means: 'NodeFDPressure' },
  { reason: 'NodeHasPIDPressure', means: 'NodeFDPressure' },
  { reason: 'NTPIsDown', means: 'NodeNPTDown' },
  { reason: 'ConntrackFull', means: 'ConnTrackFull' },
  { reason: 'NodeNotReady', kind: 'Node', anyOf: pleg, means: 'NodePLEGUnhealthy' },
  { reason: 'NodeNotReady', kind: 'Node', means: 'NodeNotReady' },

  // The cloud's controllers: load balancers and routes, storage, network
  { reason: 'SyncLoadBalancerFailed', means: 'CcmSLBSyncFail' },
  { reason: 'DeleteLoadBalancerFailed', means: 'CcmSLBDeleteFail' },
  { reason: 'CreateRouteFailed', means: 'CcmCreateRouteFail' },
  { reason: 'SYncRouteFailed', means: 'CcmSyncRouteFail' },
  { reason: 'AddNodeFailed', means: 'CcmAddNodeFail' },
  { reason: 'DeteleNodeFailed', means: 'CcmDeleteNodeFail' },
  { reason: 'UnAvailableLoadBalancer', means: 'CcmSLBUnavailable' },
  { reason: 'AnnotationChanged', means: 'CcmSLBAnnotationChanged' },
  { reason: 'ServiceSpecChanged', means: 'CcmSLBSpecChanged' },
  { reason: 'SlowIO', means: 'CSISlowIO' },
  { reason: 'DeviceBusy', means: 'CSIDeviceBusy' },
  { reason: 'IOHang', means: 'CSIIOHang' },
  { reason: 'AllocIPFailed', means: 'CNIAllocIPFail' },
  { reason: 'ParseFailed', means: 'CNIParseFail' },
  { reason: 'DisposeResourceFailed', means: 'CNIDisposeResourceFail' },
  { reason: 'AllocResourceFailed', anyOf: addressesUsedUp, means: 'ClusterIPNotEnough' },
  { reason: 'AllocResourceFailed', means: 'CNIAllocResourceFail' },
  { reason: 'ResourceInvalid', anyOf: addressesUsedUp, means: 'ClusterIPNotEnough' },
  { reason: 'ResourceInvalid', means: 'CNIResourceInvalid' },
]

/** What is broken, or `undefined` if the table does not say; whatever the event's type is. */
export function abnormalReasonOf(event: KubernetesEvent): AbnormalEventReason | undefined {
  const rules = rulesByReason.get(event.reason ?? '')
  if (rules === undefined) return undefined
  const message = event.message ?? ''
  return rules.find((rule) => {
    if (rule.kind !== undefined && rule.kind !== event.involvedObject.kind) return false
    if (rule.anyOf && !rule.anyOf.some((part) => message.includes(part))) return false
    return !rule.noneOf?.some((part) => message.includes(part))
  })?.means
}

const rulesByReason = Map.groupBy(triageRules, (rule) => rule.reason)
