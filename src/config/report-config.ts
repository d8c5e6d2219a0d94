/** Reports that are told at set times: what both front ends make of what was written, and whom each is told. */
import type { SinkDeclaration } from '../sink-kit/sink.ts'
import type { Problem, ReportConfig, SinkConfig } from './config.ts'
import { errorAt, quotePlain } from './problems.ts'
import { didYouMean } from './suggestion.ts'

/** A report as a file has it: whom it is told stands there by name. */
export interface NamedReport extends Omit<ReportConfig, 'to'> {
  readonly to: readonly { readonly name: string; readonly where: string }[]
}

type Described = Omit<ReportConfig, 'name' | 'at' | 'to' | 'origin'>

/** What a report is unless it is told otherwise. */
export const reportDefaults: Described = {
  periodMs: 86_400_000,
  where: 'level=Warning',
  filter: { level: 'Warning' },
  by: 'owner',
  top: 20,
  title: 'Kubernetes Event Daily statistical',
}

/** Those of the file, then those that sinks of the command line ask for, which are one where name and time are. */
export function readReports(
  named: readonly NamedReport[],
  sinks: readonly SinkConfig[],
  registry: ReadonlyMap<string, SinkDeclaration>,
  problems: Problem[],
): readonly ReportConfig[] {
  const ofFile = named.map(({ to, ...report }) => {
    const places = new Set<number>()
    for (const { name, where } of to) {
      const at = sinks.findIndex(({ givenName }) => givenName === name)
      const sink = sinks[at]
      if (!sink) problems.push(noSuchSink(where, name, sinks))
      else if (!tellsReports(sink)) problems.push(tellsNone(where, name, sink, registry))
      else if (sink.report?.name === report.name) problems.push(toldTwice(where, sink))
      else places.add(at)
    }
    return { ...report, to: [...places] }
  })
  const ofFlags = new Map<string, ReportConfig>()
  for (const [at, { report, origin }] of sinks.entries()) {
    if (!report) continue
    const key = `${report.name}@${report.at}`
    const earlier = ofFlags.get(key)
    ofFlags.set(key, {
      ...reportDefaults,
      ...report,
      to: [...(earlier?.to ?? []), at],
      origin: earlier?.origin ?? origin,
    })
  }
  return [...ofFile, ...ofFlags.values()]
}

/** Whether a sink can tell a report. */
export function tellsReports({ declaration, options }: Pick<SinkConfig, 'declaration' | 'options'>): boolean {
  // The edge: the declaration's own schema has made these options.
  return declaration.tellsReports?.(options as never) ?? false
}

/** Types of sinks of which some can tell a report: `dingtalk, log, webhook`. */
export function reportingTypes(registry: ReadonlyMap<string, SinkDeclaration>): string {
  return [...registry.values()]
    .filter((declaration) => declaration.tellsReports)
    .map(({ name }) => name)
    .toSorted()
    .join(', ')
}

function tellsNone(
  where: string,
  name: string,
  { declaration }: SinkConfig,
  registry: ReadonlyMap<string, SinkDeclaration>,
): Problem {
  const what = `the sink ${quotePlain(name)}, of type ${declaration.name}, cannot tell a report`
  return errorAt(where, what, `name one of a type that can: ${reportingTypes(registry)}`)
}

function toldTwice(where: string, { origin, report }: SinkConfig): Problem {
  const what = `the sink has a report of this name by its ke.report (${origin})`
  return errorAt(where, what, `give one of them another name: ke.report=other@${report?.at ?? '20:00'}`)
}

function noSuchSink(where: string, name: string, sinks: readonly SinkConfig[]): Problem {
  const known = sinks.flatMap(({ givenName }) => givenName ?? [])
  const remedy =
    didYouMean(name, known) ?? (known.length > 0 ? `there are ${known.join(', ')}` : 'give a sink this name')
  return errorAt(where, `there is no sink ${quotePlain(name)}`, remedy)
}
