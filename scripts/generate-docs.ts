/**
 * `node scripts/generate-docs.ts`: writes what is generated from the declarations: the JSON Schema of the configuration file, and the
 * reference part of the pages on it. A test holds that what is written is what would be generated.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { format } from 'prettier'
import { sinkRegistry } from '../src/app/registry.ts'
import { configReference } from './config-reference.ts'
import { configSchema } from './config-schema.ts'
import { functionReference } from './function-reference.ts'

const root = join(import.meta.dirname, '..')
/** Between which lines of a page its generated part stands. */
interface Place {
  readonly begin: string
  readonly end: string
}

const reference: Place = {
  begin: '<!-- below: made by scripts/generate-docs.ts -->',
  end: '<!-- above: made by scripts/generate-docs.ts -->',
}
const sprigReference: Place = {
  begin: '<!-- sprig: made by scripts/generate-docs.ts -->',
  end: '<!-- end of sprig -->',
}

/** Paths from the project's root, and what belongs there. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const schema = JSON.stringify(configSchema([...sinkRegistry.values()]))
  const files = new Map([['schema/config.schema.json', await pretty(schema, 'json')]])
  for (const language of ['en', 'zh'] as const) {
    const configuration = `docs/${language}/configuration.md`
    files.set(
      configuration,
      await pretty(withPart(pageText(configuration), reference, configReference(language)), 'markdown'),
    )
    const templates = `docs/${language}/templates.md`
    const withGo = withPart(pageText(templates), reference, functionReference(language, 'go'))
    const withAll = withPart(withGo, sprigReference, functionReference(language, 'sprig'))
    files.set(templates, await pretty(withAll, 'markdown'))
  }
  return files
}

function pageText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

function withPart(text: string, { begin, end }: Place, part: string): string {
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from === -1 || to < from) throw new Error(`a page has no place for its reference: ${begin} … ${end}`)
  return `${text.slice(0, from + begin.length)}\n\n${part}\n${text.slice(to)}`
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
