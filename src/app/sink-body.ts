/**
 * What a sink's bodies are made of while it runs: each state of its template's text is taken, refused or waited out,
 * and said. Until something may be sent the sink is held, and its events wait in the journal.
 */
import type { Clock } from '../domain/clock.ts'
import type { FilterOptions } from '../domain/filter-options.ts'
import { originText, type BodyTemplate } from '../sink-kit/body-template.ts'
import type { BodyRenderer, TemplateUse } from '../sink-kit/body.ts'
import type { Logger } from '../telemetry/telemetry.ts'
import type { TemplateFeeds, TextState } from './template-feeds.ts'
import type { tryTemplate } from './template-trial.ts'

/**
 * What to send where the ConfigMap may not be read: `default` as the original does, or nothing (`hold`: with
 * `--strict` and from a configuration file).
 */
export type WhenForbidden = 'default' | 'hold'

export interface SinkBodyParts {
  readonly use: TemplateUse
  /** Which events the sink will see: what is looked at when the template is tried. */
  readonly filter: FilterOptions
  readonly clock: Clock
  readonly feeds: TemplateFeeds
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  readonly whenForbidden: WhenForbidden
  /** The sink has to wait, and why. */
  readonly held: (why: string) => void
  /** The ConfigMap is forbidden and `whenForbidden` is `hold`. */
  readonly refused: (why: string) => void
}

export interface SinkBody {
  readonly renderer: BodyRenderer
  /** Resolves once something may be sent. */
  readonly usable: Promise<void>
  close(): Promise<void>
}

/** The engine of templates is loaded by the first sink that has one. */
export async function openSinkBody(parts: SinkBodyParts): Promise<SinkBody> {
  const { BodyTemplate } = await import('../sink-kit/body-template.ts')
  const { tryTemplate } = await import('./template-trial.ts')
  const { use, env, feeds } = parts
  const template = new BodyTemplate(use, env)
  let becameUsable = (): void => {}
  const usable = new Promise<void>((resolve) => (becameUsable = resolve))
  const follow = followStates(parts, template, tryTemplate)
  const close = feeds.listen(use.origin, (state) => {
    follow(state)
    if (template.isUsable) becameUsable()
  })
  return { renderer: template, usable, close }
}

function followStates(
  parts: SinkBodyParts,
  template: BodyTemplate,
  tryIt: typeof tryTemplate,
): (state: TextState) => void {
  const { use, filter, clock, log, whenForbidden, held, refused } = parts
  const from = originText(use.origin)
  let taken: string | undefined
  /** The last text that was warned of, if it was: once is enough, though it may go and come back. */
  let warnedOf: string | undefined

  return (state) => {
    switch (state.kind) {
      case 'content':
        return take(state.content)
      case 'missing':
        return fallBack(`${from} is not there: the default body is sent until it is created`)
      case 'no-content':
        return fallBack(`${from} has no key \`content\`: the default body is sent until it has one`)
      case 'forbidden':
        return forbid(state.detail, state.rule)
      case 'unavailable':
        return wait(`${from} cannot be read now: ${state.detail}`)
    }
  }

  function take(text: string): void {
    const isSame = text === taken
    const change = template.take(text)
    if (change.kind === 'broken') {
      const what = `${from} holds no template: ${change.detail}`
      if (!template.isUsable) log.error('a broken template', { detail: what, remedy: 'correct it' })
      else log.error('a broken template: the last good body stays', { detail: what, remedy: 'correct it' })
      return wait(what)
    }
    taken = text
    if (isSame) return
    if (text !== warnedOf) warnOf(text, change.warnings)
    log.info('the body is made from a template', { from })
  }

  function warnOf(text: string, warnings: readonly string[]): void {
    for (const warning of warnings) log.warn(`${from}: ${warning}`)
    const found = tryIt({ renderer: template, use, filter, clock })
    for (const { what, remedy } of found) log.warn(`${from}: ${what}`, { remedy })
    if (warnings.length > 0 || found.length > 0) warnedOf = text
  }

  function fallBack(what: string): void {
    taken = undefined
    template.useDefault()
    log.warn(what)
  }

  function forbid(detail: string, rule: string): void {
    const what = `${from} may not be read: ${detail}`
    if (template.isUsable) {
      log.error(`${what}; the last body stays`, { remedy: rule })
    } else if (whenForbidden === 'default') {
      template.useDefault()
      log.error(`${what}; the default body is sent, and it is tried again every 30 s`, { remedy: rule })
    } else {
      log.error(what, { remedy: rule })
      held(`${what}; ${rule}`)
      refused(`${what}; ${rule}`)
    }
  }

  function wait(why: string): void {
    if (!template.isUsable) held(why)
    else log.debug('the last body stays', { why })
  }
}
