// Every recorded answer of real Go's text/template, to the character.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { GoldenAnswer, GoldenVector } from './testing/golden-vectors.ts'
import { answerTo, differenceOf, foreignReason, readTemplateVectors } from './testing/golden-vectors.ts'

/** So many differences are told; the rest is counted. */
const SHOWN = 10

function assertAll(
  vectors: readonly GoldenVector[],
  answer: (vector: GoldenVector) => GoldenAnswer = answerTo,
): void {
  assert.ok(vectors.length > 400)
  const differences = vectors.flatMap((vector) => differenceOf(vector, answer(vector)) ?? [])
  const shown = differences.slice(0, SHOWN).join('\n')
  assert.equal(differences.length, 0, `${differences.length} of ${vectors.length} differ:\n${shown}`)
}

describe('what real Go answers', () => {
  it('is answered to templates of every part of the language', () => {
    assertAll(readTemplateVectors('template-ke'))
  })

  it('is answered to generated templates', () => {
    assertAll(readTemplateVectors('template-fuzz'))
  })

  it("is answered to templates with sprig's functions, where they are about an event as it was sent", () => {
    const vectors = readTemplateVectors('template-sprig').filter(
      ({ template }) => foreignReason(template) === undefined,
    )
    assertAll(vectors, (vector) =>
      answerTo(vector, { name: 'template', functions: 'sprig', data: 'as-sent' }),
    )
  })
})
