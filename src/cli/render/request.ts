/** What is to be rendered, from the flags: the template's place, how its body is sent, the events. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { builtInEvents, readGivenEvents } from '../../app/given-events.ts'
import { readSending, type Sending } from '../../app/render-sending.ts'
import { sinkRegistry } from '../../app/registry.ts'
import { isDeclaredJson } from '../../app/template-trial.ts'
import type { Problem } from '../../config/config.ts'
import { parseCommandLine } from '../../config/from-command-line.ts'
import { errorAt, quoteName, quotePlain } from '../../config/problems.ts'
import { didYouMean } from '../../config/suggestion.ts'
import type { KubernetesEvent } from '../../domain/event.ts'
import { isRecordingSource, type SourceOptions } from '../../domain/source-options.ts'
import { TimeZones } from '../../gotime/time-zones.ts'
import type { CommandIo } from '../command-io.ts'
import { CommandFailure, UsageFailure, type CommandArguments } from '../command.ts'

/** The sinks' own words for where a template comes from and how its body is sent. */
type TemplateUse = NonNullable<Sending['own']>
type TemplateOrigin = TemplateUse['origin']

export interface NamedEvent {
  /** `crash-loop`, `events.yaml`, `events.yaml (the 2nd)` */
  readonly name: string
  readonly event: KubernetesEvent
}

export interface RenderRequest {
  /** What errors call the template. */
  readonly name: string
  readonly use: TemplateUse
  /** Nothing says how the body is sent: as JSON is supposed. */
  readonly isSupposed: boolean
  /** It is an error if the body is no JSON: the user says how it is sent. */
  readonly mustBeJson: boolean
  /** Where a ConfigMap is read from. */
  readonly source: SourceOptions | undefined
  readonly events: readonly NamedEvent[]
  readonly zones: TimeZones
  readonly asJson: boolean
}

/** Throws `UsageFailure` with everything that is wrong with the flags, `CommandFailure` for what cannot be read. */
export async function readRenderRequest(
  given: CommandArguments,
  io: CommandIo,
  input: Readable,
): Promise<RenderRequest> {
  const problems: Problem[] = []
  if (given.positional.length > 0) {
    problems.push(errorAt('command line', 'there is an argument that is no flag', 'write --template=FILE'))
  }
  const sending = readSending(given.text('sink'), given.text('content-type'), io.env, problems)
  const origin = readOrigin(given, sending?.own?.origin, problems)
  const source = readSource(given, origin, io.env, problems)
  const escape = readEscape(given, problems)
  const zones = readZones(given, io.env, problems)
  const eventName = given.text('event') ?? 'crash-loop'
  if (eventName === '-' && origin?.kind === 'file' && origin.path === '-') {
    const remedy = 'give one of them as a file'
    problems.push(errorAt('--event', 'standard input cannot be the template and the event', remedy))
  }
  if (problems.length > 0 || origin === undefined || zones === undefined || sending === undefined) {
    throw new UsageFailure(problems)
  }
  const use: TemplateUse = {
    origin: await withoutInput(origin, input),
    escape: escape ?? sending.own?.escape ?? 'auto',
    sendsJson: sending.sendsJson,
  }
  return {
    name: nameOf(origin),
    use,
    isSupposed: !sending.isGiven,
    mustBeJson: isDeclaredJson({ ...use, sendsJson: sending.isGiven && sending.sendsJson }),
    source,
    events: await readEvents(eventName, input),
    zones,
    asJson: given.isSet('json'),
  }
}

/** The template's place by the flags, else the sink's own. */
function readOrigin(
  given: CommandArguments,
  own: TemplateOrigin | undefined,
  problems: Problem[],
): TemplateOrigin | undefined {
  const file = given.text('template')
  const configMap = given.text('configmap')
  if (file !== undefined && configMap !== undefined) {
    problems.push(
      errorAt('--configmap', 'there is a template already', 'leave --template or --configmap out'),
    )
    return undefined
  }
  if (file) return { kind: 'file', path: file }
  if (configMap !== undefined) {
    const [, namespace, name] = /^([a-z0-9-]+)\/([a-z0-9.-]+)$/.exec(configMap) ?? []
    if (namespace !== undefined && name !== undefined) return { kind: 'configmap', namespace, name }
    const remedy = 'write --configmap=kube-system/custom-body'
    problems.push(errorAt('--configmap', 'this is no NAMESPACE/NAME', remedy))
    return undefined
  }
  if (own === undefined && problems.length === 0) {
    const remedy = 'write --template=FILE, --configmap=NAMESPACE/NAME, or a --sink that has one'
    problems.push(errorAt('command line', 'there is no template', remedy))
  }
  return own
}

