/** YAML whose every value knows its line, so that an error in a kubeconfig names its place and never its content. */
import type { Document, LineCounter, Node } from 'yaml'
import { SourceConfigError } from './source-config-error.ts'

/** A place in a YAML file; it may be empty. */
export interface YamlPlace {
  at(key: string): YamlPlace
  has(key: string): boolean
  /** The places of a list's items; none if it is no list. */
  items(): readonly YamlPlace[]
  /** A scalar as text, of this place or of a key in it; undefined if there is none. */
  text(key?: string): string | undefined
  flag(key: string): boolean
  /** What stands there, as JSON has it; undefined if nothing does. */
  json(): unknown
  error(what: string, remedy: string): SourceConfigError
}

/** Rejects with `SourceConfigError` if the text is no YAML mapping. */
export async function readYaml(text: string, path: string, cluster: string): Promise<YamlPlace> {
  // Loaded here: inside a cluster nothing needs it.
  const yaml = await import('yaml')
  const lines = new yaml.LineCounter()
  // prettyErrors would quote the line, and with it perhaps a token.
  const document: Document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [broken] = document.errors
  if (broken !== undefined) {
    throw new SourceConfigError(cluster, {
      what: `the kubeconfig is no YAML (${broken.code})`,
      where: `${path}:${lines.linePos(broken.pos[0]).line}`,
      remedy: 'check the file with `kubectl config view --kubeconfig=<path>`',
    })
  }
  if (!yaml.isMap(document.contents)) {
    throw new SourceConfigError(cluster, {
      what: 'the kubeconfig is empty or no mapping',
      where: path,
      remedy: 'check the file with `kubectl config view --kubeconfig=<path>`',
    })
  }
  return place(document.contents, undefined)

  function place(node: unknown, parentLine: number | undefined): YamlPlace {
    const line = lineOf(node, lines) ?? parentLine
    const child = (key: string): unknown => (yaml.isMap(node) ? node.get(key, true) : undefined)
    const scalar = (value: unknown): string | undefined => {
      const resolved = yaml.isAlias(value) ? value.resolve(document) : value
      if (!yaml.isScalar(resolved) || resolved.value === null) return undefined
      // A token of digits must not become a number.
      return resolved.source ?? String(resolved.value)
    }
    return {
      at: (key) => place(child(key), line),
      has: (key) => {
        const value = child(key)
        return value !== undefined && !(yaml.isScalar(value) && value.value === null)
      },
      items: () => (yaml.isSeq(node) ? node.items.map((item) => place(item, line)) : []),
      text: (key) => scalar(key === undefined ? node : child(key)),
      flag: (key) => scalar(child(key)) === 'true',
      json: () => {
        const resolved = yaml.isAlias(node) ? node.resolve(document) : node
        return yaml.isNode(resolved) ? resolved.toJS(document) : undefined
      },
      error: (what, remedy) =>
        new SourceConfigError(cluster, {
          what,
          where: line === undefined ? path : `${path}:${line}`,
          remedy,
        }),
    }
  }
}

function lineOf(node: unknown, lines: LineCounter): number | undefined {
  const range = isNode(node) ? node.range : undefined
  return range ? lines.linePos(range[0]).line : undefined
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value
}
