// time.Time and its companions as template types: every method that Go's have, over the project's own times.

import type { GoType, MaybeValue, Method, StructValue, Value } from '../values/model.ts'
import { Duration } from '../../gotime/duration.ts'
import { monthName, weekdayName } from '../../gotime/calendar.ts'
import { Location } from '../../gotime/location.ts'
import type { TextResult } from '../../gotime/time.ts'
import { Time, ZERO_UNIX_SECONDS } from '../../gotime/time.ts'
import { bytesOf } from '../go-string.ts'
import { BOOL, BYTES, CallError, FLOAT64, INT, INT64, pointerTo, STRING, UINT64 } from '../values/type.ts'
import { field, namedType, structType } from '../values/struct-type.ts'
import {
  addressOf,
  boolValue,
  bytesValue,
  floatValue,
  int64Value,
  intValue,
  pointerValue,
  stringValue,
} from '../values/value.ts'
import { textOf as errorTextOf } from '../../domain/text-of.ts'

// Reading receivers and arguments

export function timeOf(value: MaybeValue): Time {
  const target = value?.kind === 'pointer' ? value.target : value
  return target?.kind === 'struct' && target.native instanceof Time ? target.native : Time.zero
}

function integerOf(value: MaybeValue): bigint {
  return value?.kind === 'int' || value?.kind === 'uint' ? value.value : 0n
}

export function textOf(value: MaybeValue): string {
  return value?.kind === 'string' ? value.value : ''
}

function durationOf(value: MaybeValue): Duration {
  return new Duration(integerOf(value))
}

type Call = NonNullable<Method['call']>

/** A method with one result. */
export function method(
  name: string,
  params: readonly GoType[],
  result: GoType | string,
  call?: Call,
): Method {
  const results = [typeof result === 'string' ? result : result.name]
  return call === undefined ? { name, params, results } : { name, params, results, call }
}

/** A method whose second result is an error. */
export function fallible(name: string, params: readonly GoType[], result: GoType, call?: Call): Method {
  const results = [result.name, 'error']
  return call === undefined ? { name, params, results } : { name, params, results, call }
}

/** A method that templates cannot call, since it has no result or several. */
export function uncallable(name: string, params: readonly GoType[], ...results: string[]): Method {
  return { name, params, results }
}

// The types

const MONTH = namedType('int', 'time.Month', () => ({
  values: [method('String', [], STRING, (month) => stringValue(monthName(Number(integerOf(month)))))],
}))

const WEEKDAY = namedType('int', 'time.Weekday', () => ({
  values: [method('String', [], STRING, (day) => stringValue(weekdayName(Number(integerOf(day)))))],
}))

function durationValue(duration: Duration): Value {
  return intValue(duration.ns, DURATION)
}

export const DURATION: GoType = namedType('int64', 'time.Duration', (self) => {
  const change = (
    name: string,
    params: readonly GoType[],
    compute: (duration: Duration, unit: Duration) => Duration,
  ) =>
    method(name, params, self, (duration, [unit]) =>
      durationValue(compute(durationOf(duration), durationOf(unit))),
    )
  return {
    values: [
      change('Abs', [], (duration) => duration.abs()),
      method('Hours', [], FLOAT64, (duration) => floatValue(durationOf(duration).hours())),
      method('Microseconds', [], INT64, (duration) => int64Value(durationOf(duration).microseconds())),
      method('Milliseconds', [], INT64, (duration) => int64Value(durationOf(duration).milliseconds())),
      method('Minutes', [], FLOAT64, (duration) => floatValue(durationOf(duration).minutes())),
      method('Nanoseconds', [], INT64, (duration) => int64Value(durationOf(duration).nanoseconds())),
      change('Round', [self], (duration, unit) => duration.round(unit)),
      method('Seconds', [], FLOAT64, (duration) => floatValue(durationOf(duration).seconds())),
      method('String', [], STRING, (duration) => stringValue(durationOf(duration).toString())),
      change('Truncate', [self], (duration, unit) => duration.truncate(unit)),
    ],
  }
})

