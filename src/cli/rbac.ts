/** `kube-eventer rbac`: the least privilege for a configuration, as manifests. */
import { readFileSync } from 'node:fs'
import { leastPrivileges, type ClusterPrivilege } from '../app/rbac.ts'
import { sinkRegistry } from '../app/registry.ts'
import { configPathOf, parseCommandLine, type CommandLine } from '../config/from-command-line.ts'
import { errorAt, renderProblems } from '../config/problems.ts'
import type { CommandExitCode, CommandIo } from './command-io.ts'
import { runCommand, UsageFailure, type CommandArguments, type CommandDeclaration } from './command.ts'
import { rbacManifest, usualNamespace } from '../app/rbac-manifest.ts'

export const rbacCommand: CommandDeclaration = {
  name: 'rbac',
  summary: 'print the least privilege for a configuration, for kubectl apply',
  usage: ['[--namespace=NAMESPACE] [--service-account=NAME] [--cluster=NAME] FLAGS OF run'],
  about: `Takes the flags of run; kube-eventer --help tells them. Prints a ServiceAccount and what it must be allowed to do:
to read events in all namespaces, or in those that the sources name, and to read the ConfigMaps that sinks take their
bodies from, each by its name. Nothing is asked of the cluster. Secrets that the configuration file refers to need not
be there.`,
  flags: [
    {
      name: 'namespace',
      kind: 'text',
      group: 'Options',
      valueName: 'NAMESPACE',
      help: 'where the ServiceAccount is, and the pod (default kube-system)',
    },
    {
      name: 'service-account',
      kind: 'text',
      group: 'Options',
      valueName: 'NAME',
      help: "the ServiceAccount's name (default kube-eventer)",
    },
    {
      name: 'cluster',
      kind: 'text',
      group: 'Options',
      valueName: 'NAME',
      help: 'which of several clusters, by the name of a source that watches it',
    },
  ],
  takesRunFlags: true,
  positional: { least: 0, most: 0 },
  examples: [
    {
      title: 'What the pod would run',
      argv: [
        'rbac',
        '--source=kubernetes:https://kubernetes.default',
        '--sink=webhook:https://hooks.example.test/alerts?method=POST&custom_body_configmap=alert-body&custom_body_configmap_namespace=kube-system',
      ],
    },
    {
      title: 'A configuration file, for a pod in another namespace',
      argv: ['rbac', '--config=kube-eventer.yaml', '--namespace=monitoring'],
    },
  ],
  exitCodes: [
    [0, 'printed'],
    [2, 'something is wrong with the configuration; a sink of the command line that is wrong is left out'],
  ],
}

/** `argv` is what follows `rbac`. */
export function rbac(argv: readonly string[], io: CommandIo): Promise<CommandExitCode> {
  return runCommand(rbacCommand, argv, io, async (given) => {
    const parsed = await readConfig(given, io)
    const problems = 'problems' in parsed ? parsed.problems : []
    if (parsed.kind !== 'run') throw new UsageFailure(problems)
    const chosen = choose(leastPrivileges(parsed.config), given.text('cluster'))
    const namespace = nameOf(given, 'namespace') ?? usualNamespace
    const name = nameOf(given, 'service-account') ?? 'kube-eventer'
    io.out(rbacManifest(chosen, { namespace, name }))
    const errors = problems.filter(({ severity }) => severity === 'error')
    io.err(renderProblems(errors, { colour: io.colour.err }))
    return errors.length === 0 ? 0 : 2
  })
}

/** What decides what is read; no other flag does. */
const decisive = ['config', 'c', 'source', 'sink'] as const

async function readConfig(given: CommandArguments, io: CommandIo): Promise<CommandLine> {
  const argv = decisive.flatMap((flag) => given.texts(flag).map((value) => `--${flag}=${value}`))
  const path = configPathOf(argv)
  if (path === undefined) return parseCommandLine(argv, io.env, sinkRegistry)
  const { readConfigFile } = await import('../config/file/read-file.ts')
  const file = await readConfigFile(path, {
    registry: sinkRegistry,
    env: { ...standInsFor(path), ...io.env },
    frequencyMs: 0,
    read: (name) => (name === path ? readFileSync(name, 'utf8') : standIn),
  })
  return parseCommandLine(argv, io.env, sinkRegistry, file)
}

/** In the place of a secret, which is where the program runs: no privilege depends on it. It passes as a URL and as a text. */
const standIn = 'https://stand-in.invalid/'

/** For every variable that the file may name. A file that cannot be read is told by who reads it next. */
function standInsFor(path: string): Readonly<Record<string, string>> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return {}
  }
  const named = text.matchAll(/\benv:\s*["']?([A-Za-z_]\w*)/g)
  return Object.fromEntries([...named].map(([, name = '']) => [name, standIn]))
}

function choose(privileges: readonly ClusterPrivilege[], wanted: string | undefined): ClusterPrivilege {
  const known = privileges.flatMap(({ sources }) => sources)
  const chosen =
    wanted === undefined ? privileges[0] : privileges.find(({ sources }) => sources.includes(wanted))
  const isAmbiguous = wanted === undefined && privileges.length > 1
  if (chosen !== undefined && !isAmbiguous) return chosen
  if (known.length === 0) {
    const remedy = 'name a cluster: --source=kubernetes:https://kubernetes.default'
    throw new UsageFailure([errorAt('--source', 'a recording needs no privilege', remedy)])
  }
  const what = isAmbiguous
    ? `the sources watch ${privileges.length} clusters, each with an account of its own`
    : 'no source has this name'
  throw new UsageFailure([errorAt('--cluster', what, `name one of ${known.join(', ')}`)])
}

/** As Kubernetes names objects; a wrong one would be refused when it is applied, far from here. */
function nameOf(given: CommandArguments, flag: 'namespace' | 'service-account'): string | undefined {
  const name = given.text(flag)
  if (name === undefined || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name)) return name
  const remedy = `write small letters, digits and dashes: --${flag}=kube-eventer`
  throw new UsageFailure([errorAt(`--${flag}`, 'it is no name of Kubernetes', remedy)])
}
