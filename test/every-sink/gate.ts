/** A gate before a destination: open, gone (connections are refused), or one that takes connections and hangs. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

export interface Gate {
  /** `127.0.0.1:port`, the same whatever becomes of it. */
  readonly host: string
  /** Where what comes in goes, `127.0.0.1:port`. */
  leadTo(host: string): void
  /** Connections are refused. Those that stand are closed once the destination has answered what it has got. */
  vanish(): Promise<void>
  /** Connections are taken, and those that stand stay open, but nothing that comes is let through from now on. */
  hang(): Promise<void>
  /** Whether something waits for an answer that a gate that hangs keeps back. */
  keepsWaiting(): boolean
  /** All is as before. What was kept back never arrives: its connections are cut. */
  open(): Promise<void>
  close(): Promise<void>
}

/** Two ends of a connection. */
interface Passage {
  readonly client: Socket
  /** Absent: it came while the gate hung. */
  readonly destination?: Socket
}

/** Listens on a free port of the loopback address, open. */
export async function startGate(): Promise<Gate> {
  const passages = new Set<Passage>()
  let target = ''
  let hangs = false
  let keptBytes = 0

  const letThrough = (client: Socket): void => {
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(target) ?? []
    const destination = connect(Number(port), host)
    const passage: Passage = { client, destination }
    passages.add(passage)
    destination.setNoDelay(true).on('error', () => client.destroy())
    client.on('data', (bytes: Buffer) => {
      if (hangs) keptBytes += bytes.length
      else if (destination.writable) destination.write(bytes)
    })
    destination.on('data', (bytes: Buffer) => void client.write(bytes))
    client.on('close', () => {
      passages.delete(passage)
      destination.destroy()
    })
    destination.on('close', () => {
      if (!hangs) client.destroy()
    })
  }
  const keepBack = (client: Socket): void => {
    const passage: Passage = { client }
    passages.add(passage)
    client.on('data', (bytes: Buffer) => (keptBytes += bytes.length))
    client.on('close', () => passages.delete(passage))
  }
  const server = createServer((client) => {
    client.setNoDelay(true).on('error', () => {})
    if (hangs) keepBack(client)
    else letThrough(client)
  })
  await listen(server, 0)
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0

  /**
   * Ends the destination's side as a client does that has said all: what has come whole is answered, and of the rest
   * nothing is taken. So whatever is stored twice was sent without need.
   */
  const drain = async (): Promise<void> => {
    await Promise.all(
      [...passages].map(async ({ destination }) => {
        if (!destination || destination.closed) return
        const closed = once(destination, 'close')
        destination.end()
        await closed
      }),
    )
  }
  const cut = (): void => {
    for (const { client } of passages) client.destroy()
  }
  const stop = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    await drain()
    cut()
    await closed
  }
  return {
    host: `127.0.0.1:${port}`,
    leadTo: (host) => {
      target = host
    },
    vanish: stop,
    hang: async () => {
      keptBytes = 0
      hangs = true
      await drain()
    },
    keepsWaiting: () => keptBytes > 0,
    open: async () => {
      if (hangs) cut()
      hangs = false
      if (!server.listening) await listen(server, port)
    },
    close: async () => {
      hangs = false
      await stop()
    },
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}
