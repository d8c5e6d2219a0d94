/** Measures the program while it sends what has gathered in its journal: rate, CPU, memory. */
import { sumOf } from '../../test/harness/program.ts'
import { freePorts } from '../../test/servers/processes.ts'
import { Program } from '../program.ts'
import { clientCore } from './cores.ts'
import { releaseWith, sleep, type FakeCluster } from '../setting.ts'

/** The sink's name: its place in the journal, where all is still to be sent. */
export const sinkName = 'bench'
/** What of all events is sent before it is measured, by the floor as well. */
export const warmUpShare = 0.1
const pollMs = 50
const deadlineMs = 300_000

export interface Drain {
  readonly perSecond: number
  /** CPU of the process an event, all threads. */
  readonly cpuMs: number
  readonly peakMiB: number
  /** What was resident in the last quarter of the events more than in the second, each on average. */
  readonly growthMiB: number
}

/** Feeds `count` events into a journal in `dir` while their destination is away. */
export async function gather(cluster: FakeCluster, dir: string, count: number): Promise<void> {
  const [nobody = 0, port = 0] = await freePorts(2)
  // The place belongs to the name, whatever sink has it.
  const sink = `--sink=webhook:http://127.0.0.1:${nobody}/?method=POST&level=Normal&ke.name=${sinkName}`
  const program = new Program([
    'taskset',
    '-c',
    clientCore,
    ...releaseWith(cluster, dir, sink),
    `--healthz-port=${port}`,
  ])
  try {
    await untilMetric(program, port, 'kube_eventer_sink_lag_events', (lag) => lag === 0)
    await cluster.ask({ kind: 'feed', count, perSecond: 'max' })
    await untilMetric(program, port, 'kube_eventer_sink_lag_events', (lag) => lag >= count)
    await program.stop()
  } finally {
    await program.stop('SIGKILL')
  }
}

/** Starts the program on a journal of `gather` with `sink`, and measures until all `count` events are delivered. */
export async function drain(cluster: FakeCluster, dir: string, sink: string, count: number): Promise<Drain> {
  const [port = 0] = await freePorts(1)
  const named = `--sink=${sink}&ke.name=${sinkName}`
  const program = new Program([
    'taskset',
    '-c',
    clientCore,
    ...releaseWith(cluster, dir, named),
    `--healthz-port=${port}`,
  ])
  const samples: Sample[] = []
  const delivered = (least: number): Promise<number> =>
    untilMetric(
      program,
      port,
      'kube_eventer_sink_delivered_total',
      (value) => value >= least,
      (value) => samples.push({ share: value / count, residentMiB: program.residentMiB() }),
    )
  try {
    const before = await delivered(count * warmUpShare)
    const startMs = performance.now()
    const startCpuMs = program.cpuMs()
    await delivered(count)
    const tookMs = performance.now() - startMs
    const cpuMs = program.cpuMs() - startCpuMs
    const peakMiB = program.peakMiB()
    await program.stop()
    const sent = count - before
    return { perSecond: (sent / tookMs) * 1_000, cpuMs: cpuMs / sent, peakMiB, growthMiB: growthOf(samples) }
  } finally {
    await program.stop('SIGKILL')
  }
}

interface Sample {
  /** Of the events that were delivered by then. */
  readonly share: number
  readonly residentMiB: number
}

function growthOf(samples: readonly Sample[]): number {
  const meanOf = (from: number, to: number): number => {
    const within = samples.filter(({ share }) => share >= from && share < to)
    return within.reduce((sum, { residentMiB }) => sum + residentMiB, 0) / within.length
  }
  return meanOf(0.75, 1) - meanOf(0.25, 0.5)
}

async function untilMetric(
  program: Program,
  port: number,
  name: string,
  isEnough: (value: number) => boolean,
  seen: (value: number) => unknown = () => {},
): Promise<number> {
  const endMs = performance.now() + deadlineMs
  for (;;) {
    const value = await metricOf(port, name)
    if (value !== undefined) {
      seen(value)
      if (isEnough(value)) return value
    }
    if (!program.running || performance.now() > endMs)
      throw new Error(`${name} is ${value}, and does not go on; the program's log: ${program.log}`)
    await sleep(pollMs)
  }
}

/** Undefined before it listens. */
async function metricOf(port: number, name: string): Promise<number | undefined> {
  try {
    return sumOf(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), name)
  } catch {
    return undefined
  }
}
