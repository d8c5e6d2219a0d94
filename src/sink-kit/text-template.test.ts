/** A text beside the body that the user writes as a template. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { occurrenceOf, podEvent } from './testing/sink-world.ts'
import { compileText } from './text-template.ts'

describe('a text from a template', () => {
  it('is rendered from the event, with nothing escaped', async () => {
    const render = await compileText('topic', 'k8s-{{.InvolvedObject.Namespace}}-{{.Count}}', { TZ: 'UTC' })
    assert.deepEqual(render(occurrenceOf(podEvent(3))), { kind: 'text', text: 'k8s-shop-3' })
  })

  it('names the option where it cannot be compiled or rendered', async () => {
    await assert.rejects(
      compileText('topic', 'k8s-{{.Count', {}),
      /^Error: option `topic` holds no template: .*line 1/,
    )
    const render = await compileText('topic', '{{.NoSuchField}}', {})
    const rendered = render(occurrenceOf(podEvent(1)))
    assert.ok(rendered.kind === 'failed')
    assert.match(rendered.detail, /^option `topic`: .*NoSuchField/)
  })
})
