/** A process of its own that stands in for SLS: `node sls-stand-in.ts PORT FILE`; messages of stored events go to FILE. */
import { appendFileSync } from 'node:fs'
import { startLogService } from '../../src/sinks/sls/testing/log-service.ts'
import { valuesOf } from '../../src/sinks/sls/testing/log-group-message.ts'
import type { Log } from '../../src/sinks/sls/testing/log-group-message.ts'
import { standInKey, standInPlace } from './sls-server.ts'

const [port = '', file = ''] = process.argv.slice(2)

await startLogService({
  ...standInPlace,
  keys: { [standInKey.id]: { secret: standInKey.secret } },
  port: Number(port),
  // Before the answer: what is answered for outlives the process.
  stored: (logs) => appendFileSync(file, logs.map((log) => `${JSON.stringify(messageOf(log))}\n`).join('')),
})
process.stdout.write('ready\n')

function messageOf(log: Log): unknown {
  const event: unknown = JSON.parse(valuesOf(log)['eventId'] ?? '{}')
  return typeof event === 'object' && event !== null && 'message' in event ? event.message : undefined
}
