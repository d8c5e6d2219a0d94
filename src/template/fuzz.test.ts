// Made-up templates from a seed: whatever they say, rendering ends, and says what is wrong where it is wrong.
// `npm run test:go` compares the same templates with real Go.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { generateTemplate } from './testing/generator.ts'
import { goldenEvent, zonesOf } from './testing/golden-vectors.ts'
import { seeded } from './testing/seeded.ts'
import type { TemplateOptions } from './template.ts'
import { compileTemplate } from './template.ts'

const EVENTS = ['backoff', 'series', 'special', 'rich-meta', 'minimal', 'unicode', 'oom', 'bools'] as const
const COUNT = 3_000
const options: TemplateOptions = { escape: 'none', functions: 'builtin', zones: zonesOf('Asia/Shanghai') }
const now = { epochMs: Date.UTC(2026, 4, 6, 7, 8, 9) }

function answer(template: string, event: string, changed: Partial<TemplateOptions> = {}): unknown {
  const result = compileTemplate(template, { ...options, ...changed })
  return result.ok ? result.template.render(goldenEvent(event), now) : result
}

describe('a made-up template', () => {
  it('renders, or fails at a place in its text', () => {
    const random = seeded()
    let rendered = 0
    for (let round = 0; round < COUNT; round++) {
      const template = generateTemplate(random)
      const result = compileTemplate(template, options)
      const outcome = result.ok ? result.template.render(goldenEvent(random.pick(EVENTS)), now) : result
      if (outcome.ok) {
        rendered++
        continue
      }
      const { error } = outcome
      const where = `${random.seedText} ${JSON.stringify(template)}: ${error.message}`
      const line = template.split('\n')[error.line - 1]
      assert.ok(line !== undefined && error.column >= 1 && error.column <= line.length + 1, where)
      assert.match(error.message, /^template: (body:\d+(:\d+)?: |multiple)/, where)
    }
    assert.ok(rendered > COUNT / 3, `${random.seedText}: only ${rendered} rendered`)
  })

  it('says the same by the short way to a field and by the long one', () => {
    const random = seeded()
    for (let round = 0; round < COUNT; round++) {
      const template = generateTemplate(random)
      const event = random.pick(EVENTS)
      // Parentheses are no field any more, so nothing is taken straight from the event.
      const long = template.replaceAll(/\{\{( ?)([.$][\w.]+)( ?)\}\}/g, '{{$1($2)$3}}')
      const [short, slow] = [answer(template, event), answer(long, event)]
      if (!isRendered(short)) continue
      assert.deepEqual(slow, short, `${random.seedText} ${JSON.stringify(template)} on ${event}`)
    }
  })

  it('gives valid JSON for whatever it leaves in a JSON string', () => {
    const random = seeded()
    let checked = 0
    for (let round = 0; round < COUNT; round++) {
      const inner = generateTemplate(random)
      const template = `{"a": "${inner}"}`
      const event = random.pick(EVENTS)
      const result = compileTemplate(template, { ...options, escape: 'auto', sendsJson: true })
      // What escapes itself may use what JSON does not know; a definition's own text is not looked at.
      if (!result.ok || !result.template.escapes || /\b(js|printf|define|block)\b/.test(inner)) continue
      const outcome = result.template.render(goldenEvent(event), now)
      if (!outcome.ok) continue
      checked++
      assert.doesNotThrow(
        () => JSON.parse(outcome.text),
        `${random.seedText} ${template} on ${event}: ${outcome.text}`,
      )
    }
    assert.ok(checked > 100, `${random.seedText}: only ${checked} checked`)
  })
})

function isRendered(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'ok' in result && result.ok === true
}
