// The Go types of an event, as data: corev1.Event with all that it holds, and the methods that templates call.

import type { GoType, Method, StructValue, Value } from '../values/model.ts'
import { RFC3339, RFC3339_MICRO } from '../../gotime/layout.ts'
import { metaMicroTimeJson, metaTimeJson, rfc3339Copy } from '../../gotime/metav1.ts'
import type { Time } from '../../gotime/time.ts'
import { bytesOf, stringOf } from '../go-string.ts'
import { embedded, field, namedType, structType } from '../values/struct-type.ts'
import {
  ANY,
  BOOL,
  BYTES,
  INT32,
  INT64,
  pointerTo,
  sliceOf,
  STRING,
  STRING_MAP,
  STRINGS,
} from '../values/type.ts'
import { addressOf, boolValue, bytesValue, stringsValue, stringValue } from '../values/value.ts'
import { deepCopy, generatedMethods, generatedValueMethods, rawBytes } from './generated-methods.ts'
import { GROUP_VERSION_KIND, groupVersionKind } from './schema-types.ts'
import { fallible, method, textOf, TIME, timeOf, timeValue, uncallable } from './time-types.ts'

// Times

/** A time of this type (metav1.Time or MicroTime). */
export function metaTimeValue(type: GoType, time: Time): StructValue {
  const inner = timeValue(time)
  return { kind: 'struct', type, fields: { at: () => inner }, native: time, isAddressable: true }
}

/** What both have of their own. `layout` is how they are written in JSON and queries. */
function metaTimeMethods(
  self: GoType,
  layout: string,
  json: (time: Time) => string,
): { values: Method[]; pointers: Method[] } {
  const pointer = pointerTo(self)
  return {
    values: [
      fallible('MarshalCBOR', [], BYTES),
      fallible('MarshalJSON', [], BYTES, (time) => bytesValue(bytesOf(json(timeOf(time))))),
      fallible('MarshalQueryParameter', [], STRING, (value) => {
        const time = timeOf(value)
        return stringValue(time.isZero() ? '' : time.utc().format(layout))
      }),
      method('OpenAPISchemaFormat', [], STRING, () => stringValue('date-time')),
      method('OpenAPISchemaType', [], STRINGS, () => stringsValue(['string'])),
    ],
    pointers: [
      ...generatedMethods().filter(({ name }) => name !== 'String'),
      {
        ...method('Before', [pointer], BOOL, (time, [other]) =>
          boolValue(isSet(other) && timeOf(time).before(timeOf(other))),
        ),
        onNil: () => boolValue(false),
      },
      {
        ...method('Equal', [pointer], BOOL, (time, [other]) =>
          boolValue(isSet(other) && timeOf(time).equal(timeOf(other))),
        ),
        onNil: (_, [other]) => boolValue(!isSet(other)),
      },
      {
        ...method('IsZero', [], BOOL, (time) => boolValue(timeOf(time).isZero())),
        onNil: () => boolValue(true),
      },
      uncallable('RandFill', []),
      method('UnmarshalCBOR', [BYTES], 'error'),
      method('UnmarshalJSON', [BYTES], 'error'),
      method('UnmarshalQueryParameter', [STRING], 'error'),
    ],
  }
}

function isSet(value: Value | undefined): boolean {
  return value?.kind === 'pointer' && value.target !== null
}

export const META_TIME: GoType = structType('v1.Time', [embedded('Time', TIME)], (self) => {
  const { values, pointers } = metaTimeMethods(self, RFC3339, metaTimeJson)
  return {
    values: [
      ...values,
      method('Rfc3339Copy', [], self, (time, _, { local }) =>
        metaTimeValue(self, rfc3339Copy(timeOf(time), local)),
      ),
      method('ToUnstructured', [], ANY, (value) => {
        const time = timeOf(value)
        return time.isZero() ? undefined : stringValue(time.utc().format(RFC3339))
      }),
    ],
    pointers: [...pointers, method('ProtoTime', [], '*v1.Timestamp')],
  }
})

