/** Asks a cluster for its nodes, as the original does unless it is told not to. */
import type { Clock } from '../../domain/clock.ts'
import type { SinkContext } from '../../sink-kit/sink.ts'
import { recordIn, recordOf } from './json.ts'
import type { Nodes } from './nodes.ts'

/** How often the nodes are asked for again; the original's client does it as often. */
const sniffAgainAfterMs = 900_000

export class Sniffer {
  readonly #nodes: Pick<Nodes, 'request' | 'tell'>
  readonly #scheme: string
  readonly #clock: Clock
  readonly #log: SinkContext['log']
  #nextMs = Number.NEGATIVE_INFINITY

  /** `scheme`: the cluster tells addresses without one. */
  constructor(nodes: Pick<Nodes, 'request' | 'tell'>, scheme: string, clock: Clock, log: SinkContext['log']) {
    this.#nodes = nodes
    this.#scheme = scheme
    this.#clock = clock
    this.#log = log
  }

  /** Asks where it is time to. What goes wrong leaves everything as it is: the given nodes are there. */
  async sniff(signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs < this.#nextMs) return
    this.#nextMs = nowMs + sniffAgainAfterMs
    const request = {
      method: 'GET',
      path: '/_nodes/http',
      headers: [['Accept', 'application/json']],
    } as const
    const reply = await this.#nodes.request(request, signal)
    if (reply.kind !== 'answer' || reply.status !== 200) return
    const urls = addressesIn(reply.body).map((address) => `${this.#scheme}://${address}`)
    try {
      await this.#nodes.tell(urls)
    } catch {
      this.#log.debug('the addresses that the cluster tells of its nodes cannot be used')
    }
  }
}

/** `host:port` of each node with HTTP. A node with a name tells `name/address:port`: then the name is asked for. */
export function addressesIn(body: string): readonly string[] {
  return Object.values(recordOf(recordIn(body)['nodes'])).flatMap((node) => {
    const address = recordOf(recordOf(node)['http'])['publish_address']
    if (typeof address !== 'string') return []
    const [name = '', plain] = address.split('/')
    if (plain === undefined) return [address]
    const port = /:\d+$/.exec(plain)?.[0] ?? ''
    return name === '' ? [plain] : [`${name}${port}`]
  })
}
