// A template as others use it: what it takes, what it says of mistakes, and that nothing in it can do harm.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../domain/event.ts'
import { describeTemplateError } from './errors.ts'
import { REFUSED } from './sprig/sprig.ts'
import type { TemplateOptions } from './template.ts'
import { compileTemplate } from './template.ts'
import { compiled, zonesOf } from './testing/golden-vectors.ts'

const event: KubernetesEvent = {
  metadata: { name: 'web.1', namespace: 'shop', labels: { app: 'web' } },
  involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web' },
  type: 'Warning',
  reason: 'BackOff',
  message: 'say "hi"',
  eventTime: '2026-05-06T07:08:09.123456Z',
}
const now = { epochMs: Date.UTC(2026, 4, 6, 8) }

function render(text: string, options: Partial<TemplateOptions> = {}, data = event): string {
  const result = compiled(text, options).render(data, now)
  assert.ok(result.ok, result.ok ? '' : result.error.message)
  return result.text
}

/** The sentence that a person reads. */
function mistake(text: string, options: Partial<TemplateOptions> = {}): string {
  const result = compileTemplate(text, {
    name: 'body',
    escape: 'none',
    functions: 'builtin',
    zones: zonesOf('UTC'),
    ...options,
  })
  if (!result.ok) return describeTemplateError(result.error)
  const rendered = result.template.render(event, now)
  assert.ok(!rendered.ok, `${text} renders`)
  return describeTemplateError(rendered.error)
}

describe('a range without elements', () => {
  it('ends by a break in its else part, and the range around it goes on', () => {
    assert.equal(render('{{range 3}}a{{range 0}}b{{else}}c{{break}}d{{end}}e{{end}}'), 'aceaceace')
  })

  it('passes a continue in its else part on to the range around it', () => {
    assert.equal(render('{{range 3}}a{{range 0}}b{{else}}c{{continue}}d{{end}}e{{end}}'), 'acacac')
  })
})

describe('the event of a template', () => {
  it('has its time in .LastTimestamp: lastTimestamp, else eventTime, else the present', () => {
    const body = '{{.LastTimestamp}}'
    const last = { ...event, lastTimestamp: '2026-05-06T09:00:00Z' }
    assert.equal(render(body, {}, last), '2026-05-06 09:00:00 +0000 UTC')
    assert.equal(render(body), '2026-05-06 07:08:09.123456 +0000 UTC')
    assert.equal(render(body, {}, { ...event, eventTime: null }), '2026-05-06 08:00:00 +0000 UTC')
    assert.equal(render(body, { data: 'as-sent' }), '0001-01-01 00:00:00 +0000 UTC')
  })

  it('is seen in the zone of the machine', () => {
    assert.equal(
      render('{{.LastTimestamp}}', { zones: zonesOf('Asia/Shanghai') }),
      '2026-05-06 15:08:09.123456 +0800 CST',
    )
  })

  it('loses the quotes of its message where nothing is escaped, on every way to it', () => {
    assert.equal(
      render('{{.Message}} {{$.Message}} {{(.).Message}} {{with .}}{{.Message}}{{end}}'),
      'say hi say hi say hi say hi',
    )
    assert.equal(render('{{.Message}}', { data: 'as-sent' }), 'say "hi"')
  })

  it('is never changed, and may lack anything or hold what it should not', () => {
    const frozen = JSON.parse(JSON.stringify(event), (_, value: unknown) => Object.freeze(value))
    assert.equal(render('{{.}}', {}, frozen).startsWith('&Event{'), true)
    const odd: KubernetesEvent = JSON.parse(
      '{"metadata": null, "involvedObject": 5, "count": "x", "message": ["a"], "series": 1}',
    )
    assert.equal(
      render('[{{.Message}}{{.InvolvedObject.Name}}{{.Count}}{{.Name}}{{.Series.Count}}]', {}, odd),
      '[00]',
    )
    const lone: KubernetesEvent = { ...event, message: 'a\ud800b' }
    assert.equal(render('{{.Message}} {{len .Message}}', {}, lone), 'a\ufffdb 5')
  })
})

describe('a mistake', () => {
  for (const [text, expected] of [
    [
      '{{.InvolvedObject.Nmae}}',
      /line 1, column 18 at `\.InvolvedObject\.Nmae`: can't evaluate field Nmae in type v1\.ObjectReference; meant: `\.Name`\?/,
    ],
    ['a\nb {{ .message }}', /line 2, column 6 at `\.message`: .*; meant: `\.Message`\?/],
    ['{{.LastTimestamp.Fromat "x"}}', /meant: `\.Format`\?/],
    ['{{Type}}', /line 1, column 3 at `Type`: function "Type" not defined; meant: `\.Type`\?/],
    ['{{pritn .Type}}', /meant: `print`\?/],
    ['{{$reason := .Reason}}{{$raeson}}', /meant: `\$reason`\?/],
    ['é {{if .Type}}', /template "body", line 1, column 15: unexpected EOF/],
    ['{{.Series.Count}}', /nil pointer evaluating \*v1\.EventSeries\.Count/],
  ] as const) {
    it(`is told with its place and what may be meant: ${text}`, () => assert.match(mistake(text), expected))
  }

  it("is told in Go's words as well", () => {
    const result = compileTemplate('{{.Type', { escape: 'none', functions: 'builtin', zones: zonesOf('UTC') })
    assert.ok(!result.ok)
    assert.equal(result.error.message, 'template: body:1: unclosed action')
  })

  it('of a function that templates do not have comes with the reason', () => {
    assert.ok(REFUSED.size > 10)
    for (const [name, reason] of REFUSED) {
      assert.ok(mistake(`{{${name} "x"}}`, { functions: 'sprig' }).includes(reason), name)
    }
    assert.match(mistake('{{upper .Type}}'), /function "upper" not defined/)
  })
})

