// apimachinery's schema package: groups, versions and kinds, as `.GroupVersionKind` gives them.

import type { GoType, MaybeValue, Value } from '../values/model.ts'
import { field, structType } from '../values/struct-type.ts'
import { BOOL, sliceOf, STRING } from '../values/type.ts'
import { boolValue, stringValue, structValue } from '../values/value.ts'
import { method, textOf, uncallable } from './time-types.ts'

/** The texts of a struct that holds nothing else. */
function texts(value: MaybeValue): readonly string[] {
  if (value?.kind !== 'struct') return []
  const { fields } = value
  return (value.type.fields ?? []).map((_, index) => textOf(fields.at(index)))
}

function struct(type: GoType, ...parts: readonly (string | undefined)[]): Value {
  return structValue(
    type,
    (type.fields ?? []).map((_, index) => stringValue(parts[index] ?? '')),
  )
}

function textFields(...names: readonly string[]) {
  return names.map((name) => field(name, STRING, name, 0, 'keep'))
}

const isEmpty = method('Empty', [], BOOL, (value) => boolValue(texts(value).every((text) => text === '')))

const GROUP_RESOURCE = structType('schema.GroupResource', textFields('Group', 'Resource'), () => ({
  values: [isEmpty, method('String', [], STRING, (value) => stringValue(dotted(texts(value))))],
}))

const GROUP_VERSION_RESOURCE = structType(
  'schema.GroupVersionResource',
  textFields('Group', 'Version', 'Resource'),
  () => ({
    values: [
      isEmpty,
      method('GroupResource', [], GROUP_RESOURCE, (value) => {
        const [group, , resource] = texts(value)
        return struct(GROUP_RESOURCE, group, resource)
      }),
      method('String', [], STRING, (value) => {
        const [group = '', version = '', resource = ''] = texts(value)
        return stringValue(`${group}/${version}, Resource=${resource}`)
      }),
    ],
  }),
)

export const GROUP_VERSION_KIND: GoType = structType(
  'schema.GroupVersionKind',
  textFields('Group', 'Version', 'Kind'),
  () => ({
    values: [
      isEmpty,
      method('GroupKind', [], 'schema.GroupKind', (value) => {
        const [group, , kind] = texts(value)
        return struct(GROUP_KIND, group, kind)
      }),
      method('GroupVersion', [], 'schema.GroupVersion', (value) => {
        const [group, version] = texts(value)
        return struct(GROUP_VERSION, group, version)
      }),
      method('String', [], STRING, (value) => {
        const [group = '', version = '', kind = ''] = texts(value)
        return stringValue(`${group}/${version}, Kind=${kind}`)
      }),
      uncallable('ToAPIVersionAndKind', [], 'string', 'string'),
    ],
  }),
)

const GROUP_KIND = structType('schema.GroupKind', textFields('Group', 'Kind'), () => ({
  values: [
    isEmpty,
    method('String', [], STRING, (value) => stringValue(dotted(texts(value)))),
    method('WithVersion', [STRING], GROUP_VERSION_KIND, (value, [version]) => {
      const [group, kind] = texts(value)
      return struct(GROUP_VERSION_KIND, group, textOf(version), kind)
    }),
  ],
}))

const GROUP_VERSION = structType('schema.GroupVersion', textFields('Group', 'Version'), () => ({
  values: [
    isEmpty,
    method('Identifier', [], STRING, (value) => stringValue(slashed(texts(value)))),
    uncallable('KindForGroupVersionKinds', [sliceOf(GROUP_VERSION_KIND)], 'schema.GroupVersionKind', 'bool'),
    method('String', [], STRING, (value) => stringValue(slashed(texts(value)))),
    method('WithKind', [STRING], GROUP_VERSION_KIND, (value, [kind]) => {
      const [group, version] = texts(value)
      return struct(GROUP_VERSION_KIND, group, version, textOf(kind))
    }),
    method('WithResource', [STRING], GROUP_VERSION_RESOURCE, (value, [resource]) => {
      const [group, version] = texts(value)
      return struct(GROUP_VERSION_RESOURCE, group, version, textOf(resource))
    }),
  ],
}))

/** `deployment.apps`; without a group, `pod`. */
function dotted([group = '', name = '']: readonly string[]): string {
  return group === '' ? name : `${name}.${group}`
}

/** `apps/v1`; without a group, `v1`. */
function slashed([group = '', version = '']: readonly string[]): string {
  return group === '' ? version : `${group}/${version}`
}

/** What an object's apiVersion and kind say; an apiVersion with two slashes says nothing. */
export function groupVersionKind(apiVersion: string, kind: string): Value {
  const parts = apiVersion.split('/')
  if (parts.length > 2 || apiVersion === '/') return struct(GROUP_VERSION_KIND, '', '', kind)
  const [group, version] = parts.length === 2 ? parts : ['', apiVersion]
  return struct(GROUP_VERSION_KIND, group, version, kind)
}