export const MICRO_TIME: GoType = structType('v1.MicroTime', [embedded('Time', TIME)], (self) => {
  const { values, pointers } = metaTimeMethods(self, RFC3339_MICRO, metaMicroTimeJson)
  const metaPointer = pointerTo(META_TIME)
  return {
    values,
    pointers: [
      ...pointers,
      {
        ...method('BeforeTime', [metaPointer], BOOL, (time, [other]) =>
          boolValue(isSet(other) && timeOf(time).before(timeOf(other))),
        ),
        onNil: () => boolValue(false),
      },
      {
        ...method('EqualTime', [metaPointer], BOOL, (time, [other]) =>
          boolValue(isSet(other) && timeOf(time).equal(timeOf(other))),
        ),
        onNil: (_, [other]) => boolValue(!isSet(other)),
      },
      method('ProtoMicroTime', [], '*v1.Timestamp'),
    ],
  }
})

// Metadata

export const UID = namedType('string', 'types.UID')
const OPERATION = namedType('string', 'v1.ManagedFieldsOperationType')

const generated = () => ({ values: generatedValueMethods(), pointers: generatedMethods() })

const OWNER_REFERENCE = structType(
  'v1.OwnerReference',
  [
    field('APIVersion', STRING, 'apiVersion', 5, 'keep'),
    field('Kind', STRING, 'kind', 1, 'keep'),
    field('Name', STRING, 'name', 3, 'keep'),
    field('UID', UID, 'uid', 4, 'keep'),
    field('Controller', pointerTo(BOOL), 'controller', 6),
    field('BlockOwnerDeletion', pointerTo(BOOL), 'blockOwnerDeletion', 7),
  ],
  generated,
)

function rawText(fields: Value): string {
  const raw = fields.kind === 'struct' ? fields.fields.at(0) : undefined
  return raw?.kind === 'slice' && raw.items !== null ? stringOf(rawBytes(raw.items)) : ''
}

export const FIELDS_V1 = structType('v1.FieldsV1', [field('Raw', BYTES, '', 1)], () => ({
  values: [
    ...generatedValueMethods(),
    fallible('MarshalCBOR', [], BYTES),
    fallible('MarshalJSON', [], BYTES, (fields) => bytesValue(bytesOf(rawText(fields) || 'null'))),
    method('String', [], STRING, (fields) => stringValue(rawText(fields))),
  ],
  pointers: [
    ...generatedMethods().filter(({ name }) => name !== 'String'),
    method('UnmarshalCBOR', [BYTES], 'error'),
    method('UnmarshalJSON', [BYTES], 'error'),
  ],
}))

const MANAGED_FIELDS_ENTRY = structType(
  'v1.ManagedFieldsEntry',
  [
    field('Manager', STRING, 'manager', 1),
    field('Operation', OPERATION, 'operation', 2),
    field('APIVersion', STRING, 'apiVersion', 3),
    field('Time', pointerTo(META_TIME), 'time', 4),
    field('FieldsType', STRING, 'fieldsType', 6),
    field('FieldsV1', pointerTo(FIELDS_V1), 'fieldsV1', 7),
    field('Subresource', STRING, 'subresource', 8),
  ],
  generated,
)

/** What GetObjectKind answers with is the object's own TypeMeta. */
export const TYPE_META: GoType = structType(
  'v1.TypeMeta',
  [field('Kind', STRING, 'kind', 1), field('APIVersion', STRING, 'apiVersion', 2)],
  () => ({
    values: generatedValueMethods(),
    pointers: [
      ...generatedMethods().filter(({ name }) => name !== 'DeepCopy' && name !== 'DeepCopyInto'),
      method('GetObjectKind', [], 'schema.ObjectKind', addressOf),
      method('GroupVersionKind', [], GROUP_VERSION_KIND, (meta) => {
        const [kind, apiVersion] = meta.kind === 'struct' ? [meta.fields.at(0), meta.fields.at(1)] : []
        return groupVersionKind(textOf(apiVersion), textOf(kind))
      }),
      uncallable('SetGroupVersionKind', [GROUP_VERSION_KIND]),
    ],
  }),
)

