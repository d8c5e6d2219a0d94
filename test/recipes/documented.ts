/** A recipe as its page tells it: commands and ConfigMaps, taken from the page's own blocks. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { parse, parseAllDocuments } from 'yaml'
import type { ConfigMap } from '../../src/demo/objects.ts'
import { readPage, root } from '../docs/pages.ts'
import { shellCommands } from '../docs/shell-words.ts'

export interface Documented {
  /** What follows `kube-eventer` in each of its commands that run it. */
  readonly commands: readonly (readonly string[])[]
  readonly configMaps: readonly ConfigMap[]
  /** The arguments of its Deployment's container, if it has one. */
  readonly deployment: readonly string[] | undefined
}

const configMapSchema = z.object({
  kind: z.literal('ConfigMap'),
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  data: z.record(z.string(), z.string()),
})
/** The ConfigMaps of a text with YAML documents. */
export function configMapsOf(text: string): readonly ConfigMap[] {
  return documentsOf(text).flatMap((document) => {
    const read = z.safeParse(configMapSchema, document)
    return read.success ? [read.data] : []
  })
}

const deploymentSchema = z.object({
  kind: z.literal('Deployment'),
  spec: z.object({
    template: z.object({
      spec: z.object({ containers: z.array(z.object({ command: z.array(z.string()) })) }),
    }),
  }),
})

/** The page of a recipe. */
export function readRecipe(language: 'en' | 'zh', name: string): Documented {
  return readDocumented(`docs/${language}/recipes/${name}.md`)
}

/** The page at `path`, from the root on. */
export function readDocumented(path: string): Documented {
  const { blocks } = readPage(path, readFileSync(join(root, path), 'utf8'))
  const shown = blocks.filter(({ info }) => info === 'yaml').map(({ text }) => text)
  return {
    commands: blocks
      .filter(({ info }) => info === 'sh')
      .flatMap(({ text }) => shellCommands(text))
      .filter(({ words }) => words[0] === 'kube-eventer' && words.some((word) => word.startsWith('--sink=')))
      .map(({ words }) => words.slice(1)),
    configMaps: shown.flatMap(configMapsOf),
    deployment: shown
      .flatMap(documentsOf)
      .map((document) => z.safeParse(deploymentSchema, document))
      .find(({ success }) => success)
      ?.data?.spec.template.spec.containers[0]?.command.slice(1),
  }
}

/** The configuration file of a recipe, with another cluster and a journal of its own. */
export function readExample(name: string, source: unknown, journalDir: string): object {
  const file: unknown = parse(readFileSync(join(root, `examples/recipes/${name}.yaml`), 'utf8'))
  return {
    ...z.parse(z.record(z.string(), z.unknown()), file),
    sources: [source],
    journal: { dir: journalDir },
  }
}

function documentsOf(text: string): readonly unknown[] {
  return parseAllDocuments(text).map((document): unknown => document.toJS())
}
