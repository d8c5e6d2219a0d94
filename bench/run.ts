/**
 * The benchmarks: the work of BENCHMARKS.md as one command with a table as its result.
 * `npm run bench` runs all; `npm run bench -- flood steady` some; `--quick` smaller amounts, for a first look.
 * Run nothing beside it. Figures depend on the machine: compare within one run, with the floor.
 */
import { Program } from './program.ts'
import {
  buildRelease,
  here,
  printRows,
  quick,
  releaseWith,
  round,
  sleep,
  untilReceived,
  untilWatching,
  withSetting,
  type FakeCluster,
  type Row,
} from './setting.ts'

const recording = here('../src/demo/recordings/incident.ndjson.gz')
const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))

function startProgram(cluster: FakeCluster, dir: string): Program {
  return new Program(releaseWith(cluster, dir, `--sink=webhook:${cluster.hook}?method=POST&level=Warning`))
}

async function flood(): Promise<Row[]> {
  const count = quick ? 20_000 : 50_000
  const floor = await withSetting(async (cluster) => {
    const program = new Program([process.execPath, here('floor.ts'), cluster.api, cluster.hook])
    await untilWatching(cluster)
    await cluster.ask({ kind: 'feed', count, perSecond: 'max' })
    const report = await untilReceived(cluster, count)
    const result = { rate: (count / report.tookMs) * 1_000, cpuMs: program.cpuMs() / count }
    await program.stop('SIGKILL')
    return result
  })
  return withSetting(async (cluster, dir) => {
    const program = startProgram(cluster, dir)
    await untilWatching(cluster)
    await sleep(1_000)
    const cpuBefore = program.cpuMs()
    await cluster.ask({ kind: 'feed', count, perSecond: 'max' })
    const report = await untilReceived(cluster, count)
    const rate = (report.received / report.tookMs) * 1_000
    const cpu = (program.cpuMs() - cpuBefore) / count
    const peak = program.peakMiB()
    await program.stop()
    const share = `${round(rate / floor.rate, 2)} of the floor (${Math.round(floor.rate)}/s, ${round(floor.cpuMs, 3)} ms CPU)`
    return [
      {
        work: `flood of ${count}, one POST an event: delivered`,
        result: `${report.received}, again ${report.repeated}`,
        must: 'all, once',
        met: report.received === count && report.repeated === 0,
      },
      {
        work: 'flood: rate',
        result: `${Math.round(rate)}/s; ${share}`,
        must: '≥ 10,000/s',
        met: rate >= 10_000,
      },
      { work: 'flood: peak memory', result: `${round(peak)} MiB`, must: '≤ 150 MiB', met: peak <= 150 },
      { work: 'flood: CPU an event', result: `${round(cpu, 3)} ms`, must: '≤ 0.09 ms', met: cpu <= 0.09 },
    ]
  })
}

/** A batch sink, live from the watch, into a stub that answers `_bulk` as Elasticsearch does. */
async function bulk(): Promise<Row[]> {
  const count = quick ? 50_000 : 200_000
  return withSetting(async (cluster, dir) => {
    // The linger that a user has would be most of what the last batch takes.
    const sink = `--sink=elasticsearch:${new URL(cluster.hook).origin}?sniff=false&ke.linger=20ms`
    const program = new Program(releaseWith(cluster, dir, sink))
    await untilWatching(cluster)
    await sleep(1_000)
    const cpuBefore = program.cpuMs()
    await cluster.ask({ kind: 'feed', count, perSecond: 'max' })
    const report = await untilReceived(cluster, count)
    const rate = (report.received / report.tookMs) * 1_000
    const cpu = (program.cpuMs() - cpuBefore) / count
    const peak = program.peakMiB()
    await program.stop()
    return [
      {
        work: `${count} events into _bulk of a stub: delivered`,
        result: `${report.received}, again ${report.repeated}`,
        must: 'all, once',
        met: report.received === count && report.repeated === 0,
      },
      { work: '_bulk: rate', result: `${Math.round(rate)}/s`, must: '≥ 25,000/s', met: rate >= 25_000 },
      { work: '_bulk: CPU an event', result: `${round(cpu, 3)} ms`, must: '', met: undefined },
      { work: '_bulk: peak memory', result: `${round(peak)} MiB`, must: '≤ 150 MiB', met: peak <= 150 },
    ]
  })
}

