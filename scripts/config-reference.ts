/** The reference part of the page on the configuration file: tables of every option, from what reads the file. */
import * as z from 'zod/mini'
import {
  apiSchema,
  fileSchema,
  filtersSchema,
  paceSchema,
  reportSchema,
  sinkSchema,
  sourceSchema,
} from '../src/config/file/schema.ts'
import { unwrapped } from '../src/sink-kit/secret-option.ts'
import { chinese } from './config-reference-zh.ts'

export type Language = 'en' | 'zh'

const headings: Readonly<Record<Language, { readonly option: string; readonly meaning: string }>> = {
  en: { option: 'Option', meaning: 'Meaning' },
  zh: { option: '选项', meaning: '含义' },
}

const sections: readonly {
  readonly title: string
  readonly path: string
  readonly schema: z.core.$ZodType
}[] = [
  { title: 'The file', path: '', schema: fileSchema },
  { title: 'A source', path: 'sources[].', schema: sourceSchema },
  { title: 'A sink', path: 'sinks[].', schema: sinkSchema },
  { title: 'Filters', path: 'sinks[].filters.', schema: filtersSchema },
  { title: 'Options of every sink', path: 'sinks[].options.', schema: paceSchema },
  { title: 'A report', path: 'reports.NAME.', schema: reportSchema },
  { title: 'Journal', path: 'journal.', schema: fileSchema.shape.journal },
  { title: 'Health and metrics', path: 'http.', schema: fileSchema.shape.http },
  { title: 'The API', path: 'http.api.', schema: apiSchema },
  { title: 'Bounds', path: 'limits.', schema: fileSchema.shape.limits },
]

/** Markdown; throws where a sentence has no translation. */
export function configReference(language: Language): string {
  const tell = (english: string): string => {
    if (language === 'en') return english
    const translated = chinese.get(english)
    if (translated === undefined) throw new Error(`scripts/config-reference-zh.ts lacks: ${english}`)
    return translated
  }
  const { option, meaning } = headings[language]
  return sections
    .map(({ title, path, schema }) => {
      const rows = Object.entries(shapeOf(schema)).map(
        ([name, field]) => `| \`${path}${name}\` | ${tell(descriptionOf(field))} |`,
      )
      return [`### ${tell(title)}`, '', `| ${option} | ${meaning} |`, '|---|---|', ...rows, ''].join('\n')
    })
    .join('\n')
}

function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> {
  const inner = unwrapped(schema)
  if (!(inner instanceof z.ZodMiniObject)) throw new Error('a section of the configuration file is no map')
  return inner.shape
}

function descriptionOf(schema: z.core.$ZodType): string {
  const { description } = z.globalRegistry.get(schema) ?? {}
  if (description === undefined) throw new Error('an option of the configuration file has no description')
  return description
}
