/** The project's own text files with what each TypeScript file imports: what the architecture test looks at. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'

export interface SourceFile {
  /** Path from the project's root, with `/`. */
  readonly path: string
  readonly text: string
}

export interface Import {
  /** Line of the file, from 1. */
  readonly line: number
  readonly specifier: string
  /** The imported file's path from the root; undefined for packages and Node's own modules. */
  readonly target: string | undefined
  /** `url`: a file named by `new URL('./x.ts', import.meta.url)`, such as a worker's: started, not imported. */
  readonly how: 'static' | 'dynamic' | 'url'
}

const ignoredFolders = new Set(['node_modules', 'dist', '.git', 'golden', 'zones', 'recordings'])

/** All files below `root`'s `folders` whose name ends in one of `endings`, in a fixed order. */
export function readSourceFiles(
  root: string,
  folders: readonly string[],
  endings: readonly string[],
): SourceFile[] {
  const found: SourceFile[] = []
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        if (!ignoredFolders.has(entry.name)) visit(path)
      } else if (entry.isFile() && endings.some((ending) => entry.name.endsWith(ending))) {
        found.push({ path: relative(root, path).split(sep).join('/'), text: readFileSync(path, 'utf8') })
      }
    }
  }
  for (const folder of folders) visit(join(root, folder))
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

// Prettier puts every import at the beginning of a line, so comments and strings do not match. Type imports count.
const importForms: readonly { readonly how: Import['how']; readonly form: RegExp }[] = [
  {
    how: 'static',
    form: /^(?:import|export)\s+(?:type\s+)?(?:[\w$]+\s*,?\s*)?(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\})?\s*from\s*['"]([^'"]+)['"]/gm,
  },
  { how: 'static', form: /^import\s*['"]([^'"]+)['"]/gm },
  { how: 'dynamic', form: /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g },
  { how: 'url', form: /\bnew URL\(\s*['"](\.[^'"]+\.[cm]?[jt]s)['"]\s*,\s*import\.meta\.url\s*,?\s*\)/g },
]

/** What `file` imports, in the order of its lines. */
export function importsOf(file: SourceFile): Import[] {
  const imports: Import[] = []
  for (const { how, form } of importForms) {
    for (const match of file.text.matchAll(form)) {
      const specifier = match[1] ?? ''
      // The clause may span lines: the specifier stands at the end of the match.
      const line = file.text.slice(0, match.index + match[0].length).split('\n').length
      const target = specifier.startsWith('.') ? posix.join(posix.dirname(file.path), specifier) : undefined
      imports.push({ line, specifier, target, how })
    }
  }
  return imports.toSorted((a, b) => a.line - b.line)
}