async function steady(): Promise<Row[]> {
  const seconds = quick ? 5 : 20
  const count = seconds * 1_000
  return withSetting(async (cluster, dir) => {
    const program = startProgram(cluster, dir)
    await untilWatching(cluster)
    await sleep(1_000)
    const warmUp = 2_000
    await cluster.ask({ kind: 'feed', count: warmUp, perSecond: 1_000 })
    await untilReceived(cluster, warmUp)
    const cpuBefore = program.cpuMs()
    await cluster.ask({ kind: 'feed', count, perSecond: 1_000 })
    const report = await untilReceived(cluster, warmUp + count)
    const cpu = (program.cpuMs() - cpuBefore) / count
    await program.stop()
    const { p50, p99, max } = report.latencyMs
    return [
      {
        work: '1,000 events/s: latency p50',
        result: `${round(p50, 2)} ms`,
        must: '≤ 1 ms',
        met: p50 <= 1,
      },
      {
        work: '1,000 events/s: latency p99',
        result: `${round(p99, 2)} ms (max ${round(max)})`,
        must: '≤ 10 ms',
        met: p99 <= 10,
      },
      {
        work: '1,000 events/s: CPU an event',
        result: `${round(cpu, 3)} ms`,
        must: '≤ 0.30 ms',
        met: cpu <= 0.3,
      },
    ]
  })
}

async function idle(): Promise<Row[]> {
  return withSetting(async (cluster, dir) => {
    const starts: number[] = []
    for (let at = 0; at < 5; at++) {
      await withSetting(async (own, ownDir) => {
        const program = startProgram(own, ownDir)
        const { firstWatchAtMs } = await untilWatching(own)
        starts.push(firstWatchAtMs - program.startedAtMs)
        await program.stop()
      })
    }
    const start = starts.toSorted((a, b) => a - b)[2] ?? 0
    const program = startProgram(cluster, dir)
    await untilWatching(cluster)
    await sleep(quick ? 3_000 : 15_000)
    const resident = program.residentMiB()
    await program.stop()
    return [
      {
        work: 'start to first watch request',
        result: `${round(start, 0)} ms`,
        must: '≤ 300 ms',
        met: start <= 300,
      },
      {
        work: 'idle: resident memory',
        result: `${round(resident)} MiB`,
        must: '≤ 80 MiB',
        met: resident <= 80,
      },
    ]
  })
}

async function full(): Promise<Row[]> {
  return withSetting(async (cluster, dir) => {
    await cluster.ask({ kind: 'store', count: 100_000 })
    const program = startProgram(cluster, dir)
    await untilWatching(cluster)
    await sleep(quick ? 2_000 : 10_000)
    const { report } = await cluster.ask({ kind: 'report' })
    const resident = program.residentMiB()
    await program.stop()
    return [
      {
        work: '100,000 events in the cluster: resident memory',
        result: `${round(resident)} MiB, sent again ${report?.received ?? 0}`,
        must: '≤ 95 MiB, none',
        met: resident <= 95 && report?.received === 0,
      },
    ]
  })
}

async function incident(): Promise<Row[]> {
  return withSetting(async (cluster, dir) => {
    const program = startProgram(cluster, dir)
    await untilWatching(cluster)
    await sleep(500)
    await cluster.ask({ kind: 'play', recording })
    const report = await untilReceived(cluster, 1_367, 5_000)
    await program.stop()
    return [
      {
        work: 'recorded incident at 1×, Warning: delivered',
        result: `${report.received}, again ${report.repeated}`,
        must: '1,367',
        met: report.received === 1_367,
      },
      {
        work: 'recorded incident at 1×: latency p99',
        result: `${round(report.latencyMs.p99, 2)} ms (p50 ${round(report.latencyMs.p50, 2)})`,
        must: '≤ 10 ms',
        met: report.latencyMs.p99 <= 10,
      },
    ]
  })
}

