/** Texts within a line of InfluxDB's line protocol: what has a meaning there is escaped. */

const tagSpecial = /[,= ]/g
const tagNeedsCare = /[,= \\\r\n]/

/**
 * A tag's value; '' stays '', which no server takes. A line break becomes a blank, and a backslash at the end is left
 * out: the protocol has no way to write them.
 */
export function tagText(value: string): string {
  if (!tagNeedsCare.test(value)) return value
  const plain = value.replace(/[\r\n]+/g, ' ').replace(/\\+$/, '')
  return plain.replace(tagSpecial, '\\$&')
}

const fieldSpecial = /["\\]/g

/** What stands between the quotes of a text field. Line breaks stay as they are. */
export function fieldText(value: string): string {
  return value.replace(fieldSpecial, '\\$&')
}
