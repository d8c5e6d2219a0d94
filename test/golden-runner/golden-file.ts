/** The files named on the command line: folders are walked, JSON is read once. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface GoldenFile {
  readonly path: string
  /** The folder it lies in: other files are looked up beside it. */
  readonly folder: string
  /** `undefined` where the file is no JSON. */
  readonly content: unknown
}

/** JSON files in the order given; in a folder by name, subfolders last. Throws where a path does not exist. */
export function readGoldenFiles(paths: readonly string[]): GoldenFile[] {
  return paths.flatMap((path) => (statSync(path).isDirectory() ? walk(path).map(read) : [read(path)]))
}

function walk(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return [
    ...entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map(({ name }) => join(folder, name)),
    ...entries.filter((entry) => entry.isDirectory()).flatMap(({ name }) => walk(join(folder, name))),
  ]
}

function read(path: string): GoldenFile {
  return { path, folder: dirname(path), content: parse(readFileSync(path, 'utf8')) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
