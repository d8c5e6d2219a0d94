/**
 * Names of Unicode classes (`\p{Greek}`) as Go takes them: categories by any of their names, and scripts, whatever
 * their case, spaces, hyphens and underscores; no other property.
 */

/** General categories: their short names, and the long ones of PropertyValueAliases.txt. */
const categories: readonly (readonly [short: string, ...long: string[]])[] = [
  ['C', 'Other'],
  ['Cc', 'Control', 'cntrl'],
  ['Cf', 'Format'],
  ['Cn', 'Unassigned'],
  ['Co', 'Private_Use'],
  ['Cs', 'Surrogate'],
  ['L', 'Letter'],
  ['LC', 'Cased_Letter'],
  ['Ll', 'Lowercase_Letter'],
  ['Lm', 'Modifier_Letter'],
  ['Lo', 'Other_Letter'],
  ['Lt', 'Titlecase_Letter'],
  ['Lu', 'Uppercase_Letter'],
  ['M', 'Mark', 'Combining_Mark'],
  ['Mc', 'Spacing_Mark'],
  ['Me', 'Enclosing_Mark'],
  ['Mn', 'Nonspacing_Mark'],
  ['N', 'Number'],
  ['Nd', 'Decimal_Number', 'digit'],
  ['Nl', 'Letter_Number'],
  ['No', 'Other_Number'],
  ['P', 'Punctuation', 'punct'],
  ['Pc', 'Connector_Punctuation'],
  ['Pd', 'Dash_Punctuation'],
  ['Pe', 'Close_Punctuation'],
  ['Pf', 'Final_Punctuation'],
  ['Pi', 'Initial_Punctuation'],
  ['Po', 'Other_Punctuation'],
  ['Ps', 'Open_Punctuation'],
  ['S', 'Symbol'],
  ['Sc', 'Currency_Symbol'],
  ['Sk', 'Modifier_Symbol'],
  ['Sm', 'Math_Symbol'],
  ['So', 'Other_Symbol'],
  ['Z', 'Separator'],
  ['Zl', 'Line_Separator'],
  ['Zp', 'Paragraph_Separator'],
  ['Zs', 'Space_Separator'],
]

/** The engine's names by the loosely written ones. */
const engineNames: ReadonlyMap<string, string> = new Map([
  ['any', 'Any'],
  ['assigned', 'Assigned'],
  ['ascii', 'Ascii'],
  ...categories.flatMap(([short, ...long]) => [short, ...long].map((name) => [loose(name), short] as const)),
])

/** The engine's name of a class that Go knows as `name`; `undefined` if it knows none. */
export function engineNameOf(name: string): string | undefined {
  const category = engineNames.get(loose(name))
  if (category !== undefined) return category
  const words = name.toLowerCase().split(/[ _-]+/)
  const titled = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('_')
  return [name, titled].find((script) => isScript(script))
}

function loose(name: string): string {
  return name.toLowerCase().replaceAll(/[ _-]/g, '')
}

/** V8 knows short names (`Grek`) too, as Go does not: those the engine refuses. */
function isScript(name: string): boolean {
  if (!/^[A-Za-z_]+$/.test(name)) return false
  try {
    return new RegExp(`\\p{Script=${name}}`, 'u').unicode
  } catch {
    return false
  }
}
