/** Words, phrases, beginnings of words; in any script. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { matchesTerms, readTerms, wordsOf } from './terms.ts'

function finds(query: string, ...texts: string[]): boolean {
  const read = readTerms(query)
  assert.ok(read.ok, query)
  return matchesTerms(read.terms, texts)
}

describe('the words of a text', () => {
  it('are letters and digits, without case and accents', () => {
    assert.deepEqual(wordsOf('Back-off: pulling "nginx:1.27" (Café)'), [
      'back',
      'off',
      'pulling',
      'nginx',
      '1',
      '27',
      'cafe',
    ])
  })

  it('are single characters where a script has no blanks', () => {
    assert.deepEqual(wordsOf('节点 node1 离线'), ['节', '点', 'node', '1', '离', '线'])
  })
})

describe('a search', () => {
  const message = 'Back-off restarting failed container web in pod web-0_shop(11111111-0000)'

  it('finds words by their beginnings, all of them, in any order', () => {
    assert.ok(finds('restart fail', message))
    assert.ok(finds('FAIL restarting', message))
    assert.ok(!finds('restarting succeeded', message))
    assert.ok(!finds('start', message))
  })

  it('finds names with hyphens as they are written', () => {
    assert.ok(finds('web-0', message))
    assert.ok(!finds('web-1', message))
    assert.ok(finds('back-off', message))
  })

  it('finds a phrase in quotes as it is, whole words in that order', () => {
    assert.ok(finds('"failed container"', message))
    assert.ok(!finds('"container failed"', message))
    assert.ok(!finds('"failed contain"', message))
  })

  it('finds Chinese in the middle of a sentence', () => {
    assert.ok(finds('离线', '节点已离线，请检查'))
    assert.ok(!finds('线离', '节点已离线，请检查'))
  })

  it('looks in several texts, and finds a term in one of them', () => {
    assert.ok(finds('oom web-0', 'OOMKilling', 'web-0'))
    assert.ok(!finds('"oomkilling web"', 'OOMKilling', 'web-0'))
  })

  it('finds everything where nothing is asked', () => {
    assert.ok(finds('', message))
    assert.ok(finds('  - "" ', message))
  })

  it('takes what a hostile user writes for words, or says what is wrong', () => {
    for (const query of [
      '(a+)+$',
      "'; DROP TABLE block; --",
      'NEAR(a b)',
      '* OR *',
      'a AND NOT b',
      '^',
      '\u0000',
    ]) {
      assert.ok(readTerms(query).ok, query)
    }
    assert.ok(!readTerms('"open').ok)
    assert.ok(!readTerms('x '.repeat(300)).ok)
    assert.ok(!readTerms('a '.repeat(40)).ok)
  })
})