const metadataFields = [
  field('Name', STRING, 'name', 1),
  field('GenerateName', STRING, 'generateName', 2),
  field('Namespace', STRING, 'namespace', 3),
  field('SelfLink', STRING, 'selfLink', 4),
  field('UID', UID, 'uid', 5),
  field('ResourceVersion', STRING, 'resourceVersion', 6),
  field('Generation', INT64, 'generation', 7),
  field('CreationTimestamp', META_TIME, 'creationTimestamp', 8),
  field('DeletionTimestamp', pointerTo(META_TIME), 'deletionTimestamp', 9),
  field('DeletionGracePeriodSeconds', pointerTo(INT64), 'deletionGracePeriodSeconds', 10),
  field('Labels', STRING_MAP, 'labels', 11),
  field('Annotations', STRING_MAP, 'annotations', 12),
  field('OwnerReferences', sliceOf(OWNER_REFERENCE), 'ownerReferences', 13),
  field('Finalizers', STRINGS, 'finalizers', 14),
  field('ManagedFields', sliceOf(MANAGED_FIELDS_ENTRY), 'managedFields', 17),
]

/** `GetName` for `Name`, and a `SetName` that templates cannot call: each field has them. */
function accessors(): Method[] {
  return metadataFields.flatMap(({ name, type }, index) => [
    method(`Get${name}`, [], type, (meta) => (meta.kind === 'struct' ? meta.fields.at(index) : undefined)),
    uncallable(`Set${name}`, [type]),
  ])
}

const OBJECT_META = structType('v1.ObjectMeta', metadataFields, () => ({
  values: generatedValueMethods(),
  pointers: [...generatedMethods(), ...accessors(), method('GetObjectMeta', [], 'v1.Object', addressOf)],
}))

// The event

export const OBJECT_REFERENCE = structType(
  'v1.ObjectReference',
  [
    field('Kind', STRING, 'kind', 1),
    field('Namespace', STRING, 'namespace', 2),
    field('Name', STRING, 'name', 3),
    field('UID', UID, 'uid', 4),
    field('APIVersion', STRING, 'apiVersion', 5),
    field('ResourceVersion', STRING, 'resourceVersion', 6),
    field('FieldPath', STRING, 'fieldPath', 7),
  ],
  () => ({
    values: generatedValueMethods(),
    pointers: [
      ...generatedMethods(),
      { ...method('DeepCopyObject', [], 'runtime.Object', deepCopy), onNil: (receiver) => receiver },
      method('GetObjectKind', [], 'schema.ObjectKind', addressOf),
      method('GroupVersionKind', [], GROUP_VERSION_KIND, (reference) => {
        const [kind, apiVersion] =
          reference.kind === 'struct' ? [reference.fields.at(0), reference.fields.at(4)] : []
        return groupVersionKind(textOf(apiVersion), textOf(kind))
      }),
      uncallable('SetGroupVersionKind', [GROUP_VERSION_KIND]),
    ],
  }),
)

const EVENT_SOURCE = structType(
  'v1.EventSource',
  [field('Component', STRING, 'component', 1), field('Host', STRING, 'host', 2)],
  generated,
)

const EVENT_SERIES = structType(
  'v1.EventSeries',
  [field('Count', INT32, 'count', 1), field('LastObservedTime', MICRO_TIME, 'lastObservedTime', 2)],
  generated,
)

export const EVENT = structType(
  'v1.Event',
  [
    embedded('TypeMeta', TYPE_META),
    embedded('ObjectMeta', OBJECT_META, 'metadata', 1),
    field('InvolvedObject', OBJECT_REFERENCE, 'involvedObject', 2, 'keep'),
    field('Reason', STRING, 'reason', 3),
    field('Message', STRING, 'message', 4),
    field('Source', EVENT_SOURCE, 'source', 5),
    field('FirstTimestamp', META_TIME, 'firstTimestamp', 6),
    field('LastTimestamp', META_TIME, 'lastTimestamp', 7),
    field('Count', INT32, 'count', 8),
    field('Type', STRING, 'type', 9),
    field('EventTime', MICRO_TIME, 'eventTime', 10),
    field('Series', pointerTo(EVENT_SERIES), 'series', 11),
    field('Action', STRING, 'action', 12),
    field('Related', pointerTo(OBJECT_REFERENCE), 'related', 13),
    field('ReportingController', STRING, 'reportingComponent', 14, 'keep'),
    field('ReportingInstance', STRING, 'reportingInstance', 15, 'keep'),
  ],
  () => ({
    values: generatedValueMethods(),
    pointers: [
      ...generatedMethods(),
      { ...method('DeepCopyObject', [], 'runtime.Object', deepCopy), onNil: (receiver) => receiver },
      uncallable('APILifecycleIntroduced', [], 'int', 'int'),
    ],
  }),
)

export const EVENT_POINTER = pointerTo(EVENT)
