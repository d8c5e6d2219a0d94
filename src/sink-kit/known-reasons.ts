/**
 * Reasons of events that Kubernetes' own components give, and those of node-problem-detector and kube-eventer's
 * error metric: a pattern that matches none of them is likely a slip. From pkg/kubelet/events, pkg/scheduler,
 * pkg/controller, pkg/proxy, the cloud provider's controllers, the cluster autoscaler and the detector's monitors.
 */

const kubelet = `
  AlreadyMountedVolume BackOff CgroupV1 CheckLimitsForResolvConf ContainerGCFailed Created DNSConfigForming
  DNSSearchForming ErrImageNeverPull Evicted EvictionThresholdMet ExceededGracePeriod Failed
  FailedAttachVolume FailedBinding FailedCreatePodContainer FailedCreatePodSandBox FailedDaemonPod
  FailedDetachVolume FailedKillPod FailedMapVolume FailedMount FailedMountOnFilesystemMismatch
  FailedNodeAllocatableEnforcement FailedPodSandBoxStatus FailedPostStartHook FailedPrepareDynamicResources
  FailedPreStopHook FailedSync FailedToRetrieveImagePullSecret FailedUnmapDevice FailedUnMount
  FailedValidation FileSystemResizeFailed FileSystemResizeRequired FileSystemResizeSuccessful
  FreeDiskSpaceFailed HostNetworkNotSupported HostPortConflict ImageGCFailed InspectFailed
  InsufficientFreeCPU InsufficientFreeMemory InvalidDiskCapacity InvalidEnvironmentVariableNames Killing
  KubeletSetupFailed MissingClusterDNS NetworkNotReady NilShaper NodeAffinity NodeAllocatableEnforced
  NodeHasDiskPressure NodeHasInsufficientMemory NodeHasInsufficientPID NodeHasNoDiskPressure
  NodeHasSufficientDisk NodeHasSufficientMemory NodeHasSufficientPID NodeNotReady NodeNotSchedulable
  NodeOutOfDisk NodeReady NodeSchedulable NodeSelectorMismatching NodeShutdown OOMKilling OutOfcpu OutOfDisk
  OutOfephemeral-storage OutOfmemory OutOfpods PossibleMemoryBackedVolumesOnDisk Preempting ProbeWarning
  Pulled Pulling Rebooted ResizeCompleted ResizeDeferred ResizeError ResizeInfeasible ResizeStarted
  SandboxChanged Started Starting SuccessfulAttachVolume SuccessfulDetachVolume SuccessfulMountVolume
  SuccessfulUnMountVolume SystemOOM TaintToleration UnexpectedAdmissionError UnfinishedPreStopHook Unhealthy
  VolumeResizeFailed VolumeResizeSuccessful
`

const scheduler = `
  FailedScheduling LeaderElection Preempted Preempting Scheduled
`

const controllers = `
  AmbiguousSelector BackoffLimitExceeded CalculateExpectedPodCountFailed CIDRAssignmentFailed
  CIDRNotAvailable ClusterIPAlreadyAllocated ClusterIPNotAllocated ClusterIPNotAvailable ClusterIPNotValid
  ClusterIPOutOfRange Completed CreatedLoadBalancer DeadlineExceeded DeletedLoadBalancer DeletingAllPods
  DeletingLoadBalancer DeletingNode DeploymentRollback DeploymentRollbackRevisionNotFound
  DeploymentRollbackTemplateUnchanged DesiredReplicasComputed EnsuredLoadBalancer EnsuringLoadBalancer
  ExternalIP ExternalTrafficPolicy FailedComputeMetricsReplicas FailedConvertHPA FailedCreate
  FailedDaemonPod FailedDelete FailedGetContainerResourceMetric FailedGetExternalMetric
  FailedGetObjectMetric FailedGetPodsMetric FailedGetResourceMetric FailedGetScale FailedIndexes
  FailedNeedsStart FailedPlacement FailedRescale FailedResourceClaimCreation FailedToCreateEndpoint
  FailedToCreateRoute FailedToDeleteEndpoint FailedToUpdateEndpoint FailedToUpdateEndpointSlices
  FailedUpdate FailedUpdateStatus ForbidConcurrent InvalidMetricSourceType InvalidSchedule InvalidSelector
  IPAddressNotAllocated IPAddressWrongReference JobAlreadyActive LoadbalancerIP
  LoadBalancerMixedProtocolNotSupported LoadBalancerSourceRanges MaxFailedIndexesExceeded MissingJob
  MissSchedule MultiplePodDisruptionBudgets NoControllers NodeCIDRNotAvailable NodeControllerEviction
  NodeNotReady NodeReady NoPods PodFailurePolicy PortAllocationFailed PortAlreadyAllocated PortNotAllocated
  PortOutOfRange RecreatingFailedPod RecreatingTerminatedPod RegisteredNode RemovingNode
  ReplicaSetCreateError Resumed RollingUpdate SawCompletedJob ScalingReplicaSet SelectingAll
  SelectorRequired SucceededDaemonPod SuccessfulCreate SuccessfulDelete SuccessfulRescale SuccessfulUpdate
  SuccessPolicy Suspended SuspendedJob SyncLoadBalancerFailed TaintManagerEviction TerminatedAllPods
  TerminatingEvictedPod TooManyMissedTimes TopologyAwareHintsDisabled TopologyAwareHintsEnabled Type
  UnAvailableLoadBalancer UnexpectedJob UnknownTimeZone UnmanagedPods UnparseableCronJobSchedule
  UnparseableSchedule UnsupportedSchedule UpdatedLoadBalancer UpdateLoadBalancerFailed
`

