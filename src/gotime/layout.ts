// Go's layouts: a reference time written as the output should look ("2006-01-02 15:04:05"), taken apart
// into elements. What is an element and what is literal text follows Go's rules, surprises included.

/** What an element stands for; the comment shows how it is written in a layout. */
export type ElementKind =
  | 'longMonth' // January
  | 'month' // Jan
  | 'numMonth' // 1
  | 'zeroMonth' // 01
  | 'longWeekday' // Monday
  | 'weekday' // Mon
  | 'day' // 2
  | 'underDay' // _2
  | 'zeroDay' // 02
  | 'underYearDay' // __2
  | 'zeroYearDay' // 002
  | 'hour' // 15
  | 'hour12' // 3
  | 'zeroHour12' // 03
  | 'minute' // 4
  | 'zeroMinute' // 04
  | 'second' // 5
  | 'zeroSecond' // 05
  | 'longYear' // 2006
  | 'year' // 06
  | 'upperPm' // PM
  | 'lowerPm' // pm
  | 'zoneName' // MST
  | 'offset' // -0700, Z07:00 and the like; `offset` tells which
  | 'fraction' // .000 and ,999; `digits` and the rest tell which

/** How a zone's offset is written. */
export type OffsetStyle = {
  /** `Z` stands for an offset of zero. */
  readonly zForUtc: boolean
  readonly colons: boolean
  readonly parts: 'hours' | 'minutes' | 'seconds'
}

export type LayoutElement = {
  /** Literal text before the element. */
  readonly prefix: string
  readonly kind: ElementKind
  /** The element as the layout has it, for errors. */
  readonly text: string
  readonly offset?: OffsetStyle
  readonly fraction?: FractionStyle
}

/** How a fraction of a second is written. */
export type FractionStyle = {
  readonly digits: number
  readonly separator: '.' | ','
  /** Written with nines: trailing zeros are left out, and the whole if nothing remains. */
  readonly trim: boolean
}

export type Layout = {
  readonly elements: readonly LayoutElement[]
  /** Literal text after the last element. */
  readonly tail: string
}

export const RFC3339 = '2006-01-02T15:04:05Z07:00'
export const RFC3339_NANO = '2006-01-02T15:04:05.999999999Z07:00'
export const RFC3339_MICRO = '2006-01-02T15:04:05.000000Z07:00'

const MAX_CACHED_LAYOUTS = 256
const cachedLayouts = new Map<string, Layout>()

/** The elements of a layout. Layouts come from templates and are few, so the last ones are remembered. */
export function layoutOf(text: string): Layout {
  const cached = cachedLayouts.get(text)
  if (cached !== undefined) return cached
  const layout = readLayout(text)
  if (cachedLayouts.size >= MAX_CACHED_LAYOUTS) cachedLayouts.clear()
  cachedLayouts.set(text, layout)
  return layout
}

function readLayout(text: string): Layout {
  const elements: LayoutElement[] = []
  let literalStart = 0
  let position = 0
  while (position < text.length) {
    const found = elementAt(text, position)
    if (found === undefined) {
      position += 1
      continue
    }
    // `_2006` is an underscore and a year: the element begins later than where it was recognised.
    const start = position + (found.literalLength ?? 0)
    const end = start + found.length
    const { kind, offset, fraction } = found
    elements.push({
      prefix: text.slice(literalStart, start),
      kind,
      text: text.slice(start, end),
      ...(offset && { offset }),
      ...(fraction && { fraction }),
    })
    literalStart = end
    position = end
  }
  return { elements, tail: text.slice(literalStart) }
}

type Found = {
  readonly kind: ElementKind
  readonly length: number
  readonly literalLength?: number
  readonly offset?: OffsetStyle
  readonly fraction?: FractionStyle
}

/** Fixed spellings by their first letter; the first that fits is taken, so longer ones stand first. */
const SPELLINGS: Readonly<Record<string, readonly (readonly [string, Found])[]>> = {
  J: [spelling('January', 'longMonth')],
  M: [spelling('Monday', 'longWeekday'), spelling('MST', 'zoneName')],
  '0': [
    spelling('01', 'zeroMonth'),
    spelling('02', 'zeroDay'),
    spelling('03', 'zeroHour12'),
    spelling('04', 'zeroMinute'),
    spelling('05', 'zeroSecond'),
    spelling('06', 'year'),
    spelling('002', 'zeroYearDay'),
  ],
  '1': [spelling('15', 'hour'), spelling('1', 'numMonth')],
  '2': [spelling('2006', 'longYear'), spelling('2', 'day')],
  _: [
    ['_2006', { kind: 'longYear', length: 4, literalLength: 1 }],
    spelling('_2', 'underDay'),
    spelling('__2', 'underYearDay'),
  ],
  '3': [spelling('3', 'hour12')],
  '4': [spelling('4', 'minute')],
  '5': [spelling('5', 'second')],
  P: [spelling('PM', 'upperPm')],
  p: [spelling('pm', 'lowerPm')],
  '-': offsetSpellings('-'),
  Z: offsetSpellings('Z'),
}

function spelling(text: string, kind: ElementKind): readonly [string, Found] {
  return [text, { kind, length: text.length }]
}

function offsetSpellings(sign: '-' | 'Z'): readonly (readonly [string, Found])[] {
  const styles = [
    ['070000', 'seconds'],
    ['07:00:00', 'seconds'],
    ['0700', 'minutes'],
    ['07:00', 'minutes'],
    ['07', 'hours'],
  ] as const
  return styles.map(([digits, parts]) => [
    sign + digits,
    {
      kind: 'offset',
      length: digits.length + 1,
      offset: { zForUtc: sign === 'Z', colons: digits.includes(':'), parts },
    },
  ])
}

/** Short names count only if no lower-case letter follows: `Janet` and `Month` are words, not elements. */
const SHORT_NAMES: Readonly<Record<string, readonly [string, Found]>> = {
  J: spelling('Jan', 'month'),
  M: spelling('Mon', 'weekday'),
}

function elementAt(text: string, position: number): Found | undefined {
  const first = text.charAt(position)
  if (first === '.' || first === ',') return fractionAt(text, position, first)
  for (const [spelled, found] of SPELLINGS[first] ?? []) {
    if (text.startsWith(spelled, position)) return found
  }
  const short = SHORT_NAMES[first]
  if (short === undefined) return undefined
  const [spelled, found] = short
  const follower = text.charAt(position + spelled.length)
  return text.startsWith(spelled, position) && !(follower >= 'a' && follower <= 'z') ? found : undefined
}

function fractionAt(text: string, position: number, separator: '.' | ','): Found | undefined {
  const digit = text.charAt(position + 1)
  if (digit !== '0' && digit !== '9') return undefined
  let end = position + 1
  while (text.charAt(end) === digit) end += 1
  // Another digit after them: a number like `.06`, not a fraction.
  const follower = text.charAt(end)
  if (follower >= '0' && follower <= '9') return undefined
  // Go keeps the count in twelve bits.
  const digits = (end - position - 1) & 0xfff
  return { kind: 'fraction', length: end - position, fraction: { digits, separator, trim: digit === '9' } }
}
