/** A sink's template: what is in effect, before and after each change. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BodyTemplate } from './body-template.ts'
import type { TemplateUse } from './body.ts'
import { occurrenceOf, podEvent } from './testing/sink-world.ts'

const use: TemplateUse = {
  origin: { kind: 'configmap', namespace: 'ops', name: 'body' },
  escape: 'auto',
  sendsJson: true,
}
const event = occurrenceOf(podEvent(1, 'a "b"\n'))

describe('a template for a body', () => {
  it('is not usable until it has a text, or the default was decided', () => {
    const template = new BodyTemplate(use, { TZ: 'UTC' })
    assert.equal(template.isUsable, false)
    assert.equal(template.take('{{').kind, 'broken')
    assert.equal(template.isUsable, false)
    template.useDefault()
    assert.equal(template.isUsable, true)
    assert.deepEqual(template.render(event), { kind: 'default' })
  })

  it('is changed at once; one that is broken changes nothing and tells where', () => {
    const template = new BodyTemplate(use, { TZ: 'UTC' })
    assert.equal(template.take('one {{.Reason}}').kind, 'taken')
    assert.deepEqual(template.render(event), { kind: 'body', body: 'one BackOff' })
    const broken = template.take('two\n{{.Reason')
    assert.ok(broken.kind === 'broken')
    assert.match(broken.detail, /template "body", line 2/)
    assert.deepEqual(template.render(event), { kind: 'body', body: 'one BackOff' })
    template.take('three {{.Count}}')
    assert.deepEqual(template.render(event), { kind: 'body', body: 'three 1' })
  })

  it('escapes for JSON where it is JSON and is sent so, unless told otherwise', () => {
    const body = (over: Partial<TemplateUse>): unknown => {
      const template = new BodyTemplate({ ...use, ...over }, { TZ: 'UTC' })
      template.take('{"m":"{{.Message}}"}')
      return template.render(event)
    }
    const escaped = { kind: 'body', body: '{"m":"a \\"b\\"\\n"}' }
    const plain = { kind: 'body', body: '{"m":"a b\n"}' }
    assert.deepEqual(body({}), escaped)
    assert.deepEqual(body({ sendsJson: false }), plain)
    assert.deepEqual(body({ sendsJson: false, escape: 'json' }), escaped)
    assert.deepEqual(body({ escape: 'none' }), plain)
  })

  it('that fails on an event names itself, line and column', () => {
    const template = new BodyTemplate(use, { TZ: 'UTC' })
    template.take('{\n"a": "{{.Nope}}"}')
    const rendered = template.render(event)
    assert.ok(rendered.kind === 'failed')
    assert.match(rendered.detail, /^ConfigMap ops\/body: template "body", line 2, column \d+ at `.Nope`/)
  })

  it('sees times in the zone of TZ', () => {
    const template = new BodyTemplate(use, { TZ: 'Asia/Shanghai' })
    template.take('{{.LastTimestamp}}')
    assert.deepEqual(template.render(event), { kind: 'body', body: '2024-05-06 17:30:15 +0800 CST' })
  })
})
