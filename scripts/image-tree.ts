/** The files of an image as values, and the two ways to write them: as a tar that is the same each time, or as a folder. */
import { chmodSync, chownSync, lutimesSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { getuid } from 'node:process'

/** Paths are relative to the root, without a slash at either end. `owner` is the uid and the gid. */
export type Entry =
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number; readonly owner: number }
  | {
      readonly kind: 'file'
      readonly path: string
      readonly mode: number
      readonly owner: number
      readonly content: Buffer
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }

export function folder(path: string, mode = 0o755, owner = 0): Entry {
  return { kind: 'folder', path, mode, owner }
}

export function file(path: string, content: Buffer | string, mode = 0o644): Entry {
  return { kind: 'file', path, mode, owner: 0, content: Buffer.from(content) }
}

export function link(path: string, target: string): Entry {
  return { kind: 'link', path, target }
}

/** `entries` and the folders that they stand in, each once, parents first, in one order whatever order they came in. */
export function complete(entries: readonly Entry[]): Entry[] {
  const byPath = new Map<string, Entry>()
  for (const entry of entries) {
    if (byPath.has(entry.path)) throw new Error(`${entry.path} is in the image twice`)
    byPath.set(entry.path, entry)
  }
  for (const { path } of entries) {
    for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
      if (!byPath.has(parent)) byPath.set(parent, folder(parent))
    }
  }
  return [...byPath.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

const blockBytes = 512

/**
 * A tar (POSIX ustar). All times are 0, so that the same files give the same bytes.
 * @throws Error for a path that ustar has no room for.
 */
export function tarOf(entries: readonly Entry[]): Buffer {
  const blocks: Buffer[] = []
  for (const entry of complete(entries)) {
    blocks.push(headerOf(entry))
    if (entry.kind !== 'file') continue
    blocks.push(entry.content, Buffer.alloc(-entry.content.length & (blockBytes - 1)))
  }
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)])
}

const typeFlags = { file: '0', link: '2', folder: '5' } as const

function headerOf(entry: Entry): Buffer {
  const header = Buffer.alloc(blockBytes)
  const text = (value: string, at: number, room: number): void => {
    if (Buffer.byteLength(value) > room) throw new Error(`${entry.path}: no room in a tar for ${value}`)
    header.write(value, at)
  }
  const octal = (value: number, at: number, room: number): void =>
    text(`${value.toString(8).padStart(room - 1, '0')}\0`, at, room)
  const owner = entry.kind === 'link' ? 0 : entry.owner
  const { prefix, name } = splitName(entry.kind === 'folder' ? `${entry.path}/` : entry.path)
  text(name, 0, 100)
  octal(entry.kind === 'link' ? 0o777 : entry.mode, 100, 8)
  octal(owner, 108, 8)
  octal(owner, 116, 8)
  octal(entry.kind === 'file' ? entry.content.length : 0, 124, 12)
  octal(0, 136, 12)
  text(typeFlags[entry.kind], 156, 1)
  if (entry.kind === 'link') text(entry.target, 157, 100)
  text('ustar\x0000', 257, 8)
  text(prefix, 345, 155)
  // The sum is taken with spaces where it will stand.
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  text(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8)
  return header
}

/** A path of more than 100 bytes is cut at a slash: up to 155 bytes of it stand elsewhere. */
function splitName(path: string): { readonly prefix: string; readonly name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path }
  const cut = path.indexOf('/', path.length - 101)
  return cut === -1 ? { prefix: '', name: path } : { prefix: path.slice(0, cut), name: path.slice(cut + 1) }
}

/** Writes `entries` under `root`. Owners count only where root does it: nobody else may give files away. */
export function writeFolder(root: string, entries: readonly Entry[]): void {
  const inOrder = complete(entries)
  for (const entry of inOrder) {
    const path = join(root, entry.path)
    if (entry.kind === 'folder') mkdirSync(path, { recursive: true })
    else if (entry.kind === 'link') symlinkSync(entry.target, path)
    else writeFileSync(path, entry.content)
    if (entry.kind === 'link') continue
    if (getuid?.() === 0) chownSync(path, entry.owner, entry.owner)
    chmodSync(path, entry.mode) // after chown, and not as the umask would have it
  }
  // Backwards, since what is written into a folder changes its time.
  for (const { path } of inOrder.toReversed()) lutimesSync(join(root, path), 0, 0)
}
