/**
 * The floor: what parsing a watch and one POST an event cost with nothing between them. No journal, no filter,
 * no order, no retry. Run by `run.ts` beside the program, for the ratio.
 */
import { Pool, request } from 'undici'

const [api = '', endpoint = ''] = process.argv.slice(2)
const concurrency = 16
const url = new URL(endpoint)
const pool = new Pool(url.origin, { connections: concurrency, pipelining: 1 })
const path = `${url.pathname}${url.search}`
const waiting: string[] = []
let inFlight = 0

function send(): void {
  while (inFlight < concurrency && waiting.length > 0) {
    inFlight++
    pool.request({ method: 'POST', path, body: waiting.shift() ?? '' }).then(
      async ({ body }) => {
        await body.dump()
        inFlight--
        send()
      },
      () => inFlight--,
    )
  }
}

const { body } = await request(`${api}/api/v1/events?watch=1&resourceVersion=1000`, { bodyTimeout: 0 })
let rest: Buffer = Buffer.alloc(0)
for await (const chunk of body) {
  const buffer = Buffer.concat([rest, chunk])
  let start = 0
  for (let end = buffer.indexOf(10); end >= 0; end = buffer.indexOf(10, start)) {
    const { object } = JSON.parse(buffer.toString('utf8', start, end))
    waiting.push(
      JSON.stringify({ EventType: object.type, EventReason: object.reason, EventMessage: object.message }),
    )
    start = end + 1
  }
  rest = buffer.subarray(start)
  send()
}
