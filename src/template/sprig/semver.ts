// semver and semverCompare: versions and the constraints on them, as Masterminds' library has them.

import type { Value } from '../values/model.ts'
import type { TemplateFunction } from '../execute/callable.ts'
import { fixed } from '../execute/callable.ts'
import { method } from '../event/time-types.ts'
import { field, structType } from '../values/struct-type.ts'
import { CallError, STRING, UINT64 } from '../values/type.ts'
import { addressOf, boolValue, intValue, stringValue, structValue } from '../values/value.ts'
import { textOf } from './convert.ts'

interface Version {
  readonly major: bigint
  readonly minor: bigint
  readonly patch: bigint
  readonly prerelease: string
  readonly metadata: string
}

const IDENTIFIERS = String.raw`[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*`
const VERSION = new RegExp(
  String.raw`^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-(${IDENTIFIERS}))?(?:\+(${IDENTIFIERS}))?$`,
)

function parseVersion(text: string): Version {
  const match = VERSION.exec(text)
  if (match === null) throw new CallError('Invalid Semantic Version')
  const [, major = '0', minor = '0', patch = '0', prerelease = '', metadata = ''] = match
  if (prerelease.split('.').some((identifier) => /^0[0-9]+$/.test(identifier))) {
    throw new CallError('Version segment starts with 0')
  }
  return { major: BigInt(major), minor: BigInt(minor), patch: BigInt(patch), prerelease, metadata }
}

function versionText({ major, minor, patch, prerelease, metadata }: Version): string {
  const tail = (prerelease === '' ? '' : `-${prerelease}`) + (metadata === '' ? '' : `+${metadata}`)
  return `${major}.${minor}.${patch}${tail}`
}

/** Negative, 0 or positive. */
function compare(left: Version, right: Version): number {
  for (const part of ['major', 'minor', 'patch'] as const) {
    if (left[part] !== right[part]) return left[part] < right[part] ? -1 : 1
  }
  return comparePrereleases(left.prerelease, right.prerelease)
}

function comparePrereleases(left: string, right: string): number {
  if (left === right) return 0
  // A release comes after all that led to it.
  if (left === '') return 1
  if (right === '') return -1
  const [ours, theirs] = [left.split('.'), right.split('.')]
  for (let index = 0; index < Math.max(ours.length, theirs.length); index++) {
    const [our, their] = [ours[index], theirs[index]]
    if (our === their) continue
    if (our === undefined) return -1
    if (their === undefined) return 1
    const [isOurNumber, isTheirNumber] = [/^[0-9]+$/.test(our), /^[0-9]+$/.test(their)]
    if (isOurNumber && isTheirNumber) return BigInt(our) < BigInt(their) ? -1 : 1
    if (isOurNumber !== isTheirNumber) return isOurNumber ? -1 : 1
    return our < their ? -1 : 1
  }
  return 0
}

interface Constraint {
  readonly operator: string
  readonly version: Version
  /** Parts that were left out, or are `x`: `1.x`. */
  readonly anyMajor: boolean
  readonly anyMinor: boolean
  readonly anyPatch: boolean
}

const PART = String.raw`[0-9|x|X|\*]+`
const CONSTRAINED = String.raw`v?(${PART})(?:\.(${PART}))?(?:\.(${PART}))?(?:-(${IDENTIFIERS}))?(?:\+(?:${IDENTIFIERS}))?`
const FIRST = new RegExp(String.raw`^\s*(!=|>=|=>|<=|=<|~>|=|>|<|~|\^|)\s*${CONSTRAINED}\s*`)

function parseConstraints(text: string): Constraint[][] {
  // A range with a hyphen is two comparisons.
  const plain = text.replaceAll(
    new RegExp(String.raw`\s*(v?${PART}\S*)\s+-\s+(v?${PART}\S*)\s*`, 'g'),
    (_, low: string, high: string) => `>= ${low}, <= ${high}`,
  )
  return plain.split('||').map((alternative) => {
    const constraints: Constraint[] = []
    let rest = alternative
    do {
      const match = FIRST.exec(rest)
      if (match === null) throw new CallError(`improper constraint: ${alternative}`)
      constraints.push(constraintOf(match))
      rest = rest.slice(match[0].length).replace(/^,/, '')
    } while (rest !== '')
    return constraints
  })
}

function isAny(part: string | undefined): boolean {
  return part === undefined || /^[xX*]$/.test(part)
}

