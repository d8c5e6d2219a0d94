/**
 * Regular expressions that need no engine: literals, anchored or not, and alternations of them. They are what most
 * filters are, and an engine costs 7 MiB of memory.
 */

/** What may stand before or after the literal: anything, anything but a line break, nothing. */
type Around = 'anything' | 'line' | 'nothing'

interface Literal {
  readonly before: Around
  readonly text: string
  readonly after: Around
}

/** Brackets beyond this multiply out to too many alternatives: the engine is better at it. */
const mostAlternatives = 64

/**
 * A test for an expression of literal characters, `^`, `$`, `|`, groups without flags, and `.*` at either end;
 * `undefined` for all others. `anchored`: it must match the whole text.
 */
export function literalTest(source: string, anchored: boolean): ((text: string) => boolean) | undefined {
  const parts = parse(source)
  if (parts === undefined) return undefined
  const tests: ((text: string) => boolean)[] = []
  const exact = new Set<string>()
  for (const one of parts) {
    const literal = toLiteral(one, anchored)
    if (literal === undefined) return undefined
    if (literal.before === 'nothing' && literal.after === 'nothing') exact.add(literal.text)
    else tests.push(testOf(literal))
  }
  const [test, ...others] = tests
  if (test === undefined) return (text) => exact.has(text)
  if (others.length === 0 && exact.size === 0) return test
  return (text) => exact.has(text) || tests.some((one) => one(text))
}

/** `^`, `$`, `.*` or a literal character, in order. */
type Item = { readonly kind: 'start' | 'end' | 'any' } | { readonly kind: 'character'; readonly text: string }
type Sequence = readonly Item[]

/** The alternatives, groups multiplied out; `undefined` where there is anything else. */
function parse(source: string): readonly Sequence[] | undefined {
  const characters = [...source]
  let at = 0
  const alternation = (depth: number): readonly Sequence[] | undefined => {
    const all: Sequence[] = []
    let current: readonly Sequence[] = [[]]
    for (;;) {
      const character = characters[at]
      if (character === undefined || character === ')') {
        // A bracket that is not closed, or none that this one closes, is the engine's to refuse.
        if ((character === ')') !== depth > 0) return undefined
        return [...all, ...current]
      }
      at += 1
      if (character === '|') {
        all.push(...current)
        current = [[]]
      } else {
        const atom = character === '(' ? group(depth) : itemOf(character)
        // What repeats is not literal; `{` may or may not repeat.
        if (atom === undefined || /^[*+?{]$/.test(characters[at] ?? '')) return undefined
        current = current.flatMap((left) => atom.map((right) => [...left, ...right]))
      }
      if (all.length + current.length > mostAlternatives) return undefined
    }
  }
  const group = (depth: number): readonly Sequence[] | undefined => {
    if (characters[at] === '?') {
      if (characters[at + 1] !== ':') return undefined
      at += 2
    }
    const inner = depth < 16 ? alternation(depth + 1) : undefined
    at += 1
    return inner
  }
  const itemOf = (character: string): readonly Sequence[] | undefined => {
    if (character === '^') return [[{ kind: 'start' }]]
    if (character === '$') return [[{ kind: 'end' }]]
    if (character === '.') {
      if (characters[at] !== '*') return undefined
      at += 1
      return [[{ kind: 'any' }]]
    }
    if (character === '\\') {
      const escaped = characters[at] ?? ''
      at += 1
      return /^[!-/:-@[-`{-~]$/.test(escaped) ? [[{ kind: 'character', text: escaped }]] : undefined
    }
    // A closing bracket by itself, a line break and half a surrogate pair are right, and rare: left to the engine.
    if (/^[*+?[\]{}\n]$/.test(character) || !character.isWellFormed()) return undefined
    return [[{ kind: 'character', text: character }]]
  }
  return alternation(0)
}

function toLiteral(sequence: Sequence, anchored: boolean): Literal | undefined {
  const start = sequence[0]?.kind === 'start'
  const afterStart = start ? sequence.slice(1) : sequence
  const end = afterStart.at(-1)?.kind === 'end'
  const inner = end ? afterStart.slice(0, -1) : afterStart
  const first = inner.findIndex(({ kind }) => kind !== 'any')
  const last = inner.findLastIndex(({ kind }) => kind !== 'any')
  const core = first === -1 ? [] : inner.slice(first, last + 1)
  let text = ''
  for (const item of core) {
    if (item.kind !== 'character') return undefined
    text += item.text
  }
  const anyBefore = first === -1 ? inner.length > 0 : first > 0
  const anyAfter = first === -1 ? inner.length > 0 : last < inner.length - 1
  return { before: around(start || anchored, anyBefore), text, after: around(end || anchored, anyAfter) }
}

/** `.*` says nothing where anything may stand anyway; behind an anchor it stops at a line break. */
function around(isAnchored: boolean, any: boolean): Around {
  if (!isAnchored) return 'anything'
  return any ? 'line' : 'nothing'
}

/** The literal holds no line break itself. */
function testOf({ before, text, after }: Literal): (value: string) => boolean {
  const length = text.length
  switch (`${before} ${after}` as const) {
    case 'anything anything':
      return (value) => value.includes(text)
    case 'anything nothing':
      return (value) => value.endsWith(text)
    case 'nothing anything':
      return (value) => value.startsWith(text)
    case 'nothing nothing':
      return (value) => value === text
    case 'nothing line':
      return (value) => value.startsWith(text) && !value.includes('\n', length)
    case 'line nothing':
      return (value) => value.endsWith(text) && !value.slice(0, value.length - length).includes('\n')
    case 'line line':
      return (value) => value.includes(text) && !value.includes('\n')
    case 'anything line':
      return (value) => {
        // Of several places the last has the fewest line breaks behind it.
        const at = value.lastIndexOf(text)
        return at !== -1 && !value.includes('\n', at + length)
      }
    case 'line anything':
      return (value) => {
        const at = value.indexOf(text)
        return at !== -1 && !value.slice(0, at).includes('\n')
      }
  }
}
