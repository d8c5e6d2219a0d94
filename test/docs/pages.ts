/** The Markdown pages of the project, and what is in them: headings, links, fenced blocks. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')

export interface Page {
  /** From the project's root. */
  readonly path: string
  readonly headings: readonly Heading[]
  readonly links: readonly Link[]
  readonly blocks: readonly Block[]
  /** The text outside of fenced blocks, line by line; the first is line 1. */
  readonly prose: readonly (readonly [line: number, text: string])[]
}

export interface Heading {
  readonly level: number
  readonly text: string
  /** As GitHub makes it. */
  readonly anchor: string
}

export interface Link {
  readonly line: number
  readonly target: string
}

export interface Block {
  /** Of the opening fence. */
  readonly line: number
  /** What follows the fence: `sh`, `yaml part`, ''. */
  readonly info: string
  readonly text: string
  /** What a comment right before it says: `<!-- file: src/a.ts -->` is `file: src/a.ts`. */
  readonly note: string | undefined
}

/** Every page that people read: of the root, the docs and the examples. */
export function readPages(): readonly Page[] {
  return globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: root })
    .toSorted()
    .map((path) => readPage(path, readFileSync(join(root, path), 'utf8')))
}

export function readPage(path: string, text: string): Page {
  const headings: Heading[] = []
  const links: Link[] = []
  const blocks: Block[] = []
  const prose: [number, string][] = []
  const seen = new Map<string, number>()
  let note: string | undefined
  let open: { line: number; info: string; lines: string[] } | undefined
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1
    const fence = /^```(.*)$/.exec(content)
    if (open) {
      if (fence) {
        blocks.push({ line: open.line, info: open.info, text: `${open.lines.join('\n')}\n`, note })
        open = undefined
        note = undefined
      } else open.lines.push(content)
      continue
    }
    if (fence) {
      open = { line, info: (fence[1] ?? '').trim(), lines: [] }
      continue
    }
    prose.push([line, content])
    if (content.trim() !== '') note = /^<!-- (.*) -->$/.exec(content)?.[1]
    const heading = /^(#{1,6}) (.*)$/.exec(content)
    if (heading) {
      const [, marks = '', title = ''] = heading
      headings.push({ level: marks.length, text: title, anchor: anchorOf(title, seen) })
    }
    const shown = content.replaceAll(/`[^`]*`/g, (code) => ' '.repeat(code.length))
    for (const [, target = ''] of shown.matchAll(/\]\(([^)\s]+)\)/g)) links.push({ line, target })
  }
  if (open) throw new Error(`${path}:${open.line}: the block is not closed`)
  return { path, headings, links, blocks, prose }
}

/** An environment in which every variable that `text` may name is set. */
export function environmentFor(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries((text.match(/\b[A-Z][A-Z0-9_]+\b/g) ?? []).map((name) => [name, fromElsewhere]))
}

/** Stands for whatever a variable or a file holds. */
export const fromElsewhere = 'https://hooks.example.test/from-elsewhere'

/** Lower case, without punctuation, blanks as dashes; the second of the same name ends in `-1`. */
function anchorOf(title: string, seen: Map<string, number>): string {
  const plain = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
  const anchor = plain.replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-')
  const times = seen.get(anchor) ?? 0
  seen.set(anchor, times + 1)
  return times === 0 ? anchor : `${anchor}-${times}`
}
