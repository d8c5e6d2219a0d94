/** A text beside the body that the user writes as a template over the event: the name of a topic, say. */
import type { Occurrence } from '../domain/occurrence.ts'
import { TimeZones } from '../gotime/time-zones.ts'

export type RenderedText =
  | { readonly kind: 'text'; readonly text: string }
  /** This event cannot be rendered. `detail` names the option, line and column. */
  | { readonly kind: 'failed'; readonly detail: string }

export type RenderText = (occurrence: Occurrence) => RenderedText

/**
 * Compiles the Go template `text` of the option `option`; `env`: its `TZ` is the zone of times. Loads the engine of
 * templates, which a sink without any does not need.
 * @throws Error that says what is wrong with it, and where.
 */
export async function compileText(
  option: string,
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<RenderText> {
  const { compileTemplate } = await import('../template/template.ts')
  const { describeTemplateError } = await import('../template/errors.ts')
  const zones = new TimeZones({ tz: env['TZ'] })
  const compiled = compileTemplate(text, {
    escape: 'none',
    sendsJson: false,
    functions: 'body',
    name: option,
    zones,
  })
  if (!compiled.ok) {
    throw new Error(`option \`${option}\` holds no template: ${describeTemplateError(compiled.error)}`)
  }
  const { template } = compiled
  // A second try gives what the first did: its present is when the event came.
  return ({ event, arrivedAtMs }) => {
    const rendered = template.render(event, { epochMs: arrivedAtMs })
    if (rendered.ok) return { kind: 'text', text: rendered.text }
    return { kind: 'failed', detail: `option \`${option}\`: ${describeTemplateError(rendered.error)}` }
  }
}
