/** How the body is sent that a template makes, as a sink or a content type says it: for `render`. */
import type { Problem, SinkConfig } from '../config/config.ts'
import type { Environment } from '../config/expand-env.ts'
import { parseCommandLine } from '../config/from-command-line.ts'
import { errorAt, quoteName } from '../config/problems.ts'
import { didYouMean } from '../config/suggestion.ts'
import type { TemplateUse } from '../sink-kit/body.ts'
import { platformNamed } from '../sink-kit/platform.ts'
import { platformNames } from '../sink-kit/platforms/row.ts'
import { sinkRegistry } from './registry.ts'

/** How the body that a template makes is sent. */
export interface Sending {
  /** `--sink` or `--content-type` says it; else JSON is supposed. */
  readonly isGiven: boolean
  readonly sendsJson: boolean
  /** Of a whole `--sink` that has a template. */
  readonly own?: TemplateUse | undefined
}

/** What `--sink` and `--content-type` say, each undefined where it is not given; adds to `problems` what is wrong. */
export function readSending(
  sink: string | undefined,
  contentType: string | undefined,
  env: Environment,
  problems: Problem[],
): Sending | undefined {
  if (sink !== undefined && contentType !== undefined) {
    problems.push(errorAt('--content-type', 'the sink has one already', 'leave one of them out'))
    return undefined
  }
  if (contentType !== undefined) return { isGiven: true, sendsJson: /json/i.test(contentType) }
  if (sink === undefined) return { isGiven: false, sendsJson: true }
  return sink.includes(':') ? readSink(sink, env, problems) : readSinkType(sink, problems)
}

/** A bare name: platforms take JSON; what a webhook sends, its header says. */
function readSinkType(type: string, problems: Problem[]): Sending | undefined {
  const platform = platformNamed(type)
  if (platform !== undefined && platform !== 'none') return { isGiven: true, sendsJson: true }
  if (type === 'webhook') return { isGiven: true, sendsJson: false }
  const candidates = ['webhook', ...platformNames]
  const known = sinkRegistry.get(type)
  if (known !== undefined) {
    problems.push(known.template === undefined ? withoutTemplate(type) : incomplete(type))
    return undefined
  }
  const what = `there is no sink or platform ${quoteName(type) ?? 'of this name'}`
  const remedy = didYouMean(type, candidates) ?? `write one of ${candidates.join(', ')}`
  problems.push(errorAt('--sink', what, remedy))
  return undefined
}

function readSink(argument: string, env: Environment, problems: Problem[]): Sending | undefined {
  const read = sinkOf(argument, env)
  if (read.sink === undefined) {
    problems.push(...read.problems)
    return undefined
  }
  const { declaration } = read.sink
  if (declaration.template === undefined) {
    problems.push(withoutTemplate(declaration.name))
    return undefined
  }
  const own = useOf(read.sink)
  if (own !== undefined) return { isGiven: true, sendsJson: own.sendsJson, own }
  // How it would send a template that it has not: as one that is given.
  const asked = sinkOf(`${argument}${argument.includes('?') ? '&' : '?'}ke.template=x`, env)
  const use = asked.sink && useOf(asked.sink)
  return { isGiven: true, sendsJson: use?.sendsJson ?? false }
}

function withoutTemplate(type: string): Problem {
  const what = `sink ${type} makes its bodies itself, and has no template`
  return errorAt('--sink', what, 'name a sink that has, such as webhook')
}

function incomplete(type: string): Problem {
  const what = `how sink ${type} sends its bodies depends on its options`
  return errorAt('--sink', what, `give the whole argument, as run takes it: --sink=${type}:URL?OPTIONS`)
}

function useOf({ declaration, options }: SinkConfig): TemplateUse | undefined {
  return declaration.template?.(options as never)
}

function sinkOf(
  argument: string,
  env: Environment,
): { readonly sink: SinkConfig | undefined; readonly problems: readonly Problem[] } {
  // The source stands for none: a configuration has one.
  const parsed = parseCommandLine(['--source=kubernetes:', `--sink=${argument}`], env, sinkRegistry)
  const problems = 'problems' in parsed ? parsed.problems : []
  return {
    sink: parsed.kind === 'run' ? parsed.config.sinks[0] : undefined,
    problems: problems.filter(({ severity }) => severity === 'error'),
  }
}
