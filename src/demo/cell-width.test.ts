import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cellWidth, cutMiddle, cutTo, fitTo, shown, wrapTo } from './cell-width.ts'

describe('the cells of a text', () => {
  for (const [text, cells] of [
    ['', 0],
    ['Pod shop/web-0', 14],
    ['容器启动失败', 12],
    ['ﾊﾝｶｸ', 4],
    ['全角Ａ！', 8],
    ['한국어', 6],
    // The same three syllables as single letters that join.
    ['한국어'.normalize('NFD'), 6],
    ['e\u0301te\u0301', 3],
    ['🔥 ok', 5],
    ['𠮷', 2],
    ['─…×', 3],
  ] as const) {
    it(`${JSON.stringify(text)} takes ${cells}`, () => assert.equal(cellWidth(text), cells))
  }
})

describe('a text from elsewhere', () => {
  it('loses what a terminal would obey, and lies on one line', () => {
    assert.equal(shown('a\u001b[2Jb\r\nc\td'), 'a [2Jb c d')
    assert.equal(shown('a\u202eb\u200bc\ufeffd\u2028e'), 'abcd e')
    assert.equal(shown('\u009b31mred'), ' 31mred')
    assert.equal(shown('half \ud83d of a letter'), 'half  of a letter')
  })
})

describe('a text that is cut', () => {
  it('ends in an ellipsis within its width, which a wide letter may not fill', () => {
    assert.equal(cutTo('checkout', 8), 'checkout')
    assert.equal(cutTo('checkout', 5), 'chec…')
    assert.equal(cutTo('容器启动', 8), '容器启动')
    assert.equal(cutTo('容器启动', 6), '容器…')
    assert.equal(cutTo('容器启动', 1), '…')
    assert.equal(cutTo('容器启动', 0), '')
  })

  it('is filled to its width on the side it stands on', () => {
    assert.equal(fitTo('容器启动', 6), '容器… ')
    assert.equal(fitTo('12', 5, 'right'), '   12')
  })

  it('keeps its end where names differ there', () => {
    assert.equal(cutMiddle('webhook-hooks.example.test-a7ed57', 15), 'webhook…-a7ed57')
    assert.equal(cutMiddle('short', 15), 'short')
    // Four letters at the end would leave no room for a beginning.
    assert.equal(cutMiddle('容器启动失败次数', 9), '容器启动…')
    for (let width = 0; width < 40; width++) {
      assert.ok(cellWidth(cutMiddle('webhook-hooks.example.test-容器启动失败', width)) <= width)
    }
  })
})

describe('a text that is wrapped', () => {
  it('breaks at spaces, and within what has none', () => {
    assert.deepEqual(wrapTo('Back-off restarting failed container', 16), [
      'Back-off',
      'restarting',
      'failed container',
    ])
    assert.deepEqual(wrapTo('容器启动失败', 5), ['容器', '启动', '失败'])
    assert.deepEqual(wrapTo('', 5), [''])
  })
})
