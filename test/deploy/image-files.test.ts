/** What the image is written with: tars that are the same each time, ELF files that are read and stripped. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { readElf, withoutSymbols } from '../../scripts/image-elf.ts'
import { complete, file, folder, link, tarOf, writeFolder } from '../../scripts/image-tree.ts'

const site = mkdtempSync(join(tmpdir(), 'kube-eventer-image-files-'))
after(() => rmSync(site, { recursive: true, force: true }))

const long = `usr/share/${'a'.repeat(60)}/${'b'.repeat(60)}/leaf`
const entries = [
  file('usr/bin/program', 'x'.repeat(1000), 0o755),
  file(long, 'deep'),
  file('etc/empty', ''),
  link('lib', 'usr/lib'),
  folder('tmp', 0o1777),
]

describe('a layer', () => {
  it('is the same bytes in whatever order its files came', () => {
    assert.deepEqual(tarOf(entries.toReversed()), tarOf(entries))
  })

  it('is read by tar, names beyond a hundred bytes too', () => {
    const target = join(site, 'unpacked')
    mkdirSync(target)
    execFileSync('tar', ['-xpf', '-', '-C', target], { input: tarOf(entries) })
    assert.equal(readFileSync(join(target, long), 'utf8'), 'deep')
    assert.equal(readFileSync(join(target, 'usr/bin/program'), 'utf8').length, 1000)
    assert.equal(statSync(join(target, 'usr/bin/program')).mode & 0o7777, 0o755)
    assert.equal(statSync(join(target, 'tmp')).mode & 0o7777, 0o1777)
    assert.equal(statSync(join(target, 'etc/empty')).size, 0)
    assert.equal(statSync(join(target, 'etc/empty')).mtimeMs, 0)
    assert.equal(readlinkSync(join(target, 'lib')), 'usr/lib')
  })

  it('is written as the same files', () => {
    const target = join(site, 'written')
    mkdirSync(target)
    writeFolder(target, entries)
    assert.equal(readFileSync(join(target, long), 'utf8'), 'deep')
    assert.equal(statSync(join(target, 'tmp')).mode & 0o7777, 0o1777)
    assert.equal(statSync(join(target, 'usr')).mtimeMs, 0)
    assert.equal(readlinkSync(join(target, 'lib')), 'usr/lib')
  })

  it('names every folder once, before what is in it', () => {
    const paths = complete(entries).map(({ path }) => path)
    assert.deepEqual(paths.slice(0, 3), ['etc', 'etc/empty', 'lib'])
    assert.equal(new Set(paths).size, paths.length)
  })

  it('refuses one path twice, and a path that a tar has no room for', () => {
    assert.throws(() => tarOf([file('a', '1'), file('a', '2')]), /a is in the image twice/)
    assert.throws(() => tarOf([file('a'.repeat(101), '')]), /no room in a tar/)
  })
})

describe('an ELF file', { skip: process.platform !== 'linux' && 'Node is one on Linux only' }, () => {
  const node = readFileSync(process.execPath)

  it('tells its machine, its loader and the libraries that it asks for', () => {
    const { architecture, interpreter, needed } = readElf(node)
    assert.equal(architecture, process.arch === 'arm64' ? 'arm64' : 'amd64')
    assert.match(interpreter ?? '', /^\/lib.*\/ld-linux/)
    assert.ok(needed.includes('libc.so.6') && needed.includes('libstdc++.so.6'))
  })

  it('runs without its symbols, and is smaller', () => {
    const stripped = withoutSymbols(node)
    assert.ok(stripped.length < node.length)
    const path = join(site, 'node')
    writeFileSync(path, stripped, { mode: 0o755 })
    assert.equal(execFileSync(path, ['--print', '6 * 7'], { encoding: 'utf8' }), '42\n')
  })

  it('is nothing else', () => {
    assert.throws(() => readElf(Buffer.from('#!/bin/sh\n')), /no ELF file/)
  })
})
