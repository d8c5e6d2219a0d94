/** The template that a sink's bodies are made of now. It changes between two events, never within one. */
import type { Occurrence } from '../domain/occurrence.ts'
import { TimeZones } from '../gotime/time-zones.ts'
import { describeTemplateError } from '../template/errors.ts'
import { compileTemplate, type Template } from '../template/template.ts'
import type { BodyRenderer, RenderedBody, TemplateOrigin, TemplateUse } from './body.ts'

export type TemplateChange =
  | { readonly kind: 'taken'; readonly warnings: readonly string[] }
  /** The one before stays in effect. `detail` says what is wrong with it, and where. */
  | { readonly kind: 'broken'; readonly detail: string }

/** What renders; undefined as long as nothing was decided: the sink must wait. */
type InEffect = { readonly kind: 'template'; readonly template: Template } | { readonly kind: 'default' }

const byDefault: RenderedBody = Object.freeze({ kind: 'default' })

export class BodyTemplate implements BodyRenderer {
  readonly #use: Pick<TemplateUse, 'escape' | 'sendsJson'>
  readonly #origin: string
  readonly #zones: TimeZones
  #inEffect: InEffect | undefined

  /** `env`: its `TZ` is the zone of times. */
  constructor(use: TemplateUse, env: Readonly<Record<string, string | undefined>>) {
    this.#use = use
    this.#origin = originText(use.origin)
    this.#zones = new TimeZones({ tz: env['TZ'] })
  }

  /** Whether something is in effect: a template, or by decision the default body. */
  get isUsable(): boolean {
    return this.#inEffect !== undefined
  }

  /** Takes another text from now on; one that cannot be read changes nothing. */
  take(text: string): TemplateChange {
    const { escape, sendsJson } = this.#use
    const compiled = compileTemplate(text, { escape, sendsJson, functions: 'body', zones: this.#zones })
    if (!compiled.ok) return { kind: 'broken', detail: describeTemplateError(compiled.error) }
    this.#inEffect = { kind: 'template', template: compiled.template }
    return { kind: 'taken', warnings: compiled.warnings }
  }

  /** From now on the sink's own body. */
  useDefault(): void {
    this.#inEffect = { kind: 'default' }
  }

  render({ event, arrivedAtMs }: Occurrence): RenderedBody {
    if (this.#inEffect?.kind !== 'template') return byDefault
    // A second try sends what the first did: its present is when the event came.
    const rendered = this.#inEffect.template.render(event, { epochMs: arrivedAtMs })
    if (rendered.ok) return { kind: 'body', body: rendered.bytes ?? rendered.text }
    return { kind: 'failed', detail: `${this.#origin}: ${describeTemplateError(rendered.error)}` }
  }
}

/** `ConfigMap kube-system/custom-body`, `/etc/kube-eventer/body.tmpl`, `the option template` */
export function originText(origin: TemplateOrigin): string {
  switch (origin.kind) {
    case 'configmap':
      return `ConfigMap ${origin.namespace}/${origin.name}`
    case 'file':
      return origin.path
    case 'inline':
      return 'the option template'
  }
}
