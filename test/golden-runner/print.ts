/** A file's result as text: what became of it, how often, by which rules, and the first differences. */
import type { FileResult } from './run-goldens.ts'

const shownDifferences = 5
const shownReasons = 3

/** Ends with a line break. */
export function fileText({ path, results }: FileResult): string {
  if (results === undefined) return `-            ${path}: nothing to run, other files refer to it\n`
  const all = results.map(({ verdict }) => verdict)
  const count = (kind: (typeof all)[number]['kind']): number =>
    all.filter((verdict) => verdict.kind === kind).length
  const counts = { passed: count('passed'), failed: count('failed'), unsupported: count('unsupported') }
  const overall = counts.failed > 0 ? 'failed' : counts.unsupported > 0 ? 'unsupported' : 'passed'
  const told = results.length === 1 ? '' : ` (${countsText(counts)})`
  const lines = [`${overall.padEnd(12)} ${path}${told}`]

  const rules = [...new Set(all.flatMap((verdict) => (verdict.kind === 'unsupported' ? [] : verdict.rules)))]
  if (rules.length > 0) lines.push(`  rules: ${rules.join(', ')}`)
  const differences = results.flatMap(({ id, verdict }) =>
    verdict.kind === 'failed'
      ? verdict.differences.map((text) => (results.length === 1 ? text : `${id}: ${text}`))
      : [],
  )
  lines.push(...firstOf(differences, shownDifferences, 'differences'))
  const reasons = [
    ...new Set(all.flatMap((verdict) => (verdict.kind === 'unsupported' ? [verdict.why] : []))),
  ]
  lines.push(...firstOf(reasons, shownReasons, 'reasons'))
  return `${lines.join('\n')}\n`
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
}

function firstOf(texts: readonly string[], most: number, what: string): string[] {
  const shown = texts.slice(0, most).map((text) => `  ${text.replaceAll('\n', '\n  ')}`)
  return texts.length > most ? [...shown, `  … and ${texts.length - most} more ${what}`] : shown
}
