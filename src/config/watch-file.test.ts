/** A file that changes, in each way in which files change. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { watchFile, type FileWatchOptions } from './watch-file.ts'

function folderOf(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-watch-'))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Answers how to await the next change, and how many there were. */
async function watching(
  test: TestContext,
  path: string,
  options: FileWatchOptions,
): Promise<{ next(): Promise<void>; count(): number }> {
  let count = 0
  let told = (): void => {}
  const watch = watchFile(
    path,
    () => {
      count++
      told()
    },
    options,
  )
  test.after(() => watch.close())
  await watch.ready
  return { next: () => new Promise((resolve) => (told = resolve)), count: () => count }
}

/** So that nothing but the directory's watch can tell. */
const byWatch = { quietMs: 20, pollMs: 3_600_000 }

describe('a watched file', () => {
  it('is told when it is written, and when another takes its place', async (test) => {
    const path = join(folderOf(test), 'config.yaml')
    writeFileSync(path, 'one')
    const { next } = await watching(test, path, byWatch)
    let told = next()
    writeFileSync(path, 'two, longer')
    await told
    told = next()
    writeFileSync(`${path}.new`, 'three')
    renameSync(`${path}.new`, path)
    await told
  })

  it('is told when the directory that its links lead through is swapped, as of a ConfigMap', async (test) => {
    const folder = folderOf(test)
    const write = (version: string): void => {
      mkdirSync(join(folder, version))
      writeFileSync(join(folder, version, 'config.yaml'), 'same length')
      symlinkSync(version, join(folder, '..data_tmp'))
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
    }
    write('..2024_01')
    symlinkSync(join('..data', 'config.yaml'), join(folder, 'config.yaml'))
    const { next } = await watching(test, join(folder, 'config.yaml'), byWatch)
    for (const version of ['..2024_02', '..2024_03']) {
      const told = next()
      write(version)
      await told
    }
  })

  it('is told by looking now and then where nothing tells: behind a link to elsewhere', async (test) => {
    const elsewhere = join(folderOf(test), 'file')
    const path = join(folderOf(test), 'config.yaml')
    writeFileSync(elsewhere, 'one')
    symlinkSync(elsewhere, path)
    const { next } = await watching(test, path, { quietMs: 20, pollMs: 20 })
    const told = next()
    writeFileSync(elsewhere, 'two, longer')
    await told
  })

  it('is not told for its neighbours, nor for being gone: only when it is back and another', async (test) => {
    const folder = folderOf(test)
    const path = join(folder, 'config.yaml')
    writeFileSync(path, 'one')
    const { next, count } = await watching(test, path, byWatch)
    const told = next()
    writeFileSync(join(folder, 'neighbour'), 'x')
    unlinkSync(path)
    writeFileSync(join(folder, 'new'), 'two, longer')
    renameSync(join(folder, 'new'), path)
    await told
    assert.equal(count(), 1)
  })
})
