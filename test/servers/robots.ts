/** Group robots that published manifests send to, at their own names: https and http on the ports that URLs mean. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { once } from 'node:events'
import { join } from 'node:path'
import type { RequestListener } from 'node:http'

export interface Told {
  /** `https://robot.example.test/robot/send?access_token=0123abcd` */
  readonly url: string
  readonly body: string
}

export interface Robots {
  /** Lines for /etc/hosts. */
  readonly hosts: string
  /** A bundle that trusts these robots alone. */
  readonly certificates: string
  /** In the order in which they came. */
  readonly told: readonly Told[]
  close(): Promise<void>
}

// An address of this machine that nothing else listens on, so that the well-known ports are free there.
const address = '127.77.0.1'
const names = ['robot.example.test', 'group.example.test']

/** Starts them; root may. Keys and certificate are made in `folder`. */
export async function startRobots(folder: string): Promise<Robots> {
  const key = join(folder, 'robots.key')
  const certificate = join(folder, 'robots.crt')
  const subject = names.map((name) => `DNS:${name}`).join(',')
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
      .concat(['-keyout', key, '-out', certificate, '-subj', '/CN=robots.example.test'])
      .concat(['-addext', `subjectAltName=${subject}`]),
    { stdio: 'ignore' },
  )
  const told: Told[] = []
  const listen =
    (scheme: string): RequestListener =>
    (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        told.push({
          url: `${scheme}://${request.headers.host}${request.url}`,
          body: Buffer.concat(chunks).toString(),
        })
        response.setHeader('content-type', 'application/json').end('{"errcode":0,"errmsg":"ok"}')
      })
    }
  const tls = { key: readFileSync(key), cert: readFileSync(certificate) }
  const servers = [
    createHttpsServer(tls, listen('https')).listen(443, address),
    createHttpServer(listen('http')).listen(80, address),
  ]
  for (const server of servers) if (!server.listening) await once(server, 'listening')
  return {
    hosts: `127.0.0.1 localhost\n${address} ${names.join(' ')}\n`,
    certificates: certificate,
    told,
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
      }
    },
  }
}
