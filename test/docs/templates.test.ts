/** Templates in the documentation work with every kind of event; the error that is shown is what one gets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { prepareTemplate, type PreparedTemplate } from '../../src/app/render.ts'
import { TimeZones } from '../../src/gotime/time-zones.ts'
import { describeJsonFault } from '../../src/template/json-fault.ts'
import { SAMPLE_EVENTS } from '../../src/template/sample-events.ts'
import { readPages } from './pages.ts'

const zones = new TimeZones({ tz: 'UTC' })

function prepared(text: string, place: string): Extract<PreparedTemplate, { kind: 'template' }> {
  const template = prepareTemplate(text, { name: 'body.tmpl', escape: 'auto', sendsJson: true, zones })
  assert.ok(template.kind === 'template', `${place}: ${JSON.stringify(template)}`)
  return template
}

/** Where a page tells of functions that bodies do not have, its templates are tried elsewhere. */
function actionsIn(
  prose: readonly (readonly [line: number, text: string])[],
): readonly (readonly [number, string])[] {
  const end = prose.findIndex(([, text]) => text.startsWith('<!-- below: made by'))
  return prose.slice(0, end).flatMap(([line, text]) =>
    text
      .split('`')
      .filter((code, at) => at % 2 === 1 && /^\{\{.*\}\}$/.test(code))
      .map((code) => [line, code.replaceAll(String.raw`\|`, '|')] as const),
  )
}

describe('templates in the documentation', () => {
  for (const { path, blocks, prose } of readPages()) {
    const shown = blocks.filter(({ info }) => info === 'go-template')
    if (shown.length > 0) {
      it(`are escaped, and JSON whatever the event: ${path}`, () => {
        for (const { line, text } of shown) {
          const template = prepared(text, `${path}:${line}`)
          assert.ok(template.escaping.on, `${path}:${line}`)
          for (const { name, event } of SAMPLE_EVENTS) {
            const body = template.render(event, 0)
            assert.ok(body.kind === 'body', `${path}:${line} ${name}`)
            const fault = body.fault && describeJsonFault(body.fault)
            assert.equal(fault, undefined, `${path}:${line} ${name}`)
          }
        }
      })
    }
    if (!path.endsWith('/templates.md')) continue
    it(`that are short can be rendered, but for the one that shows what cannot: ${path}`, () => {
      const actions = actionsIn(prose)
      assert.ok(actions.length > 25)
      const failing = actions.flatMap(([line, action]) => {
        const template = prepared(action, `${path}:${line}`)
        return SAMPLE_EVENTS.some(({ event }) => template.render(event, 0).kind === 'failed') ? [action] : []
      })
      assert.deepEqual(failing, ['{{.Series.Count}}'])
    })

    it(`that are wrong are told as it is shown: ${path}`, () => {
      const [first] = SAMPLE_EVENTS
      const body = first && prepared('{\n{{.InvolvedObject.Nmae}}', path).render(first.event, 0)
      assert.ok(body?.kind === 'failed')
      const { line, column, suggestion, found } = body.error
      const [said = ''] = blocks.map(({ text }) => text).filter((text) => text.startsWith('error: '))
      assert.match(
        said,
        new RegExp(
          `^error: body.tmpl:${line}:${column}: can't evaluate field Nmae in type v1.ObjectReference\n`,
        ),
      )
      assert.ok(said.endsWith(`\n  found: ${found}\n  meant: ${suggestion}\n`))
    })
  }
})
