/**
 * `node scripts/generate-docs.ts`: writes what is generated from the declarations: the JSON Schema of the configuration file, and the
 * reference part of the pages on it. A test holds that what is written is what would be generated.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { format } from 'prettier'
import { sinkRegistry } from '../src/app/registry.ts'
import { configReference, type Language } from './config-reference.ts'
import { configSchema } from './config-schema.ts'

const root = join(import.meta.dirname, '..')
const begin = '<!-- below: made by scripts/generate-docs.ts -->'
const end = '<!-- above: made by scripts/generate-docs.ts -->'

/** Paths from the project's root, and what belongs there. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const schema = JSON.stringify(configSchema([...sinkRegistry.values()]))
  const files = new Map([['schema/config.schema.json', await pretty(schema, 'json')]])
  for (const language of ['en', 'zh'] as const) {
    const path = `docs/${language}/configuration.md`
    files.set(path, await pretty(withReference(path, language), 'markdown'))
  }
  return files
}

function withReference(path: string, language: Language): string {
  const text = readFileSync(join(root, path), 'utf8')
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from === -1 || to < from) throw new Error(`${path} has no place for the reference: ${begin} … ${end}`)
  return `${text.slice(0, from + begin.length)}\n\n${configReference(language)}\n${text.slice(to)}`
}

async function pretty(text: string, parser: 'json' | 'markdown'): Promise<string> {
  return format(text, { parser, printWidth: 110 })
}

if (import.meta.main) {
  for (const [path, text] of await generatedFiles()) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    process.stdout.write(`${path}\n`)
  }
}
