/** The table "Where a watch resumes", row by row. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { afterExpiry, decideResume, type Known } from './resume.ts'

const saved = { cursor: '1000', serverIdentity: 'home' }

function decide(over: Partial<Known>): ReturnType<typeof decideResume> {
  return decideResume({
    saved,
    serverVersion: '1200',
    serverIdentity: 'home',
    lookBack: { kind: 'none' },
    nextOffset: 77,
    ...over,
  })
}

describe('where a watch resumes', () => {
  it('first start: at the version of now', () => {
    assert.deepEqual(decide({ saved: undefined }), { kind: 'watch', cursor: '1200', why: 'first-start' })
  })

  it('first start with a look back: a list', () => {
    assert.deepEqual(decide({ saved: undefined, lookBack: { kind: 'all' } }), {
      kind: 'relist',
      why: 'look-back',
      skip: 'nothing',
      relist: { cause: 'look-back', fromOffset: 77, cursorAtStart: '1200' },
    })
  })

  it('restart: at the cursor, whatever the look back says', () => {
    assert.deepEqual(decide({ lookBack: { kind: 'all' } }), { kind: 'watch', cursor: '1000', why: 'resumed' })
    assert.deepEqual(decide({ serverVersion: '1000' }), { kind: 'watch', cursor: '1000', why: 'resumed' })
  })

  it("the server's version is below the cursor: a list of what is not in the journal", () => {
    assert.deepEqual(decide({ serverVersion: '999' }), {
      kind: 'relist',
      why: 'restored',
      skip: 'whole-journal',
      relist: { cause: 'restored', fromOffset: 77, cursorAtStart: '1000' },
    })
  })

  it('compares versions as numbers', () => {
    assert.equal(decide({ saved: { ...saved, cursor: '99' }, serverVersion: '100' }).kind, 'watch')
    assert.equal(
      decide({ saved: { ...saved, cursor: '1'.repeat(40) }, serverVersion: '9'.repeat(39) }).kind,
      'relist',
    )
  })

  it('a list was interrupted: it begins anew, without what was journaled since', () => {
    const relist = { cause: 'expired', fromOffset: 50, cursorAtStart: '1000' } as const
    assert.deepEqual(decide({ saved: { ...saved, relist } }), {
      kind: 'relist',
      why: 'interrupted',
      skip: 'relist-began',
      relist,
    })
  })

  it('the list of a restored cluster was interrupted: it goes on as such, though the version has grown', () => {
    const relist = { cause: 'restored', fromOffset: 50, cursorAtStart: '1000' } as const
    assert.deepEqual(decide({ saved: { ...saved, relist } }), {
      kind: 'relist',
      why: 'interrupted',
      skip: 'whole-journal',
      relist,
    })
  })

  it('a list was interrupted and the cluster restored meanwhile: the restored cluster counts', () => {
    const relist = { cause: 'expired', fromOffset: 50, cursorAtStart: '1000' } as const
    const plan = decide({ saved: { ...saved, relist }, serverVersion: '12' })
    assert.equal(plan.kind === 'relist' && plan.relist.cause, 'restored')
  })

  it('address or CA changed: ask first', () => {
    assert.deepEqual(decide({ serverIdentity: 'other' }), { kind: 'ask-same-cluster' })
  })

  it('address or CA changed, the same cluster: resume', () => {
    assert.deepEqual(decide({ serverIdentity: 'other', sameCluster: true }), {
      kind: 'watch',
      cursor: '1000',
      why: 'resumed',
    })
  })

  it('address or CA changed, another cluster: a first start', () => {
    assert.deepEqual(decide({ serverIdentity: 'other', sameCluster: false }), {
      kind: 'watch',
      cursor: '1200',
      why: 'other-cluster',
    })
    const plan = decide({ serverIdentity: 'other', sameCluster: false, lookBack: { kind: 'all' } })
    assert.equal(plan.kind === 'relist' && plan.relist.cause, 'look-back')
  })

  it('410: a list from the cursor on', () => {
    assert.deepEqual(afterExpiry('1000', 77), {
      kind: 'relist',
      why: 'expired',
      skip: 'nothing',
      relist: { cause: 'expired', fromOffset: 77, cursorAtStart: '1000' },
    })
  })
})
