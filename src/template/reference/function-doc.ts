// What is told of a template function.

/** One row; the library and the heading are those of the table that it stands in. */
export type FunctionRow = readonly [
  name: string,
  /** As they are written after the name: `COUNT TEXT`; `...` behind one that may be repeated or left out. */
  parameters: string,
  summary: string,
  /** A template, for the sample event `crash-loop`. */
  example: string,
  /** What comes of it, in UTC at `EXAMPLE_NOW`. */
  output: string,
]

export interface FunctionGroup {
  readonly library: 'go' | 'sprig'
  readonly title: string
  readonly rows: readonly FunctionRow[]
}

/** When examples are rendered. */
export const EXAMPLE_NOW = '2026-03-02T10:00:00Z'

/** A function whose name begins with `must`: its row is that of the one without, under its own name. */
export function must(row: FunctionRow): FunctionRow {
  const [name, parameters, , example, output] = row
  const own = `must${name.charAt(0).toUpperCase()}${name.slice(1)}`
  return sameAs(row, own, `as ${name}; what cannot be done is an error of the template`, [
    own,
    parameters,
    '',
    example,
    output,
  ])
}

/** Another name for the same function. */
export function alias(row: FunctionRow, name: string): FunctionRow {
  return sameAs(row, name, `the same as ${row[0]}`, row)
}

function sameAs(
  [original]: FunctionRow,
  name: string,
  summary: string,
  [, parameters, , example, output]: FunctionRow,
): FunctionRow {
  const renamed = example.replaceAll(new RegExp(String.raw`\b${original}\b`, 'g'), name)
  return [name, parameters, summary, renamed, output]
}
