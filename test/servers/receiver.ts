/** An endpoint that a webhook posts to: keeps each body and answers 200. */
import { once } from 'node:events'
import { createServer } from 'node:http'

export interface Receiver {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** Bodies in the order of their arrival, of the requests to `path`. */
  bodies(path: string): readonly string[]
  close(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const bodiesByPath = new Map<string, string[]>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = (request.url ?? '').split('?')[0] ?? ''
      const bodies = bodiesByPath.get(path) ?? []
      bodiesByPath.set(path, bodies)
      bodies.push(Buffer.concat(chunks).toString())
      response.end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the receiver has no address')
  return {
    url: `http://127.0.0.1:${address.port}`,
    bodies: (path) => bodiesByPath.get(path) ?? [],
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
