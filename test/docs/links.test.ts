/** Links of all pages lead somewhere, and both languages have the same pages. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, it } from 'node:test'
import { readPage, readPages, root } from './pages.ts'
import type { Page } from './pages.ts'

const pages = readPages()
const byPath = new Map(pages.map((page) => [page.path, page]))

function linkedFile({ path }: Page, target: string): string {
  return normalize(join(dirname(path), decodeURIComponent(target.split('#')[0] ?? '')))
}

function brokenLinks(page: Page): readonly string[] {
  return page.links.flatMap(({ line, target }) => {
    if (/^[a-z]+:/.test(target)) return []
    const [file = '', anchor] = target.split('#')
    const path = file === '' ? page.path : linkedFile(page, target)
    if (path !== page.path && !existsSync(join(root, path)))
      return [`${page.path}:${line}: ${target}: there is no ${path}`]
    if (anchor === undefined) return []
    const { headings = [] } = path === page.path ? page : (byPath.get(path) ?? {})
    const known = headings.map((heading) => heading.anchor)
    const wanted = decodeURIComponent(anchor)
    return known.includes(wanted) ? [] : [`${page.path}:${line}: ${path} has no heading #${wanted}`]
  })
}

describe('links', () => {
  it('lead to files and headings that are there', () => {
    assert.ok(pages.length > 10)
    assert.deepEqual(pages.flatMap(brokenLinks), [])
  })

  it('that lead nowhere are found', () => {
    const page = readPage(
      'docs/en/made.md',
      '# A `b` c!\n[x](nope.md) [y](#a-b-c) [z](#none) [w](../../README.md#none)\n',
    )
    assert.deepEqual(
      brokenLinks(page).map((text) => text.replace(/^.*: /, '')),
      [
        'there is no docs/en/nope.md',
        'docs/en/made.md has no heading #none',
        'README.md has no heading #none',
      ],
    )
    assert.deepEqual(page.headings, [{ level: 1, text: 'A `b` c!', anchor: 'a-b-c' }])
  })

  for (const language of ['en', 'zh']) {
    it(`of the index reach every page (${language}): add a line to docs/${language}/README.md`, () => {
      const index = byPath.get(`docs/${language}/README.md`)
      assert.ok(index)
      const reached = new Set(index.links.map(({ target }) => linkedFile(index, target)))
      const missing = pages
        .map(({ path }) => path)
        .filter((path) => path.startsWith(`docs/${language}/`) && path !== index.path && !reached.has(path))
      assert.deepEqual(missing, [])
    })
  }
})

describe('the two languages', () => {
  const shapeOf = (page: Page): object => ({
    headings: page.headings.map(({ level }) => level),
    blocks: page.blocks.map(({ info }) => info),
  })
  const pairs = [
    ['README.md', 'README.zh-CN.md'],
    ...pages
      .filter(({ path }) => path.startsWith('docs/en/'))
      .map(({ path }) => [path, path.replace('docs/en/', 'docs/zh/')]),
  ]

  it('have the same pages', () => {
    const of = (language: string): readonly string[] =>
      pages.map(({ path }) => path).filter((path) => path.startsWith(`docs/${language}/`))
    assert.deepEqual(
      of('zh'),
      of('en').map((path) => path.replace('docs/en/', 'docs/zh/')),
    )
  })

  for (const [english = '', chinese = ''] of pairs) {
    it(`have the same headings and blocks: ${english}`, () => {
      const [en, zh] = [byPath.get(english), byPath.get(chinese)]
      assert.ok(en && zh, `${english} or ${chinese} is missing`)
      assert.deepEqual(shapeOf(zh), shapeOf(en))
    })
  }
})
