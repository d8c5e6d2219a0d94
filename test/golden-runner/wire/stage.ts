/** All that a run needs around the program: API server, recorder, folders, and the local values of placeholders. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApiServer } from '../../../src/demo/api-server.ts'
import type { ApiServer } from '../../../src/demo/api-server.ts'
import { makeCertificates } from '../../../src/sink-kit/testing/certificates.ts'
import type { Certificates } from '../../../src/sink-kit/testing/certificates.ts'
import type { WireExpectation } from './expectation.ts'
import { freePort, startRecorder } from './recorder.ts'
import type { Recorder } from './recorder.ts'
import type { Recording } from './recording.ts'
import type { ListenerName } from './sinks.ts'
import { mongoListener } from './mongo.ts'
import { riemannListener } from './riemann.ts'
import { databaseOf } from './mysql.ts'
import { logKeysOf } from './sls.ts'
import { eventSecretOf } from './eventbridge.ts'
import { seriesDatabaseOf, writesPoints } from './influxdb.ts'

export interface Stage {
  readonly api: ApiServer
  readonly recorder: Recorder
  /** Of the program's pages. */
  readonly port: number
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Made once for all runs, when the first one needs it. */
let sharedCertificates: Certificates | undefined

function certificates(): Certificates {
  if (sharedCertificates === undefined) {
    const made = makeCertificates()
    sharedCertificates = made
    process.on('exit', () => made.remove())
  }
  return sharedCertificates
}

export async function layStage(recording: Recording, run: WireExpectation): Promise<Stage> {
  const listeners = (['recorder', 'recorder2'] as const).flatMap((name) => {
    const sink = run.sinks.find(({ target }) => target?.listener === name)
    return sink?.target ? [{ name, scheme: sink.target.scheme }] : []
  })
  const hasBroker = recording.argv.some((argument) => argument.includes('<broker>'))
  const database = databaseOf(recording, run.sinks)
  const documents = mongoListener(recording.argv)
  const riemann = riemannListener(recording.argv)
  const eventSecret = eventSecretOf(run.sinks)
  const seriesDatabase = seriesDatabaseOf(recording, run.sinks)
  const isSecure = listeners.some(({ scheme }) => scheme === 'https')
  const tls = isSecure ? certificates() : undefined
  const recorder = await startRecorder({
    listeners: [
      ...listeners,
      ...(hasBroker ? [{ name: 'broker', scheme: 'kafka' } as const] : []),
      ...(documents ? [{ name: documents, scheme: 'mongodb' } as const] : []),
      ...(riemann ? [{ name: riemann, scheme: 'riemann' } as const] : []),
      ...(database ? [{ name: 'database', scheme: 'mysql' } as const] : []),
      ...(seriesDatabase === undefined ? [] : [{ name: 'influxdb', scheme: 'influxdb' } as const]),
    ],
    ...(database && { database }),
    logKeys: logKeysOf(run.sinks),
    ...(seriesDatabase !== undefined && { seriesDatabase }),
    ...(eventSecret !== undefined && { eventSecret }),
    hasPoints: writesPoints(run.sinks),
    answers: run.answers,
    ...(tls ? { tls: tls.server } : {}),
    closed: run.recorderIsClosed,
  })
  const api = await startApiServer()
  for (const { namespace, name, data } of recording.configmaps) {
    api.putConfigMap({ metadata: { namespace, name }, ...(data ? { data } : {}) })
  }

  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-golden-'))
  const home = join(folder, 'home')
  mkdirSync(home)
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, kubeconfigText(api.url))
  const emptyFile = join(folder, 'empty')
  writeFileSync(emptyFile, '')
  const port = await freePort()
  const fill = (text: string): string =>
    text
      .replaceAll('<apiserver>', api.url)
      // Of a database it is the database's port.
      .replaceAll('tcp(127.0.0.1:<port>)', `tcp(${recorder.host('database')})`)
      .replaceAll('<kubeconfig>', kubeconfig)
      .replaceAll('<port>', String(port))
      .replaceAll('<dir>', folder)
      .replaceAll('<empty file>', emptyFile)
      .replaceAll('<ca>', () => certificates().files.ca)
      .replace(/<(recorder2?|broker|influxdb)>/g, (_whole, name: ListenerName) => recorder.host(name))

  const { PATH = '' } = process.env
  return {
    api,
    recorder,
    port,
    // Before the recording's own, so that of a flag given twice the recording's counts; but ports were local to it.
    argv: [
      '--healthz-ip=127.0.0.1',
      `--healthz-port=${port}`,
      `--data-dir=${join(folder, 'data')}`,
      ...recording.argv.map((argument) => fill(argument.replace(/^(--?healthz-port=)\d+$/, '$1<port>'))),
    ],
    env: {
      PATH,
      HOME: home,
      ...(tls ? { SSL_CERT_FILE: tls.files.ca } : {}),
      ...Object.fromEntries(Object.entries(recording.env).map(([name, value]) => [name, fill(value)])),
    },
    close: async () => {
      await recorder.close()
      await api.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function kubeconfigText(server: string): string {
  return `apiVersion: v1
kind: Config
current-context: golden
contexts: [{ name: golden, context: { cluster: golden, user: golden } }]
clusters: [{ name: golden, cluster: { server: '${server}' } }]
users: [{ name: golden, user: {} }]
`
}