function readSource(
  given: CommandArguments,
  origin: TemplateOrigin | undefined,
  env: CommandIo['env'],
  problems: Problem[],
): SourceOptions | undefined {
  const argument = given.text('source')
  if (argument === undefined) {
    if (origin?.kind !== 'configmap') return undefined
    const remedy = 'name the cluster: --source=kubernetes:https://kubernetes.default'
    problems.push(errorAt('--source', 'it is missing, and the ConfigMap is in a cluster', remedy))
    return undefined
  }
  // The sink stands for none.
  const parsed = parseCommandLine(['--sink=log', `--source=${argument}`], env, sinkRegistry)
  const source = parsed.kind === 'run' ? parsed.config.sources[0] : undefined
  if (source === undefined) problems.push(...('problems' in parsed ? parsed.problems : []))
  else if (!isRecordingSource(source)) return source
  else {
    const remedy = 'name a cluster; the events of a recording are --event=FILE'
    problems.push(errorAt('--source', 'a recording has no ConfigMaps', remedy))
  }
  return undefined
}

function readEscape(given: CommandArguments, problems: Problem[]): TemplateUse['escape'] | undefined {
  const escape = given.text('escape')
  if (escape === undefined || escape === 'auto' || escape === 'json' || escape === 'none') return escape
  problems.push(
    errorAt('--escape', `${quotePlain(escape)} is none of auto, json, none`, 'write --escape=auto'),
  )
  return undefined
}

function readZones(
  given: CommandArguments,
  env: CommandIo['env'],
  problems: Problem[],
): TimeZones | undefined {
  const tz = given.text('tz')
  if (tz === undefined) return new TimeZones({ tz: env['TZ'] })
  const zones = new TimeZones({ tz })
  if (zones.load(tz) !== undefined) return zones
  problems.push(
    errorAt('--tz', `there is no zone ${quoteName(tz) ?? 'of this name'}`, 'write --tz=Asia/Shanghai'),
  )
  return undefined
}

/** Standard input is read once: what came of it is the template's text. */
async function withoutInput(origin: TemplateOrigin, input: Readable): Promise<TemplateOrigin> {
  if (origin.kind !== 'file' || origin.path !== '-') return origin
  return { kind: 'inline', text: (await buffer(input)).toString() }
}

function nameOf(origin: TemplateOrigin): string {
  switch (origin.kind) {
    case 'configmap':
      return `${origin.namespace}/${origin.name}`
    case 'file':
      return origin.path === '-' ? 'standard input' : basename(origin.path)
    case 'inline':
      return 'body'
  }
}

async function readEvents(name: string, input: Readable): Promise<readonly NamedEvent[]> {
  if (name === 'all') return builtInEvents
  const sample = builtInEvents.find((one) => one.name === name)
  if (sample) return [sample]
  const shown = name === '-' ? 'standard input' : name
  const given = await readGivenEvents(await textOfEvents(name, input))
  if (!given.ok) {
    const remedy = 'give an event as kubectl get event NAME -o yaml prints it, a List, or a recording'
    throw new CommandFailure(`--event: ${shown}: ${given.problem}\n  ${remedy}`)
  }
  return given.events.map((event, index) => ({
    name: given.events.length === 1 ? shown : `${shown} (${index + 1} of ${given.events.length})`,
    event,
  }))
}

/** Unpacked where the first two bytes say gzip. */
async function textOfEvents(name: string, input: Readable): Promise<string> {
  try {
    const bytes = name === '-' ? await buffer(input) : await readFile(name)
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b
    return (isPacked ? await promisify(gunzip)(bytes) : bytes).toString()
  } catch (error) {
    const names = ['all', ...builtInEvents.map((one) => one.name)]
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    const meant = didYouMean(name, names) ?? `built-in events are ${names.join(', ')}`
    throw new CommandFailure(
      `--event: there is no built-in event ${name}, nor can such a file be read (${code})\n  ${meant}`,
    )
  }
}
