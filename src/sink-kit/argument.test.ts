/** What sinks share in reading their arguments: values of an option, and what surprises people there. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { firstOf, repeatedOnes, valuesOf } from './argument-values.ts'
import { pickOptions } from './kit-options.ts'
import { oneLine } from './one-line.ts'
import { optionsInPath } from './options-in-path.ts'
import { present } from './present.ts'
import { sinkArgument } from './testing/sink-world.ts'
import { tlsOf } from './trust.ts'

describe('the values of an option', () => {
  const argument = sinkArgument('webhook:https://h.example.test/?a=1&b=&a=2&c=3&b=x&b=y')

  it('are told in order, decoded', () => {
    assert.deepEqual(valuesOf(argument, 'a'), ['1', '2'])
    assert.deepEqual(valuesOf(sinkArgument('webhook:https://h.example.test/?a=%E4%BD%A0+1'), 'a'), ['你 1'])
    assert.deepEqual(valuesOf(argument, 'd'), [])
  })

  it('count for the first one, be it empty', () => {
    assert.equal(firstOf(argument, 'a'), '1')
    assert.equal(firstOf(argument, 'b'), '')
    assert.equal(firstOf(argument, 'd'), undefined)
  })

  it('are warned of once an option where there are more', () => {
    assert.deepEqual(repeatedOnes(argument, ['b', 'c', 'd', 'a']), [
      'option `b` is given more than once: the first one counts',
      'option `a` is given more than once: the first one counts',
    ])
  })
})

describe('an address without a question mark', () => {
  const own: ReadonlySet<string> = new Set(['level', 'kinds'])

  it('is told with the first option in its path, and with what to write', () => {
    assert.deepEqual(optionsInPath('https://h.example.test/a&x=1&level=b&kinds=c', own, 'here/'), [
      'the URL has no `?`, so `&level=…` is a part of its path and no option; write here/…?level=…',
    ])
  })

  it('is told of for any `ke.` option, too', () => {
    assert.equal(optionsInPath('https://h.example.test/a&ke.name=b', own, '').length, 1)
  })

  it('is no mistake where nothing in its path is an option', () => {
    for (const url of ['https://h.example.test/a&x=1', 'https://h.example.test/a?b&level=c', '']) {
      assert.deepEqual(optionsInPath(url, own, ''), [], url)
    }
  })
})

describe('fields that are not there', () => {
  it('are left out, and none else', () => {
    assert.deepEqual(Object.entries(present({ a: undefined, b: '', c: 0, d: false, e: null })), [
      ['b', ''],
      ['c', 0],
      ['d', false],
      ['e', null],
    ])
  })

  it('are left out of the options that a sink uses', () => {
    const kit = { ca: '/ca', name: 'n', insecure: false }
    assert.deepEqual(Object.entries(pickOptions(kit, ['cert', 'insecure', 'ca'])), [
      ['insecure', false],
      ['ca', '/ca'],
    ])
  })

  it('are left out of what tells how TLS is used', () => {
    const options = { url: 'u', ca: '/ca', cert: undefined, serverName: 's', insecure: false }
    assert.deepEqual(Object.entries(tlsOf(options)), [
      ['ca', '/ca'],
      ['serverName', 's'],
      ['insecure', false],
    ])
  })
})

describe("a server's words in a log", () => {
  it('are on one line', () => {
    assert.equal(oneLine('no\r\n\tsuch \u0000\u001b[31mtable\u007f.'), 'no such [31mtable .')
  })

  it('are cut where they are long', () => {
    assert.equal(oneLine('x'.repeat(300)), 'x'.repeat(300))
    assert.equal(oneLine('x'.repeat(301)), `${'x'.repeat(300)}…`)
  })
})
