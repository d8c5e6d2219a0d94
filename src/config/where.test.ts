/** What a report counts, written as one line. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readWhere } from './where.ts'

describe('where', () => {
  it('is everything where it is empty', () => {
    assert.deepEqual(readWhere(''), { ok: true, filter: { level: 'all' } })
  })

  it('takes names and expressions as a sink does', () => {
    assert.deepEqual(readWhere('level=Warning namespaces=shop,bill.* "message=not found" reason!=^Pulled$'), {
      ok: true,
      filter: {
        level: 'Warning',
        namespaces: [
          { kind: 'exact', value: 'shop' },
          { kind: 'regexp', source: 'bill.*', anchored: true },
        ],
        message: [{ kind: 'regexp', source: 'not found', anchored: false }],
        exclude: { reason: [{ kind: 'regexp', source: '^Pulled$', anchored: false }] },
      },
    })
  })

  it('adds up what is repeated', () => {
    const read = readWhere('kinds=Pod kinds=Node')
    assert.ok(read.ok)
    assert.deepEqual(read.filter.kinds, [
      { kind: 'exact', value: 'Pod' },
      { kind: 'exact', value: 'Node' },
    ])
  })

  it('tells everything that is wrong at once, with remedies', () => {
    const read = readWhere('level=Error namespace=shop reason message=( level!=Normal')
    assert.ok(!read.ok)
    assert.equal(read.problems.length, 5)
    assert.deepEqual(read.problems[1], {
      what: 'there is no condition `namespace`',
      remedy: 'did you mean namespaces?',
    })
    assert.ok(read.problems.every(({ remedy, what }) => remedy !== '' || what.includes('(')))
  })
})
