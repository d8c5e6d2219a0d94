/** A forward proxy on loopback, strict about what it is asked; the test says where names lead and what is refused. */
import { createServer as createHttpServer, request as forward, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TlsOptions } from 'node:tls'

export interface ForwardProxySetting {
  /** The port on loopback behind each `host:port` or `host` that may be asked for. */
  readonly ports: Readonly<Record<string, number>>
  /** What `Proxy-Authorization` must read. */
  readonly credentials?: string
  /** The proxy itself speaks TLS. */
  readonly tls?: TlsOptions
  /** What it does with CONNECT instead of opening a tunnel. */
  readonly instead?: { readonly answer: string } | { readonly silence: true }
}

export interface ForwardProxy {
  /** `127.0.0.1:<port>`. */
  readonly host: string
  /** `CONNECT host:port`, `GET http://host/path`, in order. */
  readonly asked: readonly string[]
  /** All headers it could read. */
  readonly headers: readonly Readonly<Record<string, string | readonly string[] | undefined>>[]
  /** TCP connections of clients so far. */
  readonly connections: () => number
  /** Resolves when somebody has asked for a tunnel. */
  readonly connectAsked: Promise<void>
  /** Resolves when a client has ended the connection on which it asked for a tunnel. */
  readonly clientGone: Promise<void>
  /** Breaks all tunnels. */
  cut(): void
  close(): Promise<void>
}

export async function startForwardProxy(setting: ForwardProxySetting): Promise<ForwardProxy> {
  const { ports, credentials, tls, instead } = setting
  const asked: string[] = []
  const headers: ForwardProxy['headers'][number][] = []
  const streams = new Set<Duplex>()
  const connectAsked = Promise.withResolvers<void>()
  const clientGone = Promise.withResolvers<void>()
  let connections = 0
  const server: Server = tls === undefined ? createHttpServer() : createHttpsServer(tls)
  server.on('connection', () => (connections += 1))

  server.on('request', (message, response) => {
    const target = message.url ?? ''
    asked.push(`${message.method ?? ''} ${target}`)
    headers.push(message.headers)
    const { 'proxy-authorization': given, ...others } = message.headers
    if (given !== credentials) return void response.writeHead(407).end(`no entry with ${given ?? 'nothing'}`)
    const url = URL.canParse(target) ? new URL(target) : undefined
    const port = ports[url?.host ?? '']
    if (url?.protocol !== 'http:' || port === undefined)
      return void response.writeHead(400).end('no such way')
    const onward = forward({
      agent: false,
      hostname: '127.0.0.1',
      port,
      method: message.method,
      path: `${url.pathname}${url.search}`,
      headers: others,
    })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    message.pipe(onward)
  })

  server.on('connect', (message, client: Duplex) => {
    const target = message.url ?? ''
    asked.push(`CONNECT ${target}`)
    headers.push(message.headers)
    streams.add(client)
    client.on('error', () => {})
    client.on('close', clientGone.resolve)
    connectAsked.resolve()
    if (instead !== undefined) {
      if ('answer' in instead) client.end(instead.answer)
      else client.on('end', () => client.end()).resume()
      return
    }
    if (message.headers['proxy-authorization'] !== credentials) {
      return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    }
    const port = ports[target]
    if (port === undefined) return void client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const onward = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      client.pipe(onward).pipe(client)
    })
    streams.add(onward)
    onward.on('error', () => client.destroy())
    onward.on('close', () => client.destroy())
    client.on('close', () => onward.destroy())
  })

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const cut = (): void => {
    for (const stream of streams) stream.destroy()
    streams.clear()
  }
  return {
    host: `127.0.0.1:${address.port}`,
    asked,
    headers,
    connections: () => connections,
    connectAsked: connectAsked.promise,
    clientGone: clientGone.promise,
    cut,
    close: async () => {
      cut()
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
    },
  }
}
