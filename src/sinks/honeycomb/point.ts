/** What lands in Honeycomb: one event of its own, a flat list of fields and a time, for each occurrence. */
import type { Occurrence } from '../../domain/occurrence.ts'
import { utcTimeOf } from '../../sink-kit/event-time.ts'
import type { Format } from './options.ts'

/** The JSON of one occurrence. Fields without a value are there, and empty, as in the original. */
export function pointOf(occurrence: Occurrence, format: Format): string {
  const { involvedObject, source = {}, count = 0, type = '', reason = '', message = '' } = occurrence.event
  const data = {
    namespace: involvedObject.namespace ?? '',
    kind: involvedObject.kind ?? '',
    name: involvedObject.name ?? '',
    subobject: involvedObject.fieldPath ?? '',
    'source.component': source.component ?? '',
    'source.host': source.host ?? '',
    count,
    type,
    reason,
    message,
  }
  const time = utcTimeOf(occurrence)
  return JSON.stringify(format === 'original' ? { Data: data, Timestamp: time } : { data, time })
}
