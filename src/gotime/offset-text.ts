// How a zone's offset from UTC is written: `+0100`, `-03:30`, `+05`, `-04:56:02`.

/** Two digits for 0-99, looked up rather than made: times are nothing but pairs of digits. */
export const TWO_DIGITS: readonly string[] = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))

/** `value`, not negative, with at least two digits. */
export function twoDigits(value: number): string {
  return TWO_DIGITS[value] ?? String(value).padStart(2, '0')
}

/** The offset (seconds east of UTC), cut off to minutes or hours where seconds or minutes are not shown. */
export function offsetText(
  offsetSeconds: number,
  parts: 'hours' | 'minutes' | 'seconds',
  separator: '' | ':',
): string {
  const minutes = Math.trunc(offsetSeconds / 60)
  // The sign is that of the whole minutes: half a minute west shows as +00:00, and -30 as its seconds.
  const isNegative = minutes < 0
  const wholeMinutes = Math.abs(minutes)
  const hours = (isNegative ? '-' : '+') + twoDigits(Math.floor(wholeMinutes / 60))
  if (parts === 'hours') return hours
  const withMinutes = hours + separator + twoDigits(wholeMinutes % 60)
  if (parts === 'minutes') return withMinutes
  const seconds = (isNegative ? -offsetSeconds : offsetSeconds) % 60
  return withMinutes + separator + (seconds < 0 ? '-' : '') + twoDigits(Math.abs(seconds))
}
