// Field selectors: which objects a list or watch is limited to, judged on the object's own fields.
import { isRecord } from './merge-patch.ts'
import { badRequest } from './status.ts'
import type { ApiObject, Resource } from './objects.ts'

export interface FieldSelector {
  matches(object: ApiObject): boolean
  /** The value of `metadata.name` if the selector demands exactly one: RBAC judges it like a name in the path. */
  readonly name: string | undefined
}

interface Requirement {
  readonly field: string
  readonly value: string
  readonly equal: boolean
}

const metadataFields = ['metadata.name', 'metadata.namespace']

/** What each resource can be selected by; anything else is refused. */
const selectable: Readonly<Record<Resource, readonly string[]>> = {
  configmaps: metadataFields,
  events: [
    ...metadataFields,
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
}

/** `undefined` for an empty text: everything matches. Throws a 400 refusal for what cannot be selected by. */
export function parseFieldSelector(text: string, resource: Resource): FieldSelector | undefined {
  const requirements = splitUnescaped(text, ',')
    .filter((term) => term !== '')
    .map((term) => parseRequirement(term))
  for (const { field } of requirements) {
    if (!selectable[resource].includes(field)) throw badRequest(`field label not supported: ${field}`)
  }
  if (requirements.length === 0) return undefined
  return {
    matches: (object) =>
      requirements.every(({ field, value, equal }) => (fieldOf(object, field) === value) === equal),
    name: requirements.find(({ field, equal }) => equal && field === 'metadata.name')?.value,
  }
}

function parseRequirement(term: string): Requirement {
  const operator = /^([^=!]*)(==|!=|=)(.*)$/s.exec(term)
  if (!operator) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`)
  const [, field = '', sign = '', value = ''] = operator
  return { field, equal: sign !== '!=', value: value.replaceAll(/\\([\\,=])/g, '$1') }
}

function splitUnescaped(text: string, separator: string): string[] {
  const terms = ['']
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === separator) terms.push('')
    else {
      const taken = character === '\\' ? character + text.charAt(++at) : character
      terms.push(`${terms.pop() ?? ''}${taken}`)
    }
  }
  return terms
}

function fieldOf(object: ApiObject, field: string): string {
  if (field === 'source') {
    return textAt(object, ['source', 'component']) || textAt(object, ['reportingComponent'])
  }
  return textAt(object, field.split('.'))
}

function textAt(object: object, path: readonly string[]): string {
  let value: unknown = object
  for (const part of path) value = isRecord(value) ? value[part] : undefined
  return typeof value === 'string' ? value : ''
}
