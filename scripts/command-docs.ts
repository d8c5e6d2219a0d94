/**
 * `node scripts/command-docs.ts`: writes the upper part of each command's page in docs/en/commands and docs/zh/commands
 * from the command's declaration. What stands below the marker is written by hand and stays.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shellLine, type CommandDeclaration } from '../src/cli/command.ts'
import { commandDeclarations } from '../src/cli/commands.ts'
import { chineseTexts, type ChineseTexts } from './command-docs-zh.ts'

export type Language = 'en' | 'zh'

export const marker = '<!-- above: made by scripts/command-docs.ts; below: written by hand -->'

const titles = {
  en: {
    usage: 'Usage',
    options: 'Options',
    examples: 'Examples',
    exit: 'Exit codes',
    option: 'option',
    meaning: 'meaning',
    code: 'code',
  },
  zh: {
    usage: '用法',
    options: '选项',
    examples: '示例',
    exit: '退出码',
    option: '选项',
    meaning: '含义',
    code: '退出码',
  },
} as const

export function pagePath(root: string, language: Language, name: string): string {
  return join(root, 'docs', language, 'commands', `${name}.md`)
}

/** The part above the marker, with it; throws where the Chinese of something is missing. */
export function generatedPart(declaration: CommandDeclaration, language: Language): string {
  const { name, usage, flags, examples, exitCodes } = declaration
  const title = titles[language]
  const chinese = language === 'zh' ? chineseTexts[name] : undefined
  const text = (of: (texts: ChineseTexts) => string | undefined, english: string): string => {
    if (language === 'en') return english
    const found = chinese && of(chinese)
    if (found === undefined)
      throw new Error(`scripts/command-docs-zh.ts: ${name}: no Chinese for "${english}"`)
    return found
  }
  return [
    `# kube-eventer ${name}`,
    '',
    `${sentence(
      text(({ summary }) => summary, declaration.summary),
      language,
    )}`,
    '',
    text(({ about }) => about, declaration.about),
    '',
    `## ${title.usage}`,
    '',
    '```sh',
    ...usage.map((form) => `kube-eventer ${name} ${form}`.trimEnd()),
    '```',
    '',
    `## ${title.options}`,
    '',
    `| ${title.option} | ${title.meaning} |`,
    '| --- | --- |',
    ...flags.map(({ name: flag, valueName, help }) => {
      const spelling = `--${flag}${valueName === undefined ? '' : `=${valueName}`}`
      return `| \`${spelling.replaceAll('|', '\\|')}\` | ${text((texts) => texts.flags[flag], help)} |`
    }),
    '',
    `## ${title.examples}`,
    '',
    ...examples.flatMap(({ title: english, argv }) => [
      `${text((texts) => texts.examples[english], english)}:`,
      '',
      '```sh',
      shellLine(argv),
      '```',
      '',
    ]),
    `## ${title.exit}`,
    '',
    `| ${title.code} | ${title.meaning} |`,
    '| --- | --- |',
    ...exitCodes.map(([code, meaning]) => `| ${code} | ${text((texts) => texts.exitCodes[code], meaning)} |`),
    '',
    marker,
    '',
  ].join('\n')
}

function sentence(text: string, language: Language): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${language === 'en' ? '.' : '。'}`
}

/** What stands below the marker; '' if the page is new. */
export function handWrittenPart(page: string): string {
  const at = page.indexOf(marker)
  return at === -1 ? '' : page.slice(at + marker.length + 1)
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  for (const declaration of commandDeclarations) {
    for (const language of ['en', 'zh'] as const) {
      const path = pagePath(root, language, declaration.name)
      const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
      writeFileSync(path, generatedPart(declaration, language) + handWrittenPart(before))
    }
  }
}
