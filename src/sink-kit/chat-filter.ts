/** `level`, `namespaces` and `kinds` as the original's chat sinks read them: not as its webhook does. */
import type { FilterOptions } from '../domain/filter-options.ts'
import { firstOf, valuesOf } from './argument-values.ts'
import { readNames } from './filter-argument.ts'
import type { SinkArgument } from './sink.ts'

export interface ChatFilter {
  readonly filter: FilterOptions
  /** A likely mistake, with its remedy; a strict start takes it for an error. */
  readonly mistakes: readonly string[]
}

/** Namespaces are the event's own, so that those of a node lie in `default`. */
export function readChatFilter(argument: SinkArgument): ChatFilter {
  const namespaces = readList(valuesOf(argument, 'namespaces'))
  const kinds = readList(valuesOf(argument, 'kinds'))
  const { level, mistakes } = readLevel(firstOf(argument, 'level'))
  return {
    filter: { level, namespaceOf: 'event', ...(namespaces && { namespaces }), ...(kinds && { kinds }) },
    mistakes,
  }
}

/** Of an unknown level the original lets everything pass; without one, warnings. */
function readLevel(level: string | undefined): {
  readonly level: FilterOptions['level']
  readonly mistakes: readonly string[]
} {
  if (level === undefined) return { level: 'Warning', mistakes: [] }
  if (level === 'Normal' || level === 'Warning') return { level, mistakes: [] }
  // What stands in the wrong place may be a secret: only what looks like a level is shown.
  const shown = /^[A-Za-z,]{0,20}$/.test(level) ? `=${level}` : ''
  const mistake =
    `option \`level${shown}\` is none of Normal, Warning: all events are sent, as in kube-eventer; ` +
    'write `level=Warning`, or `level=Normal` for both'
  return { level: 'all', mistakes: [mistake] }
}

/** In the original an empty list is none, and only the first of repeated options counts: here they add up. */
function readList(values: readonly string[]): FilterOptions['namespaces'] {
  return values[0] === undefined || values[0] === '' ? undefined : readNames(values)
}
