// Values in JSON bodies: escaped where the body is JSON, untouched where they need nothing, as the original else.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../../domain/event.ts'
import { compiled, readTemplateVectors, answerTo, zonesOf } from '../testing/golden-vectors.ts'
import { seeded } from '../testing/seeded.ts'
import type { TemplateOptions } from '../template.ts'
import { compileTemplate } from '../template.ts'

const nasty = 'a "quoted" \\ back\nline\ttab \u0001 é 😀 </script>'

function eventWith(fields: Partial<KubernetesEvent>): KubernetesEvent {
  return {
    metadata: { name: 'web.1', namespace: 'shop' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web' },
    type: 'Warning',
    reason: 'BackOff',
    count: 3,
    lastTimestamp: '2026-05-06T07:08:09Z',
    message: nasty,
    ...fields,
  }
}

const auto: Partial<TemplateOptions> = { escape: 'auto', sendsJson: true }

function render(body: string, options: Partial<TemplateOptions> = auto, event = eventWith({})): string {
  const result = compiled(body, options).render(event, { epochMs: 0 })
  assert.ok(result.ok, result.ok ? '' : result.error.message)
  return result.text
}

function escapes(body: string, options: Partial<TemplateOptions> = auto): boolean {
  return compiled(body, options).escapes
}

/** What real bodies look like; the value is in the message. */
const jsonBodies = [
  '{"text": "{{.Message}}"}',
  '\n\t {"text": "{{.Message}}", "n": 1}',
  '[{"text":"{{.Message}}"}]',
  '"{{.Message}}"',
  '{{/* a comment */}}{"a": {"b": ["x", "{{.Reason}}: {{.Message}}"]}}',
  '{"text": "{{if eq .Type "Warning"}}W{{else}}N{{end}} {{.Message}}"}',
  '{"text": "{{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}{{.Message}}"}',
  '{"text": "{{with .InvolvedObject}}{{.Name}}{{end}}{{$.Message}}"}',
  '{"text": "{{printf "%s" .Message}}", "count": {{.Count}}}',
  '{"text": "{{template "m" .}}"}{{define "m"}}<{{.Message}}>{{end}}',
  '{"text": "{{block "m" .}}{{.Message}}{{end}}", "ok": true}',
  '{ {{if .Reason}}"reason": "{{.Reason}}",{{end}} "text": "{{.Message}}" }',
  '{{if .Reason}}{"text": "{{.Message}}"}{{else}}{"none": "{{.Message}}"}{{end}}',
  '[{{range 3}}{{if .}},{{end}}"{{$.Message}}"{{end}}]',
  '{{$m := .Message}}{"text": "{{$m}}"}',
] as const

describe('a JSON body', () => {
  for (const body of jsonBodies) {
    it(`stays JSON whatever a message holds: ${body.trim()}`, () => {
      assert.ok(escapes(body))
      const parsed = JSON.stringify(JSON.parse(render(body)))
      assert.ok(parsed.includes(JSON.stringify(nasty).slice(1, -1)), parsed)
    })
  }

  it('is escaped only where it is sent as JSON, and told so', () => {
    const [body] = jsonBodies
    assert.equal(escapes(body, { escape: 'auto', sendsJson: false }), false)
    assert.equal(escapes(body, { escape: 'none', sendsJson: true }), false)
    assert.equal(escapes(body, { escape: 'json', sendsJson: false }), true)
  })

  it('keeps values outside strings as they are', () => {
    assert.equal(render('{"a": {{.Message}}, "b": "{{.Reason}}"}').startsWith(`{"a": ${nasty}, `), true)
  })

  it('leaves alone what has escaped or quoted itself', () => {
    const message = 'say "hi"'
    const event = eventWith({ message })
    assert.equal(render('{"a": "{{.Message | js}}"}', auto, event), '{"a": "say \\"hi\\""}')
    assert.equal(render('{"a": "{{js .Message}}"}', auto, event), '{"a": "say \\"hi\\""}')
    assert.equal(render('{"a": {{printf "%q" .Message}}}', auto, event), '{"a": "say \\"hi\\""}')
    assert.equal(render('{"a": "x{{printf "%q" "y"}}"}', { ...auto, escape: 'json' }, event), '{"a": "x"y""}')
    assert.equal(render('{"a": "{{printf "%q %s" "y" "z"}}"}', auto, event), '{"a": "\\"y\\" z"}')
  })

  it('gives what Go gives for values without quotes, backslashes and control characters', () => {
    const random = seeded()
    const characters = [..."abcXYZ 019.,:;/<>&'{}[]()+-=_é中Ω😀\u2028\u00a0\u007f"] as const
    const word = (): string =>
      Array.from({ length: random.below(12) }, () => random.pick(['a', ...characters])).join('')
    for (let round = 0; round < 200; round++) {
      const event = eventWith({ message: word(), reason: word(), metadata: { labels: { [word()]: word() } } })
      for (const body of jsonBodies) {
        const plain = render(body, { escape: 'none' }, event)
        assert.equal(render(body, auto, event), plain, `${random.seedText} ${body}`)
      }
    }
  })

  it('gives what Go gives to the byte even where a character is cut', () => {
    const event = eventWith({ message: 'é' })
    const result = compiled('{"a": "{{slice .Message 0 1}}"}', auto).render(event, { epochMs: 0 })
    assert.ok(result.ok && result.bytes !== undefined)
    assert.deepEqual([...result.bytes], [...Buffer.from('{"a": "'), 0xc3, ...Buffer.from('"}')])
  })
})

describe('a JSON text in a string', () => {
  const event = eventWith({ message: 'say "hi"\n\\' })

  it('is escaped once more for each level', () => {
    const body = String.raw`{"msg_type": "text", "content": "{\"text\": \"{{.Message}}\", \"n\": {{.Count}}}"}`
    const outer: unknown = JSON.parse(render(body, auto, event))
    assert.ok(typeof outer === 'object' && outer !== null && 'content' in outer)
    assert.deepEqual(JSON.parse(String(outer.content)), { text: 'say "hi"\n\\', n: 3 })
  })

  it('may hold a third', () => {
    const inner = JSON.stringify({ c: '@' })
    const body = JSON.stringify({ a: JSON.stringify({ b: inner }) }).replace('@', '{{.Message}}')
    const parsed = JSON.parse(JSON.parse(JSON.parse(render(body, auto, event)).a).b)
    assert.deepEqual(parsed, { c: 'say "hi"\n\\' })
  })

  it('is told from prose with quotes, which is one string', () => {
    const body = String.raw`{"text": "the pod said \"{{.Message}}\" and [{{.Reason}}] \"left\""}`
    assert.deepEqual(JSON.parse(render(body, auto, event)), {
      text: 'the pod said "say "hi"\n\\" and [BackOff] "left"',
    })
  })
})

describe('a body that is no JSON', () => {
  const event = eventWith({ message: 'say "hi"\n\\' })
  for (const body of [
    'payload={"text":"{{.Message}}"}',
    'text={{.Message}}&reason={{.Reason}}',
    'He said "{{.Message}}"',
    '"{{.Reason}}" happened: {{.Message}}',
    '{"Kind": "{{ .Reason }}""Message": "{{ .Message }}"}',
    '"text":"EventType:{{ .Type }}\\nEventMessage:{{ .Message }}"',
    '{{.Message}}',
    '{"text": "{{.Message}}"',
    '{"text": "{{.Message}}"}}',
    "{'text': '{{.Message}}'}",
    '',
  ]) {
    it(`is rendered as the original renders it, without the message's quotes: ${body}`, () => {
      assert.equal(escapes(body), false)
      const asOriginal = body
        .replaceAll(/\{\{ ?\.Message ?\}\}/g, 'say hi\n\\')
        .replaceAll(/\{\{ ?\.Reason ?\}\}/g, 'BackOff')
        .replaceAll(/\{\{ ?\.Type ?\}\}/g, 'Warning')
      assert.equal(render(body, auto, event), asOriginal)
    })
  }
})

describe('branches that end in different parts of the JSON', () => {
  for (const body of [
    '{"a": "{{if .Type}}x"{{else}}{{.Message}}"{{end}}}',
    '{"a": "{{if .Type}}x", "b": "{{end}}{{.Message}}"}{{if .Type}}{{end}}{{define "x"}}"{{end}}{{template "x"}}',
    '{"a": "{{range 3}}{{if .}}{{break}}{{end}}"{{end}}{{.Message}}"}',
    '{"a": "{{range 3}}"{{if .}}{{break}}{{end}}"{{end}}{{.Message}}"}',
    '{"a": "\\{{.Message}}"}',
  ]) {
    it(`turn escaping off, with a warning: ${body}`, () => {
      const zones = zonesOf('UTC')
      const result = compileTemplate(body, { escape: 'json', functions: 'builtin', zones })
      assert.ok(result.ok)
      assert.equal(result.template.escapes, false)
      assert.match(result.warnings.join(), /not escaped.*ke\.escape=none/)
    })
  }

  it('are no matter where both end a string', () => {
    const body = '{"a": "{{if .Type}}{{.Message}}{{else}}none{{end}}"}'
    assert.ok(escapes(body, { escape: 'json' }))
  })
})

/** The rule as it stands in the documents: each action a letter, and what is left JSON. */
function isJson(body: string): boolean {
  try {
    JSON.parse(body.replaceAll(/\{\{.*?\}\}/gs, 'x'))
    return true
  } catch {
    return false
  }
}

describe('published bodies', () => {
  it('that are JSON are escaped; those that are not stay as they were', () => {
    const bodies = new Map<string, boolean>()
    for (const { id, template } of readTemplateVectors('template-ke')) {
      if (!/^ke-(docs|seeds)-/.test(id)) continue
      bodies.set(template, escapes(template))
    }
    assert.ok(bodies.size > 10)
    for (const [body, isEscaped] of bodies) assert.equal(isEscaped, isJson(body), body)
  })

  it('are what Go gives for events that need no escaping', () => {
    const plain = new Set(['backoff', 'node-not-ready', 'killing', 'oom', 'series'])
    const vectors = readTemplateVectors('template-ke').filter(
      ({ id, event }) => /^ke-(docs|seeds)-/.test(id) && plain.has(event),
    )
    assert.ok(vectors.length > 10)
    for (const vector of vectors) assert.equal(answerTo(vector, auto).output, vector.output, vector.id)
  })

  it('go through the Worktile proxy, which takes braces, quotes and commas away', () => {
    const body =
      '{"EventType": "{{ .Type }}\\n","EventKind": "{{ .InvolvedObject.Kind }}\\n","EventObject": "{{ .InvolvedObject.Name }}\\n",' +
      '"EventReason": "{{ .Reason }}\\n","EventTime": "{{ .LastTimestamp }}\\n","EventMessage": "{{ .Message}}"}'
    const text = render(body, auto, eventWith({ message: 'Back-off 5m0s' }))
      .replaceAll(/[{}",]/g, '')
      .replaceAll('\\n', '\n')
    assert.deepEqual(text.split('\n'), [
      'EventType: Warning',
      'EventKind: Pod',
      'EventObject: web',
      'EventReason: BackOff',
      'EventTime: 2026-05-06 07:08:09 +0000 UTC',
      'EventMessage: Back-off 5m0s',
    ])
  })
})
