/** The tables of template functions in docs/en/templates.md and docs/zh/templates.md, from the functions' own table. */
import type { FunctionGroup, FunctionRow } from '../src/template/reference/function-doc.ts'
import { FUNCTION_GROUPS } from '../src/template/reference/reference.ts'
import { REFUSED } from '../src/template/sprig/sprig.ts'
import type { Language } from './config-reference.ts'

const texts = {
  en: {
    columns: ['function', 'meaning', 'example', 'gives'],
    groups: undefined,
    refused: 'Refused',
    refusedColumns: ['function', 'why'],
  },
  zh: {
    columns: ['函数', '含义', '示例', '结果'],
    groups: new Map([
      ["Go's own", 'Go 自带'],
      ['Texts', '文本'],
      ['Numbers', '数字'],
      ['Lists', '列表'],
      ['Dictionaries', '字典'],
      ['Any value', '任意值'],
      ['Dates', '日期'],
      ['Regular expressions (RE2)', '正则表达式（RE2）'],
      ['Encodings, sums and random texts', '编码、校验和与随机文本'],
      ['Paths, URLs and versions', '路径、URL 与版本'],
    ]),
    refused: '不提供',
    refusedColumns: ['函数', '原因'],
  },
} as const

/** The meaning of Go's functions; sprig's are told by their examples there. */
const chineseMeanings: ReadonlyMap<string, string> = new Map([
  ['and', '第一个为空的值，否则最后一个'],
  ['or', '第一个不为空的值，否则最后一个'],
  ['not', '值为空时为 true：false、0、空文本、空列表、nil'],
  ['eq', '值是否等于其后的某一个'],
  ['ne', '两者是否不同'],
  ['lt', '左边是否小于右边：数字，或按字节比较的文本'],
  ['le', '左边是否小于或等于右边'],
  ['gt', '左边是否大于右边'],
  ['ge', '左边是否大于或等于右边'],
  ['len', '文本的字节数，或列表、map 的元素个数'],
  ['index', '列表或 map 里的一个元素，按序号或键'],
  ['slice', '文本的一段字节，或列表的一段元素：从第一个下标到第二个之前'],
  ['print', '把各个值连成文本，不是文本的值之间加空格'],
  ['println', '值之间加空格，末尾换行'],
  ['printf', '按格式输出，动词与 Go 相同：%s 文本，%d 数字，%q 加引号，%v 任意值'],
  ['call', '调用本身是函数的值；事件里没有这样的值'],
  ['html', '按 HTML 转义'],
  ['js', '按 JavaScript 字符串转义'],
  ['urlquery', '按 URL 查询参数转义'],
])

/** The rows of one library; for sprig with a heading a group. Throws where the Chinese of something is missing. */
export function functionReference(language: Language, library: FunctionGroup['library']): string {
  const groups = FUNCTION_GROUPS.filter((group) => group.library === library)
  const lines = groups.flatMap(({ title, rows }) => [
    ...(library === 'go' ? [] : [`### ${titleIn(language, title)}`, '']),
    ...functionTable(language, library, rows),
    '',
  ])
  return [...lines, ...(library === 'sprig' ? refusedTable(language) : [])].join('\n')
}

function titleIn(language: Language, title: string): string {
  const { groups } = texts[language]
  const found = groups === undefined ? title : groups.get(title)
  if (found === undefined) throw new Error(`scripts/function-reference.ts: no Chinese for "${title}"`)
  return found
}

function functionTable(
  language: Language,
  library: FunctionGroup['library'],
  rows: readonly FunctionRow[],
): readonly string[] {
  const hasMeaning = language === 'en' || library === 'go'
  const columns = texts[language].columns.filter((_, at) => hasMeaning || at !== 1)
  return [
    row(columns),
    row(columns.map(() => '---')),
    ...rows.map(([name, parameters, summary, example, output]) =>
      row([
        code(`${name} ${parameters}`.trimEnd()),
        ...(hasMeaning ? [meaningIn(language, name, summary)] : []),
        code(example),
        code(output.replaceAll('\n', '⏎')),
      ]),
    ),
  ]
}

function meaningIn(language: Language, name: string, summary: string): string {
  const meaning = language === 'en' ? summary : chineseMeanings.get(name)
  if (meaning === undefined) throw new Error(`scripts/function-reference.ts: no Chinese for ${name}`)
  return cell(meaning)
}

/** In English: the reasons are the program's own words. */
function refusedTable(language: Language): readonly string[] {
  const { refused, refusedColumns } = texts[language]
  return [
    `### ${refused}`,
    '',
    row(refusedColumns),
    row(['---', '---']),
    ...[...REFUSED].map(([name, reason]) => row([code(name), reason])),
    '',
  ]
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function cell(text: string): string {
  return text.replaceAll(/[\\|<>*_]/g, String.raw`\$&`)
}

function code(text: string): string {
  return `\`${text.replaceAll('|', String.raw`\|`)}\``
}
