/** Every template of the golden vectors as a webhook's body: what comes over the wire is what Go renders, to the byte. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as z from 'zod/mini'
import { BodyTemplate } from '../../src/sink-kit/body-template.ts'
import type { Occurrence } from '../../src/domain/occurrence.ts'
import type { RenderedBody } from '../../src/sink-kit/body.ts'
import { startReceiver } from '../../src/sink-kit/testing/http-receiver.ts'
import type { HttpReceiver } from '../../src/sink-kit/testing/http-receiver.ts'
import { occurrenceOf, sinkWorld } from '../../src/sink-kit/testing/sink-world.ts'
import type { Sink } from '../../src/sink-kit/sink.ts'
import webhook from '../../src/sinks/webhook/index.ts'
import { differenceOf, goldenEvent, readTemplateVectors } from '../../src/template/testing/golden-vectors.ts'
import type { GoldenAnswer, GoldenVector } from '../../src/template/testing/golden-vectors.ts'

const shownDifferences = 10

/** An event without a time of its own has that of its arrival, which the program knows to the millisecond. */
function atMilliseconds(vector: GoldenVector): GoldenVector {
  const [, ms, beyond] = /(\.\d{3})(\d+)Z$/.exec(vector.now ?? '') ?? []
  if (ms === undefined || beyond === undefined || vector.output === undefined) return vector
  return { ...vector, output: vector.output.replaceAll(`${ms}${beyond}`, ms) }
}

/** Bodies may call sprig's functions, too: what Go alone does not know is no error there. */
function isGoAlone({ error }: GoldenVector): boolean {
  return error?.message.includes('function "toJson" not defined') !== true
}

describe('a body from a template', () => {
  let receiver: HttpReceiver
  let sink: Sink
  /** Takes the place of the ConfigMap, which is another one for each vector. */
  let renderer: (occurrence: Occurrence) => RenderedBody = () => ({ kind: 'default' })

  before(async () => {
    receiver = await startReceiver()
    const { context } = sinkWorld(1)
    const options = z.parse(webhook.schema, { url: `http://${receiver.host}/hook`, template: 'of the test' })
    sink = await webhook.open(options, { ...context, body: { render: (occurrence) => renderer(occurrence) } })
  })

  after(async () => {
    await sink.close()
    await receiver.close()
  })

  async function answerOverTheWire(vector: GoldenVector): Promise<GoldenAnswer> {
    const template = new BodyTemplate(
      { origin: { kind: 'inline', text: vector.template }, escape: 'none', sendsJson: true },
      { TZ: vector.tz },
    )
    const change = template.take(vector.template)
    if (change.kind === 'broken') return { error: { phase: 'parse', message: change.detail } }
    renderer = (occurrence) => template.render(occurrence)
    const arrivedAtMs = Date.parse(vector.now ?? '2024-01-01T00:00:00Z')
    const occurrence = { ...occurrenceOf(goldenEvent(vector.event)), arrivedAtMs }
    const alreadySent = receiver.requests.length
    const [outcome] = await sink.send([occurrence], new AbortController().signal)
    if (outcome?.kind === 'rejected') {
      assert.equal(outcome.reason, 'template-failed')
      assert.equal(receiver.requests.length, alreadySent)
      return { error: { phase: 'exec', message: outcome.detail ?? '' } }
    }
    assert.deepEqual(outcome, { kind: 'delivered' })
    const body = receiver.requests.at(-1)?.body ?? ''
    // What is no UTF-8 is received as text, too.
    return vector.outputBase64 === undefined || body !== Buffer.from(vector.outputBase64, 'base64').toString()
      ? { output: body }
      : { outputBase64: vector.outputBase64 }
  }

  for (const name of ['template-ke', 'template-fuzz']) {
    it(`comes as Go renders it: each of ${name}.json`, async () => {
      const vectors = readTemplateVectors(name).filter(isGoAlone).map(atMilliseconds)
      assert.ok(vectors.length > 400)
      const differences: string[] = []
      for (const vector of vectors) {
        const difference = differenceOf(vector, await answerOverTheWire(vector))
        if (difference !== undefined) differences.push(difference)
      }
      const shown = differences.slice(0, shownDifferences).join('\n')
      assert.equal(differences.length, 0, `${differences.length} of ${vectors.length} differ:\n${shown}`)
    })
  }
})
