/** For tests: a strict forward proxy on loopback, for absolute URLs and CONNECT. */
import { createServer, request as forward } from 'node:http'
import type { Duplex } from 'node:stream'
import { connect } from 'node:net'

export interface ForwardProxy {
  readonly host: string
  /** `CONNECT host:port` or `POST http://host/path`, in order. */
  readonly asked: readonly string[]
  /** `Proxy-Authorization` of each. */
  readonly credentials: readonly (string | undefined)[]
  close(): Promise<void>
}

/** `resolve` tells where a host and port really are. `refuse`: answers CONNECT with this status. */
export async function startProxy(
  resolve: (authority: string) => string,
  refuse?: number,
): Promise<ForwardProxy> {
  const asked: string[] = []
  const credentials: (string | undefined)[] = []
  const streams = new Set<Duplex>()
  const server = createServer((message, response) => {
    const target = message.url ?? ''
    asked.push(`${message.method ?? ''} ${target}`)
    credentials.push(message.headers['proxy-authorization'])
    if (!target.startsWith('http://')) return void response.writeHead(400).end('not an absolute URL')
    // Names that no URL may have, but that a proxy might resolve, come here too.
    const [, authority = '', path = ''] = /^http:\/\/([^/]*)(.*)$/.exec(target) ?? []
    const [hostname = '', port = ''] = resolve(authority).split(':')
    const { 'proxy-authorization': _secret, ...headers } = message.headers
    const onward = forward({
      hostname,
      port,
      method: message.method,
      path,
      headers: { ...headers, connection: 'close' },
    })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    message.pipe(onward)
  })
  server.on('connect', (message, client: Duplex) => {
    asked.push(`CONNECT ${message.url ?? ''}`)
    credentials.push(message.headers['proxy-authorization'])
    streams.add(client)
    client.on('error', () => undefined)
    if (refuse !== undefined) return void client.end(`HTTP/1.1 ${refuse} No\r\n\r\n`)
    const [hostname = '', port = ''] = resolve(message.url ?? '').split(':')
    const onward = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      client.pipe(onward).pipe(client)
    })
    streams.add(onward)
    onward.on('error', () => client.destroy())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const bound = server.address()
  return {
    host: `127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`,
    asked,
    credentials,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
        for (const stream of streams) stream.destroy()
      }),
  }
}
