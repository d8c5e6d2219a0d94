/** Templates tried before they meet an event: published ones, and ones that go wrong with some events only. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock, type Clock } from '../domain/clock.ts'
import type { FilterOptions } from '../domain/filter-options.ts'
import { BodyTemplate } from '../sink-kit/body-template.ts'
import type { TemplateUse } from '../sink-kit/body.ts'
import { tryTemplate } from './template-trial.ts'

const json: TemplateUse = { origin: { kind: 'inline', text: '' }, escape: 'auto', sendsJson: true }

function found(
  text: string,
  over: Partial<TemplateUse> = {},
  filter: FilterOptions = { level: 'all' },
  clock: Clock = systemClock,
): readonly string[] {
  const use = { ...json, ...over }
  const renderer = new BodyTemplate(use, { TZ: 'UTC' })
  assert.equal(renderer.take(text).kind, 'taken')
  return tryTemplate({ renderer, use, filter, clock }).map(
    ({ kind, isAlways, what }) => `${kind} ${isAlways ? 'always' : 'sometimes'}: ${what}`,
  )
}

describe('the trial of a template', () => {
  it('finds nothing in published bodies that are JSON', () => {
    for (const text of [
      '{"msgtype": "text","text": {"content":"EventType:{{ .Type }}\\nEventKind:{{ .InvolvedObject.Kind }}\\nEventReason:{{ .Reason }}\\nEventTime:{{ .EventTime }}\\nEventMessage:{{ .Message }}"},"markdown": {"title":"","text":""}}',
      '{"msgtype": "text","text": {"content": "Cluster:name\\nEventType:{{ .Type }}\\nEventMessage:{{ .Message }}","mentioned_list":["name","@all"]}}',
      '{"channel": "testing","username": "Eventer","text":"EventType:{{ .Type }}\\nEventMessage:{{ .Message }}"}',
      '{"EventType": "{{ .Type }}\\n","EventTime": "{{ .LastTimestamp }}\\n","EventMessage": "{{ .Message}}"}',
    ]) {
      assert.deepEqual(found(text), [], text)
    }
  })

  it('names the place in the two published bodies that are none', () => {
    const withoutComma =
      '{"EventType": "{{ .Type }}","EventKind": "{{ .InvolvedObject.Kind }}""EventReason": "{{ .Reason }}","EventTime": "{{ .EventTime }}","EventMessage": "{{ .Message }}"}'
    assert.deepEqual(found(withoutComma), [
      'no-json always: the body is sent as JSON and is none, at its line 1, column 43: found `"`, where `,` or `}` belongs; it is sent as it is',
    ])
    const withoutBraces =
      '"text":"EventType:{{ .Type }}\\nEventKind:{{ .InvolvedObject.Kind }}\\nEventReason:{{ .Reason }}\\nEventTime:{{ .EventTime }}\\nEventMessage:{{ .Message }}"'
    assert.deepEqual(found(withoutBraces), [
      'no-json always: the body is sent as JSON and is none, at its line 1, column 7: found `:`, where the end belongs; it is sent as it is',
    ])
  })

  it('asks nothing of what is not sent as JSON, unless it shall be escaped so', () => {
    assert.deepEqual(found('{{.Type}} {{.Message}}', { sendsJson: false }), [])
    assert.match(
      found('{{.Type}} {{.Message}}', { sendsJson: false, escape: 'json' }).join(),
      /^no-json always/,
    )
  })

  it('names an event with which a body that is not escaped breaks', () => {
    const [first = '', ...more] = found('{"m": "{{.Message}}"}', { escape: 'none' })
    assert.match(
      first,
      /^no-json sometimes: of events such as "special-characters" \(Pod Unhealthy\) .*a line break/,
    )
    assert.deepEqual(more, [])
  })

  it('tells of a template that no event can be rendered with', () => {
    const [first = '', ...more] = found('{"m": "{{.Mesage}}"}')
    assert.match(first, /^fails always: no event can be rendered: .*line 1, column 10.*meant: `\.Message`\?/)
    assert.deepEqual(more, [])
  })

  it('tells of one that fails with some events, unless the sink sees none such', () => {
    const text = '{"s": "{{.Series.Count}}"}'
    assert.match(found(text).join(), /^fails sometimes: events such as "crash-loop" \(Pod BackOff\)/)
    const forPods = '{"n": "{{if eq .InvolvedObject.Kind "Node"}}{{.Nope}}{{end}}"}'
    assert.match(found(forPods).join(), /^fails sometimes: events such as "node-not-ready"/)
    assert.deepEqual(found(forPods, {}, { level: 'all', kinds: [{ kind: 'exact', value: 'Pod' }] }), [])
    const forNormal = '{"n": "{{if eq .Type "Normal"}}{{.Nope}}{{end}}"}'
    assert.deepEqual(found(forNormal, {}, { level: 'Warning' }), [])
    assert.match(found(forNormal, {}, { level: 'Normal' }).join(), /such as "normal"/)
  })

  it('says nothing of all events where it has tried but one or two', () => {
    const nodes: FilterOptions = { level: 'all', kinds: [{ kind: 'exact', value: 'Node' }] }
    assert.match(found('{{.Nope}}', {}, nodes).join(), /^fails sometimes: events such as "node-not-ready"/)
  })

  it('ends after a while: a template that is slow with one event is not tried with all', () => {
    let ms = 0
    const slow: Clock = { ...systemClock, monotonicMs: () => (ms += 60) }
    const forNormal = '{"n": "{{if eq .Type "Normal"}}{{.Nope}}{{end}}"}'
    assert.deepEqual(found(forNormal, {}, { level: 'all' }, slow), [])
    assert.match(found(forNormal).join(), /such as "normal"/)
    assert.match(found('{{.Nope}}', {}, { level: 'all' }, slow).join(), /^fails always/)
  })

  it('is made with all events where the sink wants a kind that is not among them', () => {
    const filter: FilterOptions = { level: 'all', kinds: [{ kind: 'exact', value: 'Lease' }] }
    assert.match(found('{', {}, filter).join(), /^no-json always/)
  })
})
