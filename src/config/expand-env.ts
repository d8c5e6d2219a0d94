/** Environment variables in `--sink` and `--source`: Go's `os.ExpandEnv`, but nothing is eaten. */

export type Environment = Readonly<Record<string, string | undefined>>

export interface Expansion {
  readonly text: string
  /** Places where a `$` names no variable: kept here, removed by Go's `os.ExpandEnv`. */
  readonly unset: number
}

/**
 * Replaces `$NAME` and `${NAME}` by the environment's values, once: a value is not expanded again. What names
 * no variable of the environment stays as it is with `keep` (a password may hold a `$`), and goes with
 * `remove`, as Go has it. Follows `os.Expand` in what a name is, `$1`, `$$` and `${A b}` included.
 */
export function expandEnv(text: string, env: Environment, unset: 'keep' | 'remove'): Expansion {
  let expanded = ''
  let unsetCount = 0
  let done = 0
  for (let at = text.indexOf('$'); at !== -1 && at + 1 < text.length; at = text.indexOf('$', done)) {
    expanded += text.slice(done, at)
    const { name, width } = readName(text, at + 1)
    const written = text.slice(at, at + 1 + width)
    done = at + 1 + width
    if (width === 0) {
      expanded += '$'
      continue
    }
    const value = name !== '' && Object.hasOwn(env, name) ? env[name] : undefined
    if (value === undefined) {
      unsetCount++
      expanded += unset === 'keep' ? written : ''
    } else {
      expanded += value
    }
  }
  return { text: expanded + text.slice(done), unset: unsetCount }
}

const specialNames = '*#$@!?-0123456789'

/** The name that starts at `from`, after the `$`, and how many characters it takes, braces included. */
function readName(text: string, from: number): { name: string; width: number } {
  const first = text.charAt(from)
  if (first === '{') {
    const end = text.indexOf('}', from)
    // Without its closing brace Go takes the `{` alone; `${}` is an empty name.
    if (end === -1) return { name: '', width: 1 }
    return { name: text.slice(from + 1, end), width: end - from + 1 }
  }
  if (specialNames.includes(first)) return { name: first, width: 1 }
  const name = /^[A-Za-z0-9_]*/.exec(text.slice(from))?.[0] ?? ''
  return { name, width: name.length }
}
