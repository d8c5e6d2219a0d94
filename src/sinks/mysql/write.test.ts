/** Batches with rows that the server does not take. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Outcome } from '../../domain/outcome.ts'
import type { Failure } from './failure.ts'
import { writeRows } from './write.ts'

interface Table {
  readonly stored: string[]
  readonly statements: number[]
  run(rows: readonly string[]): Promise<Failure | undefined>
}

/** Refuses what begins with `bad`, as a server does. */
function table({ isTransactional = true, saysRow = true } = {}): Table {
  const stored: string[] = []
  const statements: number[] = []
  return {
    stored,
    statements,
    run: (rows) => {
      statements.push(rows.length)
      const at = rows.findIndex((row) => row.startsWith('bad'))
      if (at === -1) stored.push(...rows)
      else if (!isTransactional) stored.push(...rows.slice(0, at))
      const failure: Failure = { kind: 'row', at: saysRow ? at + 1 : undefined, detail: 'bad' }
      return Promise.resolve(at === -1 ? undefined : failure)
    },
  }
}

const settings = { maxBytes: 1_000_000, isTransactional: true, key: undefined }

function marked(outcomes: readonly Outcome[]): string {
  return outcomes.map(({ kind }) => (kind === 'delivered' ? '.' : kind === 'rejected' ? 'x' : 'r')).join('')
}

function rowsWithBad(count: number, bad: readonly number[]): string[] {
  return Array.from({ length: count }, (_, at) => `${bad.includes(at) ? 'bad' : 'good'} ${at}`)
}

describe('a batch with bad rows', () => {
  const bad = [0, 7, 8, 99]
  const rows = rowsWithBad(100, bad)
  for (const isTransactional of [true, false]) {
    for (const saysRow of [true, false]) {
      // Where nothing tells which row it was and nothing is taken back, rows are stored again rather than lost.
      const isExact = isTransactional || saysRow
      it(`loses none of the others: transactional ${isTransactional}, the server says which ${saysRow}`, async () => {
        const made = table({ isTransactional, saysRow })
        const outcomes = await writeRows(rows, made.run, { ...settings, isTransactional })
        assert.equal(marked(outcomes), rows.map((row) => (row.startsWith('bad') ? 'x' : '.')).join(''))
        const good = rows.filter((row) => !row.startsWith('bad'))
        assert.deepEqual(isExact ? made.stored : [...new Set(made.stored)], good)
      })
    }
  }

  it('alone is told row by row, without sending the rest of it again and again', async () => {
    const made = table()
    const outcomes = await writeRows(rowsWithBad(1_000, [...Array(1_000).keys()]), made.run, settings)
    assert.equal(marked(outcomes), 'x'.repeat(1_000))
    const sent = made.statements.reduce((sum, size) => sum + size, 0)
    assert.ok(sent < 4_000, `${sent} rows were sent`)
  })
})

describe('a batch', () => {
  it('is sent in statements that are short enough', async () => {
    const made = table()
    await writeRows(Array(10).fill('x'.repeat(100)), made.run, { ...settings, maxBytes: 350 })
    assert.deepEqual(made.statements, [3, 3, 3, 1])
  })

  it('keeps what is written when the server goes away in its midst', async () => {
    const made = table()
    const away: Failure = { kind: 'sink', reason: 'unreachable', detail: 'gone', endsConnection: true }
    const run = (rows: readonly string[]): Promise<Failure | undefined> =>
      made.statements.length === 2 ? Promise.resolve(away) : made.run(rows)
    const outcomes = await writeRows(Array(10).fill('x'.repeat(100)), run, { ...settings, maxBytes: 350 })
    assert.equal(marked(outcomes), '......rrrr')
  })

  it('is tried again where others write to the same rows, and not for ever', async () => {
    let tries = 0
    const conflict: Failure = { kind: 'conflict', detail: 'deadlock' }
    const once = await writeRows(['a'], () => Promise.resolve(tries++ === 0 ? conflict : undefined), settings)
    assert.equal(marked(once), '.')
    const always = await writeRows(['a'], () => Promise.resolve(conflict), settings)
    assert.equal(marked(always), 'r')
  })

  it('with rows that the key holds already is delivered, and with those of another index is not', async () => {
    const run = (rows: readonly string[]): Promise<Failure | undefined> => {
      const index = rows.find((row) => row !== 'new')
      return Promise.resolve(index === undefined ? undefined : { kind: 'duplicate', index, detail: '' })
    }
    const outcomes = await writeRows(['new', 'event_state', 'new', 'one', 'new'], run, {
      ...settings,
      key: 'event_state',
    })
    assert.equal(marked(outcomes), '...x.')
  })
})
