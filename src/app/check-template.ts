/** Looks at the template that a sink's bodies are made of: whether it can be read, whether it is one, and what it makes. */
import type { SinkConfig } from '../config/config.ts'
import type { Clock } from '../domain/clock.ts'
import type { SourceOptions } from '../domain/source-options.ts'
import { openApiClient } from '../kubernetes/api-client.ts'
import { resolveAccess } from '../kubernetes/auth.ts'
import { readConfigMap } from '../kubernetes/configmap-watch.ts'
import type { TemplateOrigin } from '../sink-kit/body.ts'
import { readTemplateFile, type TextState } from './template-feeds.ts'

/** What was found, free of secrets. */
export interface TemplateFinding {
  readonly state: 'ok' | 'warning' | 'error'
  readonly what: string
  /** '' where nothing is to be done or `what` says it too. */
  readonly remedy: string
}

export interface CheckTemplateParts {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Nothing where the sink has no template. Rejects if the cluster cannot be reached at all. */
export async function checkTemplate(
  { declaration, options, filter }: SinkConfig,
  source: SourceOptions | undefined,
  parts: CheckTemplateParts,
): Promise<readonly TemplateFinding[]> {
  const use = declaration.template?.(options as never)
  if (use === undefined) return []
  const { BodyTemplate, originText } = await import('../sink-kit/body-template.ts')
  const { tryTemplate } = await import('./template-trial.ts')
  const from = originText(use.origin)
  const state = await readTemplateText(use.origin, source, parts)
  switch (state.kind) {
    case 'content': {
      const renderer = new BodyTemplate(use, parts.env)
      const change = renderer.take(state.content)
      if (change.kind === 'broken') {
        return [{ state: 'error', what: `${from} holds no template: ${change.detail}`, remedy: 'correct it' }]
      }
      const warnings = change.warnings.map((what) => ({ state: 'warning', what, remedy: '' }) as const)
      const trial = tryTemplate({ renderer, use, filter, clock: parts.clock }).map(
        ({ kind, isAlways, what, remedy }) =>
          ({ state: kind === 'fails' && isAlways ? 'error' : 'warning', what, remedy }) as const,
      )
      return [{ state: 'ok', what: `${from} holds a template`, remedy: '' }, ...warnings, ...trial]
    }
    case 'missing':
      return [
        { state: 'warning', what: `${from} is not there: the default body is sent`, remedy: 'create it' },
      ]
    case 'no-content': {
      const what = `${from} has no key \`content\`: the default body is sent`
      return [{ state: 'warning', what, remedy: 'put the template into it' }]
    }
    case 'forbidden':
      return [{ state: 'error', what: `${from} may not be read: ${state.detail}`, remedy: state.rule }]
    case 'unavailable':
      return [{ state: 'error', what: `${from} cannot be read: ${state.detail}`, remedy: '' }]
  }
}

/** The text as it is now. Rejects if the cluster cannot be reached at all, or `signal` aborts. */
export async function readTemplateText(
  origin: TemplateOrigin,
  source: SourceOptions | undefined,
  { env, clock, signal }: CheckTemplateParts,
): Promise<TextState> {
  switch (origin.kind) {
    case 'inline':
      return { kind: 'content', content: origin.text }
    case 'file':
      return readTemplateFile(origin.path)
    case 'configmap': {
      if (source === undefined) return { kind: 'unavailable', detail: 'there is no source to read it from' }
      const client = await openApiClient(await resolveAccess(source, { env, clock }), clock)
      try {
        return await readConfigMap(client, origin, signal)
      } finally {
        client.close()
      }
    }
  }
}