const volumes = `
  ClaimLost ClaimMisbound CreatingSnapshot ExternalExpanding ExternalProvisioning FailedBinding Provisioning
  ProvisioningCleanupFailed ProvisioningFailed ProvisioningSucceeded Recycled RecyclerPod ResizeFinished
  Resizing SnapshotContentCreationFailed SnapshotCreated SnapshotReady VolumeAlreadyBound
  VolumeConditionAbnormal VolumeConditionNormal VolumeDelete VolumeFailedDelete VolumeFailedRecycle
  VolumeMismatch VolumeReclaimPolicy VolumeRecycled VolumeUnknownReclaimPolicy WaitForFirstConsumer
  WaitForPodScheduled
`

const autoscaler = `
  DeleteUnregistered DeleteUnregisteredFailed FailedToScaleUpGroup FixNodeGroupSizeDone
  FixNodeGroupSizeFailed NodeGroupDeletionFailed NotTriggerScaleUp ScaleDown ScaleDownDisabledAnnotation
  ScaleDownEmpty ScaleDownFailed ScaledUpGroup ScaleUpTimedOut SoftTainted TriggeredScaleUp
`

const nodeProblemDetector = `
  CCPPCrash ConntrackFull ContainerCreationFailed ContainerdStart ContainerdUnhealthy
  ContainerRuntimeIsHealthy ContainerRuntimeUnhealthy CorruptContainerImageLayer CorruptDockerImage
  CorruptDockerOverlay2 CperHardwareErrorCorrected CperHardwareErrorFatal CperHardwareErrorRecoverable
  CperHardwareHasNoFatalError DiskBadBlock DNSUnreachable DockerContainerStartupFailure DockerHung
  DockerStart DockerUnhealthy Ext4Error Ext4Warning FilesystemIsNotReadOnly FilesystemIsReadOnly
  FrequentContainerdRestart FrequentDockerRestart FrequentKubeletRestart FrequentUnregisterNetDevice
  HCSEmptyLayerchain IOError IPTablesVersionsMismatch KernelHasNoDeadlock KernelOops KubeletIsHealthy
  KubeletStart KubeletUnhealthy KubeProxyIsHealthy KubeProxyUnhealthy MemoryReadError
  NoCorruptDockerOverlay2 NoFrequentContainerdRestart NoFrequentDockerRestart NoFrequentKubeletRestart
  NoFrequentUnregisterNetDevice NTPIsDown NTPIsUp OOMKilling PodOOMKilling TaskHung UncaughtException
  UnregisterNetDevice VMcore WindowsDefenderThreatsDetected XfsHasNotShutDown XfsHasShutdown XorgCrash
`

/** What kube-eventer's error metric knows besides, in its spelling. */
const errorMetric = `
  AddNodeFailed AllocIPFailed AllocResourceFailed AnnotationChanged CreateRouteFailed
  DeleteLoadBalancerFailed DeteleNodeFailed DeviceBusy DisposeResourceFailed IOHang NodeHasFDPressure
  NodeHasNvidiaXidError NodeHasPIDPressure ParseFailed PIDPressure PSProcessIsHung ResourceInvalid
  ServiceSpecChanged SlowIO SYncRouteFailed
`

export const knownReasons: readonly string[] = [
  ...new Set(
    [kubelet, scheduler, controllers, volumes, autoscaler, nodeProblemDetector, errorMetric].flatMap(
      (names) => names.trim().split(/\s+/),
    ),
  ),
]
