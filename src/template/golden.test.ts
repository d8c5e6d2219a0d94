// Every recorded answer of real Go's text/template, to the character.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { answerTo, differenceOf, readTemplateVectors } from './testing/golden-vectors.ts'

/** So many differences are told; the rest is counted. */
const SHOWN = 10

function assertAll(name: string): void {
  const vectors = readTemplateVectors(name)
  assert.ok(vectors.length > 400)
  const differences = vectors.flatMap((vector) => differenceOf(vector, answerTo(vector)) ?? [])
  const shown = differences.slice(0, SHOWN).join('\n')
  assert.equal(differences.length, 0, `${differences.length} of ${vectors.length} differ:\n${shown}`)
}

describe('what real Go answers', () => {
  it('is answered to templates of every part of the language', () => assertAll('template-ke'))
  it('is answered to generated templates', () => assertAll('template-fuzz'))
})
