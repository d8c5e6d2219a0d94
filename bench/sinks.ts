/**
 * The sinks of data, each into its real server, beside the client library alone writing the same payloads to the same
 * server: `npm run bench:sinks`; `npm run bench:sinks -- kafka mysql` some; `--quick` smaller amounts.
 *
 * Program and floor take turns. The program sends events that have gathered in its journal, which it reads, parses,
 * filters, orders and settles besides; the floor sends payloads that were made before. Whichever it is has the last of
 * the machine's cores for itself, and the server the others, as if it were another machine: else what the program
 * does besides would be taken from the server. Rates are those of the last nine tenths of the events.
 */
import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { FloorResult } from './sinks/floor.ts'
import { clientCore, pin, serverCores } from './sinks/cores.ts'
import { drain, gather, type Drain } from './sinks/measure.ts'
import type { BenchedServer, StartedServer } from './sinks/server.ts'
import { benchedServers } from './sinks/servers.ts'
import {
  buildRelease,
  here,
  printRows,
  quick,
  round,
  startFakeCluster,
  type FakeCluster,
  type Row,
} from './setting.ts'

const count = quick ? 20_000 : 100_000
const rounds = quick ? 1 : 2
/** A sink may be slower than the client library alone by as much. */
const leastShare = 0.8
/** What a pod may have. */
const mostMiB = 250
/** What may come on top from the second to the last quarter of the events. */
const mostGrowthMiB = 10

const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const unknown = chosen.filter((name) => benchedServers.every((server) => server.name !== name))
if (unknown.length > 0) {
  const names = benchedServers.map(({ name }) => name).join(', ')
  process.stderr.write(`no server ${unknown.join(', ')}; there are: ${names}\n`)
  process.exit(2)
}

// All that anything here leaves behind lies in one folder, gone with this process, however it ends. Servers that run
// as users of their own write there too.
const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-bench-'))
chmodSync(folder, 0o1777)
process.env['TMPDIR'] = folder
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))

// What is started from here on inherits it: the servers, and what feeds the journal.
pin(process.pid, serverCores)

const say = (line: string): void => void process.stderr.write(`${line}\n`)
const rows: Row[] = []
const journal = join(folder, 'journal')
mkdirSync(journal)
buildRelease()
const cluster = await startFakeCluster()
say(`gathering ${count} events …`)
await gather(cluster, journal, count)
for (const server of benchedServers) {
  if (chosen.length > 0 && !chosen.includes(server.name)) continue
  await server.install(say)
  say(`${server.name} …`)
  const measured = await measure(server, cluster)
  for (const { work, result } of measured) say(`  ${work}: ${result}`)
  rows.push(...measured)
}
cluster.close()
printRows(rows)
process.exit(rows.every(({ met }) => met !== false) ? 0 : 1)

async function measure(server: BenchedServer, from: FakeCluster): Promise<Row[]> {
  const started = await server.start()
  try {
    // A server is slow at first.
    await runFloor(server, started, 'warm', count / 5)
    const floors: FloorResult[] = []
    const drains: Drain[] = []
    let stored = 0
    for (let turn = 0; turn < rounds; turn++) {
      // Servers get faster: whoever comes first in one round comes last in the next.
      if (turn % 2 === 0) floors.push(await runFloor(server, started, `floor${turn}`))
      const place = `program${turn}`
      const dir = join(folder, place)
      cpSync(journal, dir, { recursive: true })
      await started.makePlace(place)
      drains.push(await drain(from, dir, started.sinkFor(place), count))
      stored += await started.countOf(place)
      rmSync(dir, { recursive: true })
      if (turn % 2 === 1) floors.push(await runFloor(server, started, `floor${turn}`))
    }
    return rowsOf(server.title, floors, drains, stored)
  } finally {
    await started.close()
  }
}

async function runFloor(
  server: BenchedServer,
  started: StartedServer,
  place: string,
  events = count,
): Promise<FloorResult> {
  await started.makePlace(place)
  const args = [here('sinks/floor.ts'), server.name, started.address, place, String(events)]
  const { stdout } = await promisify(execFile)('taskset', ['-c', clientCore, process.execPath, ...args])
  const result: FloorResult = JSON.parse(stdout)
  const stored = await started.countOf(place)
  if (stored !== events) throw new Error(`the floor of ${server.name} has stored ${stored} of ${events}`)
  return result
}

function rowsOf(
  title: string,
  floors: readonly FloorResult[],
  drains: readonly Drain[],
  stored: number,
): Row[] {
  const floorRate = mean(floors.map(({ perSecond }) => perSecond))
  const rate = mean(drains.map(({ perSecond }) => perSecond))
  const floorCpuMs = mean(floors.map(({ cpuMs }) => cpuMs))
  const cpuMs = mean(drains.map((one) => one.cpuMs))
  const peakMiB = Math.max(...drains.map((one) => one.peakMiB))
  const growthMiB = Math.max(...drains.map((one) => one.growthMiB))
  const share = rate / floorRate
  const all = count * rounds
  return [
    {
      work: `${title}: ${count} events from the journal, ${rounds} times: stored`,
      result: String(stored),
      must: String(all),
      met: stored === all,
    },
    {
      work: `${title}: rate`,
      result: `${Math.round(rate)}/s, ${round(share, 2)} of the client library alone (${Math.round(floorRate)}/s)`,
      must: `≥ ${leastShare} of it`,
      met: share >= leastShare,
    },
    {
      work: `${title}: CPU an event`,
      result: `${round(cpuMs, 3)} ms (the client library alone ${round(floorCpuMs, 3)} ms)`,
      must: '',
      met: undefined,
    },
    {
      work: `${title}: peak memory`,
      result: `${round(peakMiB)} MiB, ${round(growthMiB)} MiB on top in the last quarter`,
      must: `≤ ${mostMiB} MiB, ≤ ${mostGrowthMiB} MiB on top`,
      met: peakMiB <= mostMiB && growthMiB <= mostGrowthMiB,
    },
  ]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