describe('no template can hang or exhaust the program', () => {
  const sprig: Partial<TemplateOptions> = { functions: 'sprig' }
  for (const [text, expected, options] of [
    ['{{range 9223372036854775807}}{{end}}', /takes more than 1000000 steps/],
    ['{{range 9223372036854775807}}x{{end}}', /takes more than 1000000 steps|longer than/],
    ['{{range 2000}}{{range 2000}}{{end}}{{end}}', /steps/],
    ['{{define "a"}}{{template "a"}}{{end}}{{template "a"}}', /exceeded maximum template depth/],
    [
      '{{define "a"}}{{template "a"}}{{template "a"}}{{end}}{{template "a"}}',
      /exceeded maximum template depth/,
    ],
    ['{{$x := "xxxxxxxx"}}{{range 60}}{{$x = print $x $x}}{{end}}', /longer than 1048576 bytes/],
    [
      '{{$x := "xxxxxxxx"}}{{range 16}}{{$x = print $x $x}}{{end}}{{range 9999}}{{$y := len $x}}{{end}}',
      /steps/,
    ],
    ['{{printf "%1000000d%1000000d" 1 1}}', /longer than/],
    ['{{printf "%.1000000d %.1000000d" 1 1}}', /longer than/],
    [`{{print ${'('.repeat(10_000)}1${')'.repeat(10_000)}}}`, /max expression depth exceeded/],
    [`${'{{if 1}}'.repeat(10_000)}${'{{end}}'.repeat(10_000)}`, /max expression depth exceeded/],
    ['{{repeat 1000000000 "x"}}', /longer than/, sprig],
    ['{{until 1000000000}}', /steps/, sprig],
    ['{{seq 1000000000}}', /steps/, sprig],
    ['{{randAlpha 1000000000}}', /longer than/, sprig],
    ['{{indent 1000000000 "x"}}', /longer than/, sprig],
    ['{{$d := dict}}{{$_ := set $d "d" $d}}{{toJson $d}}', /nested more than/, sprig],
    ['{{$d := dict}}{{$_ := set $d "d" $d}}{{$d}}', /nested more than/, sprig],
    ['{{$d := dict}}{{$_ := set $d "d" $d}}{{deepCopy $d}}', /nested more than/, sprig],
    ['{{$l := list 1}}{{range 40}}{{$l = list $l $l}}{{end}}{{$l}}', /steps|longer than/, sprig],
    ['{{$l := list 1}}{{range 40}}{{$l = list $l $l}}{{end}}{{toJson $l}}', /steps|longer than/, sprig],
    ['{{$l := list 1}}{{range 40}}{{$l = concat $l $l}}{{end}}', /steps/, sprig],
    [
      '{{fromJson (repeat 100000 "[")}}ok{{mustFromJson (print (repeat 9000 "[") (repeat 9000 "]"))}}',
      /nested more than|call stack/,
      sprig,
    ],
    ['{{range 10}}{{derivePassword 1 "long" "p" "u" "s"}}{{end}}', /steps/, sprig],
  ] as const) {
    it(`ends, with the reason: ${text.slice(0, 70)}`, () =>
      assert.match(mistake(text, options ?? {}), expected))
  }

  it('though a million bytes may be written', () => {
    assert.equal(render('{{range 16}}{{printf "%65536d" .}}{{end}}').length, 1024 * 1024)
    assert.match(mistake('{{range 16}}{{printf "%65536d" .}}{{end}}x'), /longer than 1048576 bytes/)
  })

  it('and expressions take time in proportion to the text', () => {
    const text = `{{regexMatch "^(a+)+$" (print (repeat 5000 "a") "b")}}`
    assert.equal(render(text, sprig), 'false')
  })
})

describe('bytes that are no text', () => {
  it('are given as bytes beside the text', () => {
    const result = compiled('{{slice "é" 0 1}}{{"\\xff"}}').render(event, now)
    assert.ok(result.ok && result.bytes !== undefined)
    assert.deepEqual([...result.bytes], [0xc3, 0xff])
    assert.equal(result.text, '\ufffd\ufffd')
  })

  it('become text where they meet', () => {
    const result = compiled('{{slice "é" 0 1}}{{slice "é" 1}}{{print "\\xf0\\x9f" "\\x98\\x80"}}').render(
      event,
      now,
    )
    assert.ok(result.ok)
    assert.equal(result.text, 'é😀')
    assert.equal(result.bytes, undefined)
  })
})