const LOCATION = structType('time.Location', [], () => ({
  pointers: [
    method('String', [], STRING, (location) =>
      stringValue(
        location.kind === 'struct' && location.native instanceof Location ? location.native.name : '',
      ),
    ),
  ],
}))
const LOCATION_POINTER = pointerTo(LOCATION)

const locationPointers = new WeakMap<Location, Value>()

/** The same pointer for the same location, as Go compares them. */
function locationPointer(location: Location): Value {
  const known = locationPointers.get(location)
  if (known !== undefined) return known
  const struct: StructValue = {
    kind: 'struct',
    type: LOCATION,
    fields: NO_FIELDS,
    native: location,
    isAddressable: true,
  }
  const made = addressOf(struct)
  locationPointers.set(location, made)
  return made
}

const NO_FIELDS = { at: (): Value => boolValue(false) }

export const TIME: GoType = structType(
  'time.Time',
  [field('wall', UINT64, '', 0), field('ext', INT64, '', 0), field('loc', LOCATION_POINTER, '', 0)],
  (self) => ({
    values: timeMethods(self),
    pointers: ['GobDecode', 'UnmarshalBinary', 'UnmarshalJSON', 'UnmarshalText'].map((name) =>
      method(name, [BYTES], 'error'),
    ),
  }),
)

export function timeValue(time: Time): StructValue {
  return { kind: 'struct', type: TIME, fields: new TimeFields(time), native: time, isAddressable: false }
}

/** What Go's struct holds: nanoseconds, seconds since the year 1, the location (nil for UTC). */
class TimeFields {
  readonly #time: Time

  constructor(time: Time) {
    this.#time = time
  }

