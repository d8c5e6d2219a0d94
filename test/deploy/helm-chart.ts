/** The Helm chart, its examples, and what it renders: objects by kind, arguments with their environment. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import * as z from 'zod'

export const chartFolder = join(import.meta.dirname, '..', '..', 'deploy', 'helm', 'kube-eventer')

const examples = join(chartFolder, 'examples')
export const exampleNames: readonly string[] = readdirSync(examples).toSorted()

export function readExample(name: string): string {
  return readFileSync(join(examples, name), 'utf8')
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
    [
      'template',
      'kube-eventer',
      chartFolder,
      `--namespace=${namespace}`,
      '--kube-version=1.34.4',
      '--values=-',
    ]
      // Without an object of this kind in the cluster helm would leave nothing out; it is not asked here.
      .concat(settings.flatMap((setting) => ['--set', setting])),
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
