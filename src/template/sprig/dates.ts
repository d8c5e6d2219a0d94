// sprig's dates: formats, zones, durations, and the clock.

import type { MaybeValue, Value } from '../values/model.ts'
import { Duration, parseGoDuration } from '../../gotime/duration.ts'
import { UTC } from '../../gotime/location.ts'
import { parseTimeInLocation } from '../../gotime/parse.ts'
import { Time } from '../../gotime/time.ts'
import { TIME, timeOf, timeValue } from '../event/time-types.ts'
import type { TemplateFunction } from '../execute/callable.ts'
import { fixed } from '../execute/callable.ts'
import type { Execution } from '../execute/execution.ts'
import { parseDecimal } from '../strconv/parse-number.ts'
import { ANY, CallError, INT, INT32, INT64, STRING } from '../values/type.ts'
import { stringValue } from '../values/value.ts'
import { textOf } from './convert.ts'

const SECOND = new Duration(1_000_000_000n)

/** A time, or seconds since 1970; for anything else, a metav1.Time too, it is now. As sprig does. */
function givenTime(value: MaybeValue, run: Execution): Time {
  if (value?.type === TIME) return timeOf(value)
  if (value?.kind === 'int' && [INT, INT32, INT64].includes(value.type)) {
    return new Time(Number(value.value), 0, run.environment.local)
  }
  return run.now()
}

function inZone(layout: string, value: MaybeValue, zone: string, run: Execution): Value {
  const location = zone === 'Local' ? run.environment.local : (run.environment.zone(zone) ?? UTC)
  return stringValue(givenTime(value, run).in(location).format(layout))
}

function modified(text: string, value: MaybeValue, isStrict: boolean): Value {
  const result = parseGoDuration(text)
  if (result.ok) return timeValue(timeOf(value).add(result.duration))
  if (isStrict) throw new CallError(result.error)
  return timeValue(timeOf(value))
}

function parsed(layout: string, text: string, isStrict: boolean, run: Execution): Value {
  const result = parseTimeInLocation(layout, text, run.environment.local)
  if (result.ok) return timeValue(result.time)
  if (isStrict) throw new CallError(result.error)
  return timeValue(Time.zero)
}

function secondsOf(value: MaybeValue): bigint {
  if (value?.kind === 'string') return parseDecimal(value.value) ?? 0n
  return value?.kind === 'int' && value.type === INT64 ? value.value : 0n
}

const UNITS: readonly (readonly [letter: string, seconds: bigint])[] = [
  ['y', 365n * 86_400n],
  ['mo', 30n * 86_400n],
  ['d', 86_400n],
  ['h', 3_600n],
  ['m', 60n],
  ['s', 1n],
]

/** In the largest unit of which there is more than one. */
function roughly(value: MaybeValue, run: Execution): string {
  let duration = Duration.zero
  if (value?.kind === 'string') {
    const result = parseGoDuration(value.value)
    duration = result.ok ? result.duration : Duration.zero
  } else if (value?.kind === 'int' && value.type === INT64) duration = new Duration(value.value)
  else if (value?.type === TIME) duration = run.now().sub(timeOf(value))
  const magnitude = duration.ns < 0n ? -duration.ns : duration.ns
  for (const [letter, seconds] of UNITS) {
    const unit = seconds * SECOND.ns
    if (magnitude > unit) return `${magnitude / unit}${letter}`
  }
  return '0s'
}

function ago(value: MaybeValue, run: Execution): string {
  const isKnown = value?.type === TIME || value?.type === INT64 || value?.type === INT
  const time = isKnown ? givenTime(value, run) : run.now()
  return run.now().sub(time).round(SECOND).toString()
}

const HTML_DATE = '2006-01-02'

export const DATE_FUNCTIONS: readonly TemplateFunction[] = [
  fixed('now', [], (_, run) => timeValue(run.now())),
  fixed('ago', [ANY], ([value], run) => stringValue(ago(value, run))),
  fixed('date', [STRING, ANY], ([layout, value], run) => inZone(textOf(layout), value, 'Local', run)),
  ...['dateInZone', 'date_in_zone'].map((name) =>
    fixed(name, [STRING, ANY, STRING], ([layout, value, zone], run) =>
      inZone(textOf(layout), value, textOf(zone), run),
    ),
  ),
  fixed('htmlDate', [ANY], ([value], run) => inZone(HTML_DATE, value, 'Local', run)),
  fixed('htmlDateInZone', [ANY, STRING], ([value, zone], run) => inZone(HTML_DATE, value, textOf(zone), run)),
  ...['dateModify', 'date_modify'].map((name) =>
    fixed(name, [STRING, TIME], ([text, time]) => modified(textOf(text), time, false)),
  ),
  ...['mustDateModify', 'must_date_modify'].map((name) =>
    fixed(name, [STRING, TIME], ([text, time]) => modified(textOf(text), time, true)),
  ),
  fixed('toDate', [STRING, STRING], ([layout, text], run) =>
    parsed(textOf(layout), textOf(text), false, run),
  ),
  fixed('mustToDate', [STRING, STRING], ([layout, text], run) =>
    parsed(textOf(layout), textOf(text), true, run),
  ),
  fixed('unixEpoch', [TIME], ([time]) => stringValue(String(timeOf(time).unix()))),
  fixed('duration', [ANY], ([value]) => stringValue(new Duration(secondsOf(value) * SECOND.ns).toString())),
  fixed('durationRound', [ANY], ([value], run) => stringValue(roughly(value, run))),
]
