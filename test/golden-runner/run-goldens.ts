/** Runs goldens file by file, a few at once, and tells what came of each in the order given. */
import { formatOf } from './formats.ts'
import type { GoldenFile } from './golden-file.ts'
import type { Verdict } from './verdict.ts'
import { failed, unsupported } from './verdict.ts'
import type { PlayOptions } from './wire/play.ts'

export interface CaseResult {
  readonly id: string
  readonly verdict: Verdict
}

export interface FileResult {
  readonly path: string
  /** `undefined`: the file is what others refer to. */
  readonly results: readonly CaseResult[] | undefined
}

export interface RunOptions extends PlayOptions {
  /** How many files at once: each recorded run has a process of its own. */
  readonly atOnce: number
  /** Called for each file, in the order given, as soon as it and those before it are done. */
  readonly onFile: (result: FileResult) => void
}

/** 0: all passed. 1: some failed. 2: none failed, some are unsupported. */
export type ExitCode = 0 | 1 | 2

export async function runGoldens(files: readonly GoldenFile[], options: RunOptions): Promise<ExitCode> {
  const done: (FileResult | undefined)[] = []
  let next = 0
  let told = 0
  const work = async (): Promise<void> => {
    for (let at = next++; at < files.length; at = next++) {
      const file = files[at]
      if (!file) return
      done[at] = await runFile(file, options)
      for (let result = done[told]; result; result = done[told]) {
        options.onFile(result)
        told += 1
      }
    }
  }
  await Promise.all(Array.from({ length: options.atOnce }, work))
  return exitCodeOf(done.flatMap((file) => file?.results ?? []))
}

/** Runs all cases of one file, one after another. */
export async function runFile(file: GoldenFile, options: PlayOptions): Promise<FileResult> {
  const { path, content } = file
  const format = formatOf(content)
  if (!format) {
    const why = content === undefined ? 'the file is no JSON' : 'none of the known formats'
    return { path, results: [{ id: '', verdict: unsupported(why) }] }
  }
  const results: CaseResult[] = []
  const cases = format.cases(file)
  if (!cases) return { path, results: undefined }
  for (const { id, run } of cases) {
    results.push({ id, verdict: await settled(() => run(options)) })
  }
  return { path, results }
}

/** What throws has failed: the others still run. */
async function settled(run: () => Verdict | Promise<Verdict>): Promise<Verdict> {
  try {
    return await run()
  } catch (error) {
    return failed([error instanceof Error ? (error.stack ?? error.message) : String(error)])
  }
}

export function exitCodeOf(results: readonly CaseResult[]): ExitCode {
  const has = (kind: Verdict['kind']): boolean => results.some(({ verdict }) => verdict.kind === kind)
  if (has('failed')) return 1
  return has('unsupported') ? 2 : 0
}
