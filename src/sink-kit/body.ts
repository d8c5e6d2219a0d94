/** A body of the user's own: where its template comes from, and what a sink asks for each occurrence. */
import type { Occurrence } from '../domain/occurrence.ts'

/** Where a template's text comes from. */
export type TemplateOrigin =
  | { readonly kind: 'configmap'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'inline'; readonly text: string }

export interface TemplateUse {
  readonly origin: TemplateOrigin
  /** `ke.escape`; `auto` where the user says nothing. */
  readonly escape: 'auto' | 'json' | 'none'
  /** The sink sends JSON: what `auto` asks. */
  readonly sendsJson: boolean
}

export type RenderedBody =
  | { readonly kind: 'body'; readonly body: string | Uint8Array }
  /** The sink's own: there is no template, and that is allowed. */
  | { readonly kind: 'default' }
  /** This event cannot be rendered. `detail` names template, line and column. */
  | { readonly kind: 'failed'; readonly detail: string }

export interface BodyRenderer {
  render(occurrence: Occurrence): RenderedBody
}
