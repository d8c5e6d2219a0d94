/** The functions of templates, as they are told to people and programs. */
import type { FunctionGroup } from '../template/reference/function-doc.ts'
import { FUNCTION_GROUPS } from '../template/reference/reference.ts'
import { REFUSED } from '../template/sprig/sprig.ts'

/** `--json` prints it: names stay. */
export interface ToldFunction {
  readonly name: string
  readonly library: FunctionGroup['library']
  /** The subject under which it is told. */
  readonly group: string
  /** As it is called: `trunc COUNT TEXT`. */
  readonly usage: string
  readonly summary: string
  /** For the built-in event `crash-loop`. */
  readonly example: string
  readonly output: string
}

/** Go's own first; those of a group stand together. */
export const toldFunctions: readonly ToldFunction[] = FUNCTION_GROUPS.flatMap(({ library, title, rows }) =>
  rows.map(([name, parameters, summary, example, output]) => ({
    name,
    library,
    group: title,
    usage: `${name} ${parameters}`.trimEnd(),
    summary,
    example,
    output,
  })),
)

/** sprig's that there are not, each with the reason. */
export const refusedFunctions: ReadonlyMap<string, string> = REFUSED

/** Where functions can be used. */
export const libraries: Readonly<Record<FunctionGroup['library'], string>> = {
  go: "Functions of Go's text/template: every body has them",
  sprig: 'Functions of sprig v3.2, as Helm has them: bodies have them too',
}