  at(index: number): Value {
    if (index === 0) return intValue(this.#time.nanoseconds, UINT64)
    if (index === 1) return int64Value(this.#time.unixSeconds - ZERO_UNIX_SECONDS)
    const { location } = this.#time
    return location.name === 'UTC' && !location.isLocal
      ? pointerValue(LOCATION_POINTER, null)
      : locationPointer(location)
  }
}

function one(compute: (time: Time) => Value): Call {
  return (receiver) => compute(timeOf(receiver))
}

function int(compute: (time: Time) => number): Call {
  return one((time) => intValue(compute(time)))
}

function int64(compute: (time: Time) => number | bigint): Call {
  return one((time) => int64Value(compute(time)))
}

function withDuration(compute: (time: Time, duration: Duration) => Time): Call {
  return (receiver, [duration]) => timeValue(compute(timeOf(receiver), durationOf(duration)))
}

function addDate(receiver: Value, [years, months, days]: readonly MaybeValue[]): Value {
  const [year, month, day] = [years, months, days].map((value) => Number(integerOf(value)))
  try {
    return timeValue(timeOf(receiver).addDate(year ?? 0, month ?? 0, day ?? 0))
  } catch (error) {
    throw new CallError(errorTextOf(error), { cause: error })
  }
}

function bytesResult(result: TextResult): Value {
  if (!result.ok) throw new CallError(result.error)
  return bytesValue(bytesOf(result.text))
}

function inLocation(receiver: Value, [location]: readonly MaybeValue[]): Value {
  const target = location?.kind === 'pointer' ? location.target : null
  if (target?.kind !== 'struct' || !(target.native instanceof Location)) {
    throw new CallError('time: missing Location in call to Time.In')
  }
  return timeValue(timeOf(receiver).in(target.native))
}

/** The methods of a time's value, which metav1.Time and MicroTime inherit where they have none of their own. */
function timeMethods(self: GoType): Method[] {
  return [
    method(
      'Add',
      [DURATION],
      self,
      withDuration((time, duration) => time.add(duration)),
    ),
    method('AddDate', [INT, INT, INT], self, addDate),
    method('After', [self], BOOL, (time, [other]) => boolValue(timeOf(time).after(timeOf(other)))),
    fallible('AppendBinary', [BYTES], BYTES),
    method('AppendFormat', [BYTES, STRING], BYTES, (time, [bytes, layout]) =>
      appended(bytes, timeOf(time).format(textOf(layout))),
    ),
    fallible('AppendText', [BYTES], BYTES),
    method('Before', [self], BOOL, (time, [other]) => boolValue(timeOf(time).before(timeOf(other)))),
    uncallable('Clock', [], 'int', 'int', 'int'),
    method('Compare', [self], INT, (time, [other]) =>
      intValue(Math.sign(timeOf(time).compare(timeOf(other)))),
    ),
    uncallable('Date', [], 'int', 'time.Month', 'int'),
    method(
      'Day',
      [],
      INT,
      int((time) => time.day()),
    ),
    method('Equal', [self], BOOL, (time, [other]) => boolValue(timeOf(time).equal(timeOf(other)))),
    method('Format', [STRING], STRING, (time, [layout]) => stringValue(timeOf(time).format(textOf(layout)))),
    method(
      'GoString',
      [],
      STRING,
      one((time) => stringValue(time.goString())),
    ),
    fallible('GobEncode', [], BYTES),
    method(
      'Hour',
      [],
      INT,
      int((time) => time.hour()),
    ),
    uncallable('ISOWeek', [], 'int', 'int'),
    method('In', [LOCATION_POINTER], self, inLocation),
    method(
      'IsDST',
      [],
      BOOL,
      one((time) => boolValue(time.isDst())),
    ),
    method(
      'IsZero',
      [],
      BOOL,
      one((time) => boolValue(time.isZero())),
    ),
    method('Local', [], self, (time, _, { local }) => timeValue(timeOf(time).in(local))),
    method(
      'Location',
      [],
      LOCATION_POINTER,
      one((time) => locationPointer(time.location)),
    ),
    fallible('MarshalBinary', [], BYTES),
    fallible(
      'MarshalJSON',
      [],
      BYTES,
      one((time) => bytesResult(time.marshalJson())),
    ),
    fallible(
      'MarshalText',
      [],
      BYTES,
      one((time) => bytesResult(time.marshalText())),
    ),
    method(
      'Minute',
      [],
      INT,
      int((time) => time.minute()),
    ),
    method(
      'Month',
      [],
      MONTH,
      one((time) => intValue(time.month(), MONTH)),
    ),
    method(
      'Nanosecond',
      [],
      INT,
      int((time) => time.nanosecond()),
    ),
    method(
      'Round',
      [DURATION],
      self,
      withDuration((time, unit) => time.round(unit)),
    ),
    method(
      'Second',
      [],
      INT,
      int((time) => time.second()),
    ),
    method(
      'String',
      [],
      STRING,
      one((time) => stringValue(time.toString())),
    ),
    method('Sub', [self], DURATION, (time, [other]) => durationValue(timeOf(time).sub(timeOf(other)))),
    method(
      'Truncate',
      [DURATION],
      self,
      withDuration((time, unit) => time.truncate(unit)),
    ),
    method(
      'UTC',
      [],
      self,
      one((time) => timeValue(time.utc())),
    ),
    method(
      'Unix',
      [],
      INT64,
      int64((time) => time.unix()),
    ),
    method(
      'UnixMicro',
      [],
      INT64,
      int64((time) => time.unixMicro()),
    ),
    method(
      'UnixMilli',
      [],
      INT64,
      int64((time) => time.unixMilli()),
    ),
    method(
      'UnixNano',
      [],
      INT64,
      int64((time) => time.unixNano()),
    ),
    method(
      'Weekday',
      [],
      WEEKDAY,
      one((time) => intValue(time.weekday(), WEEKDAY)),
    ),
    method(
      'Year',
      [],
      INT,
      int((time) => time.year()),
    ),
    method(
      'YearDay',
      [],
      INT,
      int((time) => time.yearDay()),
    ),
    uncallable('Zone', [], 'string', 'int'),
    uncallable('ZoneBounds', [], 'time.Time', 'time.Time'),
  ]
}

function appended(bytes: MaybeValue, text: string): Value {
  if (bytes?.kind !== 'slice') return bytesValue(bytesOf(text))
  const added = bytesValue(bytesOf(text))
  const items = [...(bytes.items ?? []), ...(added.items ?? [])]
  return { ...added, items, capacity: items.length }
}
