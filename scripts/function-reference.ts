/** The tables of template functions in docs/en/templates.md and docs/zh/templates.md, from the functions' own table. */
import type { FunctionGroup, FunctionRow } from '../src/template/reference/function-doc.ts'
import { FUNCTION_GROUPS } from '../src/template/reference/reference.ts'
import { REFUSED } from '../src/template/sprig/sprig.ts'
import type { Language } from './config-reference.ts'
import { chineseGroups, chineseMeaning, chineseReason } from './function-reference-zh.ts'

const texts = {
  en: {
    columns: ['function', 'meaning', 'example', 'gives'],
    refused: 'Refused',
    refusedColumns: ['function', 'why'],
  },
  zh: {
    columns: ['函数', '含义', '示例', '结果'],
    refused: '不提供',
    refusedColumns: ['函数', '原因'],
  },
} as const

/** The rows of one library; for sprig with a heading a group. Throws where the Chinese of something is missing. */
export function functionReference(language: Language, library: FunctionGroup['library']): string {
  const groups = FUNCTION_GROUPS.filter((group) => group.library === library)
  const lines = groups.flatMap(({ title, rows }) => [
    ...(library === 'go' ? [] : [`### ${titleIn(language, title)}`, '']),
    ...functionTable(language, rows),
    '',
  ])
  return [...lines, ...(library === 'sprig' ? refusedTable(language) : [])].join('\n')
}

function titleIn(language: Language, title: string): string {
  const found = language === 'en' ? title : chineseGroups.get(title)
  if (found === undefined) throw new Error(`scripts/function-reference-zh.ts: no Chinese for "${title}"`)
  return found
}

function functionTable(language: Language, rows: readonly FunctionRow[]): readonly string[] {
  const { columns } = texts[language]
  return [
    row(columns),
    row(columns.map(() => '---')),
    ...rows.map(([name, parameters, summary, example, output]) =>
      row([
        code(`${name} ${parameters}`.trimEnd()),
        plain(language === 'en' ? summary : chineseMeaning(name, summary)),
        code(example),
        code(output.replaceAll('\n', '⏎')),
      ]),
    ),
  ]
}

function refusedTable(language: Language): readonly string[] {
  const { refused, refusedColumns } = texts[language]
  return [
    `### ${refused}`,
    '',
    row(refusedColumns),
    row(['---', '---']),
    ...[...REFUSED].map(([name, reason]) =>
      row([code(name), plain(language === 'en' ? reason : chineseReason(reason))]),
    ),
    '',
  ]
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** Text that Markdown takes for nothing else. */
function plain(text: string): string {
  return text.replaceAll(/[\\|<>*_$]/g, String.raw`\$&`)
}

function code(text: string): string {
  return `\`${text.replaceAll('|', String.raw`\|`)}\``
}