function constraintOf([, operator = '', major, minor, patch, prerelease = '']: readonly (
  string | undefined
)[]): Constraint {
  const anyMajor = isAny(major)
  const anyMinor = anyMajor || isAny(minor)
  const anyPatch = anyMinor || isAny(patch)
  const number = (part: string | undefined, any: boolean): string => (any ? '0' : (part ?? '0'))
  const tail = prerelease === '' ? '' : `-${prerelease}`
  const version = parseVersion(
    `${number(major, anyMajor)}.${number(minor, anyMinor)}.${number(patch, anyPatch)}${tail}`,
  )
  return { operator, version, anyMajor, anyMinor, anyPatch }
}

function satisfies(version: Version, constraint: Constraint): boolean {
  const { operator, version: wanted, anyMajor, anyMinor, anyPatch } = constraint
  // Who does not ask for a prerelease gets none.
  const isUnwanted = version.prerelease !== '' && wanted.prerelease === ''
  const order = compare(version, wanted)
  const isSameMinor = version.major === wanted.major && version.minor === wanted.minor
  switch (operator) {
    case '!=':
      if (!anyPatch) return order !== 0
      if (isUnwanted || anyMajor) return false
      return version.major !== wanted.major || (!anyMinor && version.minor !== wanted.minor)
    case '>':
      if (isUnwanted || anyMajor) return false
      if (!anyPatch) return order > 0
      if (version.major !== wanted.major) return version.major > wanted.major
      return !anyMinor && version.minor > wanted.minor
    case '<':
      return !isUnwanted && order < 0
    case '>=':
    case '=>':
      return !isUnwanted && order >= 0
    case '<=':
    case '=<':
      if (isUnwanted) return false
      if (!anyPatch) return order <= 0
      if (anyMajor) return true
      return (
        version.major < wanted.major ||
        (version.major === wanted.major && (anyMinor || version.minor <= wanted.minor))
      )
    case '^':
      return !isUnwanted && order >= 0 && isCompatible(version, constraint)
    case '~':
    case '~>':
      return (
        !isUnwanted && order >= 0 && (anyMajor || (anyMinor ? version.major === wanted.major : isSameMinor))
      )
    default:
      if (!anyPatch) return !isUnwanted && order === 0
      return (
        !isUnwanted && order >= 0 && (anyMajor || (anyMinor ? version.major === wanted.major : isSameMinor))
      )
  }
}

/** `^`: what does not change the first part that is not 0. */
function isCompatible(
  version: Version,
  { version: wanted, anyMajor, anyMinor, anyPatch }: Constraint,
): boolean {
  if (anyMajor) return true
  if (wanted.major > 0n || anyMinor) return version.major === wanted.major
  if (version.major > 0n) return false
  if (wanted.minor > 0n || anyPatch) return version.minor === wanted.minor
  return version.minor === 0n && version.patch === wanted.patch
}

function componentOf(version: Value, index: number): Value | undefined {
  return version.kind === 'struct' ? version.fields.at(index) : undefined
}

const VERSION_TYPE = structType(
  'semver.Version',
  [
    field('major', UINT64, '', 0),
    field('minor', UINT64, '', 0),
    field('patch', UINT64, '', 0),
    field('pre', STRING, '', 0),
    field('metadata', STRING, '', 0),
    field('original', STRING, '', 0),
  ],
  () => ({
    values: [
      method('Major', [], UINT64, (version) => componentOf(version, 0)),
      method('Minor', [], UINT64, (version) => componentOf(version, 1)),
      method('Patch', [], UINT64, (version) => componentOf(version, 2)),
      method('Prerelease', [], STRING, (version) => componentOf(version, 3)),
      method('Metadata', [], STRING, (version) => componentOf(version, 4)),
      method('Original', [], STRING, (version) => componentOf(version, 5)),
      method('String', [], STRING, (version) =>
        stringValue(versionText(parseVersion(textOf(componentOf(version, 5))))),
      ),
    ],
  }),
)

function versionValue(text: string): Value {
  const { major, minor, patch, prerelease, metadata } = parseVersion(text)
  return addressOf(
    structValue(VERSION_TYPE, [
      ...[major, minor, patch].map((number) => intValue(number, UINT64)),
      ...[prerelease, metadata, text].map((name) => stringValue(name)),
    ]),
  )
}

export const SEMVER_FUNCTIONS: readonly TemplateFunction[] = [
  fixed('semver', [STRING], ([text]) => versionValue(textOf(text))),
  fixed('semverCompare', [STRING, STRING], ([constraint, text]) => {
    const alternatives = parseConstraints(textOf(constraint))
    const version = parseVersion(textOf(text))
    return boolValue(alternatives.some((all) => all.every((one) => satisfies(version, one))))
  }),
]
