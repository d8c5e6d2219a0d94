/** For tests: an authority and certificates, made by openssl when they are needed. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificates {
  readonly directory: string
  /** Paths of PEM files. */
  readonly files: {
    readonly ca: string
    readonly cert: string
    readonly key: string
    readonly clientCert: string
    readonly clientKey: string
    readonly empty: string
  }
  /** PEM texts for a server that is 127.0.0.1 and `receiver.example.test`. */
  readonly server: { readonly cert: string; readonly key: string }
  readonly ca: string
  remove(): void
}

/** `names`: hosts that the server is as well. */
export function makeCertificates(names: readonly string[] = []): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'sink-kit-certificates-'))
  const path = (name: string): string => join(directory, name)
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' })
  }
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=test ca',
  )
  const sign = (name: string, subject: string, extensions: string): void => {
    writeFileSync(path(`${name}.ext`), extensions)
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject)
    const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2']
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...signing,
      '-out',
      `${name}.pem`,
      '-extfile',
      `${name}.ext`,
    )
  }
  const hosts = ['receiver.example.test', ...names].map((name) => `,DNS:${name}`).join('')
  sign('server', '/CN=server', `subjectAltName=IP:127.0.0.1${hosts}\n`)
  sign('client', '/CN=client', 'extendedKeyUsage=clientAuth\n')
  writeFileSync(path('empty.pem'), '')
  const read = (name: string): string => readFileSync(path(name), 'utf8')
  return {
    directory,
    files: {
      ca: path('ca.pem'),
      cert: path('server.pem'),
      key: path('server.key'),
      clientCert: path('client.pem'),
      clientKey: path('client.key'),
      empty: path('empty.pem'),
    },
    server: { cert: read('server.pem'), key: read('server.key') },
    ca: read('ca.pem'),
    remove: () => rmSync(directory, { recursive: true }),
  }
}