async function kills(): Promise<Row[]> {
  const count = 6_000
  return withSetting(async (cluster, dir) => {
    let program = startProgram(cluster, dir)
    await untilWatching(cluster)
    await sleep(300)
    const fed = cluster.ask({ kind: 'feed', count, perSecond: 500 })
    for (let kill = 0; kill < 12; kill++) {
      await sleep(700 + Math.random() * 300)
      await program.stop('SIGKILL')
      program = startProgram(cluster, dir)
    }
    await fed
    const report = await untilReceived(cluster, count, 30_000)
    await program.stop()
    return [
      {
        work: 'killed 12 times while 6,000 come in',
        result: `lost ${count - report.received}, doubled ${report.repeated}`,
        // What was in flight or not yet committed: 16 sends, and what came within 10 ms, a kill.
        must: 'lost 0, doubled ≤ 12 × (16 + 5)',
        met: report.received === count && report.repeated <= 12 * 21,
      },
    ]
  })
}

async function cut(): Promise<Row[]> {
  return withSetting(async (cluster, dir) => {
    const program = startProgram(cluster, dir)
    await untilWatching(cluster)
    await sleep(300)
    const fed = cluster.ask({ kind: 'feed', count: 700, perSecond: 100 })
    await fed.then(() => cluster.ask({ kind: 'cut', forMs: 4_000 }))
    await cluster.ask({ kind: 'feed', count: 700, perSecond: 100 })
    const report = await untilReceived(cluster, 1_400, 40_000)
    await program.stop()
    return [
      {
        work: 'API connection cut for 4 s',
        result: `lost ${1_400 - report.received}, doubled ${report.repeated}`,
        must: 'none lost',
        met: report.received === 1_400,
      },
    ]
  })
}

/** The endpoint is away while a flood comes in, and comes back: what is told then is read from disk. */
async function outage(): Promise<Row[]> {
  const count = quick ? 20_000 : 50_000
  return withSetting(async (cluster, dir) => {
    const program = startProgram(cluster, dir)
    await untilWatching(cluster)
    await cluster.ask({ kind: 'away', away: true })
    await cluster.ask({ kind: 'feed', count, perSecond: 5_000 })
    await sleep(2_000)
    await cluster.ask({ kind: 'away', away: false })
    const report = await untilReceived(cluster, count)
    const peak = program.peakMiB()
    await program.stop()
    return [
      {
        work: `${count} events while the endpoint is away: delivered`,
        result: `${report.received}, again ${report.repeated}, all within ${round(report.sinceBackMs / 1_000)} s of its return`,
        must: 'all, once',
        met: report.received === count && report.repeated === 0,
      },
      {
        work: 'the same: peak memory',
        result: `${round(peak)} MiB`,
        must: '≤ 250 MiB (pod limit)',
        met: peak <= 250,
      },
    ]
  })
}

const works: Readonly<Record<string, () => Promise<Row[]>>> = {
  flood,
  bulk,
  steady,
  idle,
  full,
  incident,
  kills,
  cut,
  outage,
}

const unknown = chosen.filter((name) => !(name in works))
if (unknown.length > 0) {
  process.stderr.write(`no benchmark ${unknown.join(', ')}; there are: ${Object.keys(works).join(', ')}\n`)
  process.exit(2)
}
buildRelease()
const rows: Row[] = []
for (const [name, work] of Object.entries(works)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  process.stderr.write(`${name} …\n`)
  rows.push(...(await work()))
}
printRows(rows)
process.exit(rows.every(({ met }) => met !== false) ? 0 : 1)
