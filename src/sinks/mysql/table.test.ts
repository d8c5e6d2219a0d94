/** Tables that are there: what they can do, and what is said about them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TableShape, UniqueIndexPart } from './table.ts'
import { createTable, readTableName, requiredColumns, shapeOf } from './table.ts'

const events = { table: 'kube_event' }

function shapeWith(
  further: readonly string[],
  indexes: readonly (readonly [index: string, ...columns: readonly string[]])[],
  { engine = 'InnoDB', charset = 'utf8mb4' } = {},
): TableShape {
  const uniqueIndexes = indexes.flatMap(([index, ...columns]) =>
    columns.map((column): UniqueIndexPart => ({ index, column, isAutoIncrement: column === 'id' })),
  )
  const columns = ['id', ...requiredColumns, ...further].map((name) => ({ name, charset }))
  const looked = shapeOf(events, { columns, uniqueIndexes, engine })
  assert.ok('shape' in looked)
  return looked.shape
}

const primary = ['PRIMARY', 'id'] as const

describe('a table', () => {
  it('as kube-eventer documents it has no key, and is told how to get one', () => {
    const shape = shapeWith([], [primary])
    assert.deepEqual(shape.columns, requiredColumns)
    assert.equal(shape.key, undefined)
    assert.match(
      shape.remarks.join(),
      /ALTER TABLE `kube_event` ADD COLUMN resource_version varchar\(64\) NULL, ADD UNIQUE KEY event_state \(event_id, resource_version\)$/,
    )
  })

  it('with that key takes a resend without a change, and has nothing to be told', () => {
    const shape = shapeWith(['resource_version'], [primary, ['event_state', 'event_id', 'resource_version']])
    assert.equal(shape.key, 'event_state')
    assert.equal(shape.hasOtherKeys, false)
    assert.deepEqual(shape.remarks, [])
  })

  it('has a key whatever its name and order, and another index that is none', () => {
    const shape = shapeWith(
      ['resource_version', 'cluster'],
      [primary, ['k', 'resource_version', 'CLUSTER', 'event_id'], ['one', 'event_id']],
    )
    assert.equal(shape.key, 'k')
    assert.equal(shape.hasOtherKeys, true)
  })

  it('with a column of its own in the index has no key', () => {
    assert.equal(
      shapeWith(['resource_version'], [['k', 'event_id', 'resource_version', 'day']]).key,
      undefined,
    )
  })

  it('in utf8mb3 is told what it cannot hold', () => {
    const remarks = shapeWith([], [primary], { charset: 'utf8mb3' }).remarks.join()
    assert.match(remarks, /ALTER TABLE `kube_event` CONVERT TO CHARACTER SET utf8mb4/)
  })

  it('of an engine without transactions keeps what stands before a bad row', () => {
    assert.equal(shapeWith([], [primary], { engine: 'MyISAM' }).isTransactional, false)
    assert.equal(shapeWith([], [primary]).isTransactional, true)
  })

  it('without a column is told which', () => {
    const columns = requiredColumns
      .filter((name) => name !== 'kind')
      .map((name) => ({ name, charset: 'utf8mb4' }))
    assert.deepEqual(shapeOf(events, { columns, uniqueIndexes: [], engine: 'InnoDB' }), { missing: ['kind'] })
  })

  it('is made under the name that the user wrote', () => {
    assert.match(createTable(readTableName('a`b.c') ?? events), /^CREATE TABLE IF NOT EXISTS `kube_event`/)
    assert.match(createTable(readTableName('`a``b`.c') ?? events), /^CREATE TABLE IF NOT EXISTS `a``b`\.`c`/)
  })
})
