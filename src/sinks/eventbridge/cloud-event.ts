/** An occurrence as a CloudEvent, in the original's form. */
import { createHash } from 'node:crypto'
import type { ObjectReference } from '../../domain/event.ts'
import type { Occurrence } from '../../domain/occurrence.ts'
import { UTC } from '../../gotime/location.ts'
import { eventTimeOf } from '../../sink-kit/event-time.ts'

export interface CloudEventSettings {
  readonly eventBusName: string
  /** '' where nobody gave it. */
  readonly regionId: string
  readonly accountId: string
  readonly clusterId: string
}

const timeLayout = '2006-01-02T15:04:05Z07:00'

/** The id of an occurrence: a resend has the same one. */
export function idOf({ event: { metadata }, cluster }: Occurrence): string {
  const { uid = '', resourceVersion = '' } = metadata
  const hash = createHash('sha256').update(`${cluster}/${uid}/${resourceVersion}`).digest()
  // A UUID whose content is the program's own (RFC 9562, version 8).
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  )
}

/** One CloudEvent as JSON text. */
export function cloudEventOf(occurrence: Occurrence, settings: CloudEventSettings): string {
  // Go's client does not keep the event's own kind.
  const { kind: _kind, apiVersion: _apiVersion, ...data } = occurrence.event
  const { involvedObject } = data
  return JSON.stringify({
    specversion: '1.0',
    id: idOf(occurrence),
    source: 'acs.cs',
    type: involvedObject.kind ? `cs:k8s:${involvedObject.kind}RelatedEvent` : 'cs:k8s:UnknownTypeEvent',
    subject: subjectOf(involvedObject, settings),
    time: eventTimeOf(occurrence, UTC).utc().format(timeLayout),
    datacontenttype: 'application/json',
    aliyuneventbusname: settings.eventBusName,
    data,
  })
}

/** `acs:cs:REGION:ACCOUNT:CLUSTER/apis/v1/namespaces/shop/pods/web-0`; what an object has not stays empty. */
export function subjectOf(object: ObjectReference, settings: CloudEventSettings): string {
  const { apiVersion = '', kind = '', namespace = '', name = '' } = object
  const version =
    apiVersion.includes('.') && !apiVersion.includes('/') ? `${apiVersion}/versionUnknown` : apiVersion
  const { regionId, accountId, clusterId } = settings
  return (
    `acs:cs:${regionId}:${accountId}:${clusterId}/apis/${version}` +
    `/namespaces/${namespace}/${resourceOf(kind)}/${name}`
  )
}

/** The plural that Kubernetes' client guesses for a kind. */
function resourceOf(kind: string): string {
  const singular = kind.toLowerCase()
  if (singular === '' || singular.endsWith('endpoints')) return singular
  if (singular.endsWith('s')) return `${singular}es`
  return singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`
}
