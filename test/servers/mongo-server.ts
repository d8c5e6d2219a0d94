/** A stand-in for MongoDB on its protocol: mongo-java-server, with its data in a file. It knows no users and no rights. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { findOnPath, installDebianPackages } from './debian.ts'
import { findMavenSet, installMavenSet } from './maven.ts'
import type { MavenSet } from './maven.ts'
import { freePorts, startProcess, until } from './processes.ts'
import type { OwnedProcess } from './processes.ts'

const jars: MavenSet = {
  name: 'mongo-java-server-1.47.0',
  how: 'copy',
  dependencies: [
    { group: 'de.bwaldvogel', artifact: 'mongo-java-server', version: '1.47.0' },
    { group: 'de.bwaldvogel', artifact: 'mongo-java-server-h2-backend', version: '1.47.0' },
    { group: 'org.slf4j', artifact: 'slf4j-simple', version: '2.0.17' },
  ],
}

export async function installMongo(print: (line: string) => void): Promise<void> {
  // Its main class is compiled where it is started.
  if (findOnPath('javac') === undefined) installDebianPackages(['openjdk-17-jdk-headless'], print)
  await installMavenSet(jars, print)
}

export interface MongoServer {
  /** `127.0.0.1:port` */
  readonly host: string
  /** All of a collection, in the order of their ids; each without its id, but for its text. */
  documents(database: string, collection: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Does anything else. */
  withClient<T>(use: (client: MongoClient) => Promise<T>): Promise<T>
  stop(): Promise<void>
  start(): Promise<void>
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

export interface MongoServerOptions {
  /** Paths of PEM files. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string }
}

export async function startMongo({ tls }: MongoServerOptions = {}): Promise<MongoServer> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-mongo-'))
  const [port = 0] = await freePorts(1)
  const host = `127.0.0.1:${port}`
  const start = async (): Promise<OwnedProcess> => {
    const started = startProcess('mongo-java-server', 'java', [
      '-Xmx512m',
      '-XX:+UseSerialGC',
      '-cp',
      join(findMavenSet(jars), '*'),
      join(import.meta.dirname, 'MongoStandIn.java'),
      String(port),
      join(folder, 'data.mv'),
      ...(tls ? [tls.cert, tls.key] : []),
    ])
    await until('the server to start', () => started.output().includes('ready'), [started])
    return started
  }
  let server = await start()
  const withClient: MongoServer['withClient'] = async (use) => {
    const client = new MongoClient(`mongodb://${host}/?tls=${tls !== undefined}`, {
      serverSelectionTimeoutMS: 2_000,
      ...(tls && { tlsCAFile: tls.ca }),
    })
    try {
      return await use(client)
    } finally {
      await client.close()
    }
  }
  return {
    host,
    withClient,
    documents: (database, collection) =>
      withClient(async (client) => {
        const found = await client.db(database).collection(collection).find().sort({ _id: 1 }).toArray()
        return found.map(({ _id, ...fields }) => ({ ...fields, id: String(_id) }))
      }),
    stop: async () => void (await server.stop('SIGTERM')),
    start: async () => {
      server = await start()
    },
    freeze: () => void process.kill(server.pid, 'SIGSTOP'),
    thaw: () => void process.kill(server.pid, 'SIGCONT'),
    close: async () => {
      await server.stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
