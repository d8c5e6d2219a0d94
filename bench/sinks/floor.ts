/**
 * The floor of a sink in a process of its own: the client library alone writes payloads that were made before, as
 * large and as many at a time as the sink's. `node floor.ts SERVER ADDRESS PLACE COUNT` prints a `FloorResult`.
 */
import type { Occurrence } from '../../src/domain/occurrence.ts'
import { parseEvent } from '../../src/journal/late-reads.ts'
import { madeEvent } from '../made-events.ts'
import { warmUpShare } from './measure.ts'
import { benchedServers } from './servers.ts'

export interface FloorResult {
  readonly perSecond: number
  /** CPU of the process an event, all threads. */
  readonly cpuMs: number
}

const [name = '', address = '', place = '', countText = ''] = process.argv.slice(2)
const server = benchedServers.find((one) => one.name === name)
if (!server) throw new Error(`no server ${name}`)
const count = Number(countText)
const { batchCount, concurrency } = server.pace
const floor = await server.openFloor(address, place)

const writes: (() => Promise<void>)[] = []
for (let first = 0; first < count; first += batchCount) {
  const size = Math.min(batchCount, count - first)
  writes.push(floor.prepare(Array.from({ length: size }, (_, at) => occurrenceAt(first + at))))
}

// What comes first pays for connections and compilers, of the server as well: it is not counted, nor is it the sink's.
const warmUp = Math.ceil(writes.length * warmUpShare)
await writeAll(writes.slice(0, warmUp))
const startMs = performance.now()
const startCpu = process.cpuUsage()
await writeAll(writes.slice(warmUp))
const { user, system } = process.cpuUsage(startCpu)
const written = count - warmUp * batchCount
const result: FloorResult = {
  perSecond: (written / (performance.now() - startMs)) * 1_000,
  cpuMs: (user + system) / 1_000 / written,
}
await floor.close()
process.stdout.write(`${JSON.stringify(result)}\n`)

/** As many at a time as the sink has on their way. */
async function writeAll(all: readonly (() => Promise<void>)[]): Promise<void> {
  let next = 0
  const writer = async (): Promise<void> => {
    for (let write = all[next++]; write; write = all[next++]) await write()
  }
  await Promise.all(Array.from({ length: concurrency }, writer))
}

function occurrenceAt(sequence: number): Occurrence {
  const line = madeEvent(sequence, 1_000)
  const raw = line.subarray(line.indexOf('"object":') + '"object":'.length, -2)
  const event = parseEvent(raw)
  if (!event) throw new Error('a made event is none')
  return { event, raw, offset: sequence + 1, cluster: 'default', arrivedAtMs: Date.now() }
}
