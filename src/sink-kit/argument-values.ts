/** What a sink's argument says of one option: in Go an option may repeat, and of most the first one counts. */
import type { SinkArgument } from './sink.ts'

/** All values of the option `name`, in order; none where it is not given. */
export function valuesOf({ query }: SinkArgument, name: string): readonly string[] {
  return query.filter(([given]) => given === name).map(([, value]) => value)
}

/** The value that counts of an option that does not add up. */
export function firstOf({ query }: SinkArgument, name: string): string | undefined {
  return query.find(([given]) => given === name)?.[1]
}

/** A warning for each of the options `names` that is given more than once, though only its first value counts. */
export function repeatedOnes(argument: SinkArgument, names: readonly string[]): readonly string[] {
  return names
    .filter((name) => valuesOf(argument, name).length > 1)
    .map((name) => `option \`${name}\` is given more than once: the first one counts`)
}
