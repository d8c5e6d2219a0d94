/** YAML whose every value knows its place, so that a problem names the line and column and never the content. */
import type { Document, Node, Pair } from 'yaml'
import type { Problem } from '../config.ts'
import { errorAt } from '../problems.ts'

export interface FileDocument {
  /** The content as plain data. */
  readonly value: unknown
  /** `kube-eventer.yaml:12:5` of the value at `path`, or of the nearest thing that is there. */
  placeOf(path: readonly PropertyKey[]): string
  /** As `placeOf`, of the last part of `path` itself: the key, not its value. */
  placeOfKey(path: readonly PropertyKey[]): string
}

/** A file for people is short; what is longer is something else. */
const mostBytes = 1_048_576

/** Every error of the YAML at once. `path` is shown as the user gave it. */
export async function readDocument(
  text: string,
  path: string,
): Promise<{ readonly document: FileDocument } | { readonly problems: readonly Problem[] }> {
  if (Buffer.byteLength(text) > mostBytes) {
    return {
      problems: [errorAt(path, 'it is larger than 1 MiB', 'name the configuration file: --config=FILE')],
    }
  }
  // Loaded here: without a file nothing needs it.
  const yaml = await import('yaml')
  const lines = new yaml.LineCounter()
  // prettyErrors would quote the line, and with it perhaps a secret.
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${path}:${line}:${col}`
  }
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ code, pos }) => {
      const [what, remedy] = faults[code] ?? [
        `it is no YAML here (${code})`,
        'look at the line and the one before',
      ]
      return errorAt(at(pos[0]), what, remedy)
    })
    return { problems }
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch {
    const remedy = 'repeat less with * and <<'
    return { problems: [errorAt(path, 'its aliases stand for too much', remedy)] }
  }
  const root = document.contents
  const offsetOf = (node: unknown): number | undefined =>
    yaml.isNode(node) ? (node.range?.[0] ?? undefined) : undefined

  /** The offsets of the key and the value at the end of `steps`, as far as they are there. */
  const find = (steps: readonly PropertyKey[]): { key: number; value: number } => {
    let found = { key: 0, value: offsetOf(root) ?? 0 }
    let node: unknown = root
    for (const step of steps) {
      const next = childOf(yaml, document, node, step)
      if (next === undefined) break
      const ofValue = offsetOf(next.value) ?? found.value
      found = { key: offsetOf(next.key) ?? ofValue, value: ofValue }
      node = next.value
    }
    return found
  }
  return {
    document: {
      value,
      placeOf: (steps) => at(find(steps).value),
      placeOfKey: (steps) => at(find(steps).key),
    },
  }
}

type Yaml = typeof import('yaml')

function childOf(
  yaml: Yaml,
  document: Document,
  parent: unknown,
  step: PropertyKey,
): { readonly key?: unknown; readonly value: unknown } | undefined {
  const node = yaml.isAlias(parent) ? parent.resolve(document) : parent
  if (yaml.isSeq(node)) return { value: node.items[Number(step)] }
  if (!yaml.isMap(node)) return undefined
  const named = (name: string): Pair | undefined =>
    node.items.find(({ key }) => yaml.isScalar(key) && String(key.value) === name)
  const own = named(String(step))
  if (own) return own
  const merged = named('<<')?.value
  const sources: readonly (Node | unknown)[] = yaml.isSeq(merged) ? merged.items : [merged]
  return sources
    .map((source) => (source === undefined ? undefined : childOf(yaml, document, source, step)))
    .find((child) => child !== undefined)
}

const faults: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  BAD_ALIAS: [
    'the alias here stands for nothing',
    'define &name before *name; put a text that starts with * in quotes',
  ],
  BAD_INDENT: ['the indentation is wrong here', 'line it up with its neighbours'],
  BAD_SCALAR_START: ['a text cannot start with this character', 'put the text in quotes'],
  BLOCK_AS_IMPLICIT_KEY: ['there is a colon too many in the line', 'put a text that holds ": " in quotes'],
  DUPLICATE_KEY: ['this key is there twice', 'keep one of them'],
  MISSING_CHAR: [
    'something is missing here: a colon, a bracket or a quote',
    'look at the line and the one before',
  ],
  MULTILINE_IMPLICIT_KEY: ['a key goes over several lines', 'look for a missing colon, bracket or quote'],
  MULTIPLE_DOCS: ['there is a second document', 'remove what follows the line ---'],
  TAB_AS_INDENT: ['the line is indented with a tab', 'indent with spaces'],
}
