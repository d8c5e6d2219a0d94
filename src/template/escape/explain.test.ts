/** What is told of escaping is what escaping does. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BUILTINS } from '../functions/builtin.ts'
import { NONE_REFUSED, parseTemplate } from '../syntax/parse.ts'
import type { EscapeMode } from './escape.ts'
import { explainEscaping, type EscapeExplanation } from './explain.ts'

function explain(text: string, mode: EscapeMode = 'auto', sendsJson = true): EscapeExplanation {
  const known = { names: new Set(BUILTINS.keys()), refused: NONE_REFUSED }
  const result = parseTemplate('body', text, known)
  assert.ok(result.ok)
  return explainEscaping(result.parsed, mode, sendsJson)
}

/** Place, text and fate of each action. */
function told(text: string): readonly string[] {
  const explanation = explain(text)
  assert.ok(explanation.on)
  return explanation.actions.map(({ line, column, text: shown, escape }) => {
    const more = escape.kind === 'escaped' ? escape.times : escape.kind === 'by-itself' ? escape.by : ''
    return `${line}:${column} ${shown} ${escape.kind} ${more}`.trimEnd()
  })
}

describe('the explanation of escaping', () => {
  it('tells of each action where it stands and what becomes of it', () => {
    assert.deepEqual(
      told('{"a": "{{.Type}}",\n "n": {{.Count}}, "m": "{{.Message | js}}",\n "q": {{printf "%q" .Reason}}}'),
      [
        '1:10 {{.Type}} escaped 1',
        '2:9 {{.Count}} outside',
        '2:27 {{.Message | js}} by-itself js',
        '3:9 {{printf "%q" .Reason}} outside',
      ],
    )
  })

  it('tells of JSON in a string that values are escaped twice', () => {
    assert.deepEqual(told('{"content": "{\\"text\\": \\"{{.Message}}\\"}"}'), ['1:29 {{.Message}} escaped 2'])
  })

  it('tells of a template that is called from places of different kinds, for each kind', () => {
    const text =
      '{"a": "{{template "t" .}}", "b": "{{template "t" .}}", "c": {{template "t" .}}}{{define "t"}}{{.Count}}{{end}}'
    assert.deepEqual(
      told(text).map((line) => line.replace(/^\S+ /, '')),
      ['{{.Count}} escaped 1', '{{.Count}} outside'],
    )
  })

  it('tells why it is off', () => {
    const why = (explanation: EscapeExplanation): string => (explanation.on ? 'on' : explanation.why)
    const json = '{"a": "{{.Type}}"}'
    assert.equal(why(explain(json, 'none')), 'switched-off')
    assert.equal(why(explain(json, 'auto', false)), 'not-sent-as-json')
    assert.equal(why(explain(json, 'json', false)), 'on')
    assert.equal(why(explain('"text": "{{.Type}}"')), 'not-json')
    const open = explain('{"a": {{if .Type}}"x{{else}}"y{{end}}"}', 'json')
    assert.ok(!open.on && open.why === 'ambiguous')
    assert.match(open.detail, /different parts of the JSON/)
  })
})
