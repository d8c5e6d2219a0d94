/** The options that every sink has, as `--help` tells them: from their schema. */
import * as z from 'zod/mini'
import { kitFilterOptions } from '../sink-kit/filter-argument.ts'
import { kitSchema } from '../sink-kit/kit-options.ts'

/** Name, with its `ke.`, and one sentence each. */
export function kitOptionSummaries(): readonly { readonly name: string; readonly summary: string }[] {
  const own = Object.entries(kitSchema.shape).map(([name, schema]) => ({
    name: `ke.${name}`,
    summary: z.globalRegistry.get(schema)?.description ?? '',
  }))
  const file = { name: 'ke.file.OPTION', summary: 'Path of a file that holds the value of OPTION.' }
  return [...own, ...kitFilterOptions, file]
}
