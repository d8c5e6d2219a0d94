/** The Helm chart, its examples, and what it renders: objects by kind, arguments with their environment. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments, stringify } from 'yaml'
import * as z from 'zod'
import { sinkRegistry } from '../../src/app/registry.ts'
import { readConfigFile } from '../../src/config/file/read-file.ts'
import { parseCommandLine, type CommandLine } from '../../src/config/from-command-line.ts'
import { environmentFor, fromElsewhere, readPages } from '../docs/pages.ts'

export const chartFolder = join(import.meta.dirname, '..', '..', 'deploy', 'helm', 'kube-eventer')

const examples = join(chartFolder, 'examples')
export const exampleNames: readonly string[] = readdirSync(examples).toSorted()

export function readExample(name: string): string {
  return readFileSync(join(examples, name), 'utf8')
}

export interface DocumentedValues {
  /** `docs/en/guides/helm.md:12` */
  readonly place: string
  readonly text: string
}

/** Values for the chart that pages show: blocks after `<!-- values -->`. */
export function documentedValues(): readonly DocumentedValues[] {
  return readPages().flatMap(({ path, blocks }) =>
    blocks
      .filter(({ note }) => note === 'values')
      .map(({ line, text }) => ({ place: `${path}:${line}`, text })),
  )
}

const valuesSchema = z.object({
  sources: z._default(z.array(z.unknown()), [{ name: 'default', type: 'kubernetes' }]),
  sinks: z._default(z.array(z.unknown()), []),
  otherSinks: z._default(z.array(z.string()), []),
  config: z._default(z.record(z.string(), z.unknown()), {}),
})

/** What the program is given by values; every secret that they name is there. */
export async function configOfValues(values: string): Promise<CommandLine> {
  const { sources, sinks, otherSinks, config } = valuesSchema.parse(parse(values))
  const text = stringify({ sources, ...(sinks.length > 0 && { sinks }), ...config })
  const file = await readConfigFile('config.yaml', {
    registry: sinkRegistry,
    env: environmentFor(values),
    frequencyMs: 1_000,
    read: (path) => (path === 'config.yaml' ? text : fromElsewhere),
  })
  const argv = ['--config=config.yaml', ...otherSinks.map((sink) => `--sink=${sink}`)]
  return parseCommandLine(argv, {}, sinkRegistry, file)
}

const objectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.optional(z.string()) }),
})
export type KubernetesObject = z.output<typeof objectSchema>

export function parseManifests(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const value: unknown = document.toJS()
    return value === null ? [] : [objectSchema.parse(value)]
  })
}

export interface Rendering {
  readonly text: string
  readonly objects: readonly KubernetesObject[]
}

/** `helm template`; throws with what helm says. `helm`: its path; `settings`: for `--set`. */
export function render(
  helm: string,
  values: string,
  settings: readonly string[] = [],
  namespace = 'kube-system',
): Rendering {
  const text = execFileSync(
    helm,
    ['template', 'kube-eventer', chartFolder, `--namespace=${namespace}`, '--values=-'].concat(
      settings.flatMap((setting) => ['--set', setting]),
    ),
    { input: values, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] },
  )
  return { text, objects: parseManifests(text) }
}

const secretSchema = z.object({ stringData: z.record(z.string(), z.string()) })

/** The Secret of the release: `config.yaml`, and a variable for each command-line sink. */
export function secretOf({ objects }: Rendering): Readonly<Record<string, string>> {
  return secretSchema.parse(objects.find(({ kind }) => kind === 'Secret')).stringData
}

const containerSchema = z.object({
  args: z.array(z.string()),
  env: z.array(z.looseObject({ name: z.string() })),
})
const deploymentSchema = z.object({
  spec: z.looseObject({
    template: z.looseObject({ spec: z.looseObject({ containers: z.array(containerSchema) }) }),
  }),
})

export function argsOf({ objects }: Rendering): readonly string[] {
  const deployment = deploymentSchema.parse(objects.find(({ kind }) => kind === 'Deployment'))
  return deployment.spec.template.spec.containers[0]?.args ?? []
}
