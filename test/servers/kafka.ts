/** A real Kafka broker (KRaft, one node) with a listener a way of logging in, and what it holds read back. */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AclOperations,
  AclPermissionTypes,
  Admin,
  FetchIsolationLevels,
  ResourcePatternTypes,
  ResourceTypes,
  fetchV16,
} from '@platformatic/kafka'
import { makeCertificates } from '../../src/sink-kit/testing/certificates.ts'
import type { Certificates } from '../../src/sink-kit/testing/certificates.ts'
import { findMavenSet, installMavenSet } from './maven.ts'
import type { MavenSet } from './maven.ts'
import { freePorts, startProcess, until } from './processes.ts'
import type { OwnedProcess } from './processes.ts'

const kafka: MavenSet = {
  name: 'kafka-4.3.1',
  how: 'copy',
  dependencies: [
    { group: 'org.apache.kafka', artifact: 'kafka_2.13', version: '4.3.1' },
    // Without a binding the broker logs nothing; its API is SLF4J 1.7.
    { group: 'org.slf4j', artifact: 'slf4j-simple', version: '1.7.36' },
  ],
}

export async function installKafka(print: (line: string) => void): Promise<void> {
  print(await installMavenSet(kafka, print))
}

/** Users of the listener with SASL; the same names have other passwords in SCRAM. */
export const plainUsers = { tester: 'plain-secret', guest: 'guest-secret' }
export const scramPassword = 'scram-secret'

export interface StoredMessage {
  readonly partition: number
  readonly offset: bigint
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
  /** Kafka's number of the batch's codec: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number
  /** -1: the producer had no identity. */
  readonly producerId: bigint
}

export interface Broker {
  /** `host:port` of each listener. */
  readonly plaintext: string
  readonly sasl: string
  /** TLS that wants a client's certificate. */
  readonly tls: string
  readonly certificates: Certificates
  topics(): Promise<readonly string[]>
  /** Resolves once it can be written to and read; `settings` by name. */
  makeTopic(name: string, partitions: number, settings?: Readonly<Record<string, string>>): Promise<void>
  deleteTopic(name: string): Promise<void>
  /** Allows `user` alone to write to the topic. */
  allow(user: string, topic: string): Promise<void>
  /** Everything in a topic since the beginning, or since `from` (a partition's next offset), which it moves on. */
  read(topic: string, from?: Map<number, bigint>): Promise<readonly StoredMessage[]>
  stop(): Promise<void>
  start(): Promise<void>
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

/** `settings` are lines of the broker's configuration besides those that it needs. */
export async function startKafka(settings: readonly string[] = []): Promise<Broker> {
  const jars = join(findMavenSet(kafka), '*')
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-kafka-'))
  const certificates = makeCertificates()
  const [plain = 0, sasl = 0, tls = 0, controller = 0] = await freePorts(4)
  const configuration = join(folder, 'broker.properties')
  const keyStore = join(folder, 'key-store.pem')
  writeFileSync(
    keyStore,
    readFileSync(certificates.files.key, 'utf8') + readFileSync(certificates.files.cert, 'utf8'),
  )
  writeFileSync(
    configuration,
    properties({ folder, plain, sasl, tls, controller, keyStore, trusted: certificates.files.ca, settings }),
  )
  format(jars, configuration)

  const start = async (): Promise<OwnedProcess> => {
    const java = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', jars]
    const started = startProcess('kafka', 'java', [...java, 'kafka.Kafka', configuration])
    await until('the broker to start', () => started.output().includes('Kafka Server started'), [started])
    return started
  }
  let broker = await start()
  const newAdmin = (): Admin =>
    new Admin({ clientId: 'tests', bootstrapBrokers: [`127.0.0.1:${plain}`], retries: 3, retryDelay: 200 })
  const admin = newAdmin()

  return {
    plaintext: `127.0.0.1:${plain}`,
    sasl: `127.0.0.1:${sasl}`,
    tls: `127.0.0.1:${tls}`,
    certificates,
    topics: () => admin.listTopics(),
    makeTopic: async (name, partitions, topicSettings = {}) => {
      const configs = Object.entries(topicSettings).map(([key, value]) => ({ name: key, value }))
      await admin.createTopics({ topics: [name], partitions, replicas: 1, configs })
      await until(
        `the topic ${name} to be led`,
        async () => (await readTopic(admin, name, new Map())).length === 0,
      )
    },
    deleteTopic: (name) => admin.deleteTopics({ topics: [name] }),
    allow: async (user, topic) => {
      const rule = {
        resourceType: ResourceTypes.TOPIC,
        resourceName: topic,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: `User:${user}`,
        host: '*',
        operation: AclOperations.WRITE,
        permissionType: AclPermissionTypes.ALLOW,
      }
      await admin.createAcls({ creations: [rule] })
    },
    read: async (topic, from = new Map()) => {
      const reader = newAdmin()
      try {
        return await readTopic(reader, topic, from)
      } finally {
        await reader.close()
      }
    },
    stop: async () => {
      await broker.stop('SIGTERM')
    },
    start: async () => {
      broker = await start()
    },
    freeze: () => void process.kill(broker.pid, 'SIGSTOP'),
    thaw: () => void process.kill(broker.pid, 'SIGCONT'),
    close: async () => {
      await admin.close()
      await broker.stop('SIGKILL')
      certificates.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Settings {
  readonly folder: string
  readonly plain: number
  readonly sasl: number
  readonly tls: number
  readonly controller: number
  readonly keyStore: string
  readonly trusted: string
  readonly settings: readonly string[]
}

function properties({ folder, plain, sasl, tls, controller, keyStore, trusted, settings }: Settings): string {
  const users = Object.entries(plainUsers).map(([name, password]) => `user_${name}="${password}"`)
  const listeners = `PLAINTEXT://127.0.0.1:${plain},SASL://127.0.0.1:${sasl},TLS://127.0.0.1:${tls}`
  const login = 'org.apache.kafka.common.security'
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    'controller.listener.names=CONTROLLER',
    `listeners=${listeners},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=${listeners}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name=PLAINTEXT',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    `listener.name.sasl.plain.sasl.jaas.config=${login}.plain.PlainLoginModule required ${users.join(' ')};`,
    `listener.name.sasl.scram-sha-256.sasl.jaas.config=${login}.scram.ScramLoginModule required;`,
    `listener.name.sasl.scram-sha-512.sasl.jaas.config=${login}.scram.ScramLoginModule required;`,
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${keyStore}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${trusted}`,
    'ssl.client.auth=required',
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users=User:ANONYMOUS',
    'allow.everyone.if.no.acl.found=true',
    `log.dirs=${join(folder, 'data')}`,
    'num.partitions=1',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    ...settings,
    '',
  ].join('\n')
}

function format(jars: string, configuration: string): void {
  const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url')
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=tester,password=${scramPassword}]`,
  ])
  const { status, stdout, stderr } = spawnSync(
    'java',
    [
      '-Xmx256m',
      '-XX:TieredStopAtLevel=1',
      '-cp',
      jars,
      'kafka.tools.StorageTool',
      'format',
      // As one word: an id may begin with a dash.
      `--cluster-id=${id}`,
      '-c',
      configuration,
      ...users,
    ],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`the broker's storage cannot be made (${status}):\n${stdout}${stderr}`)
}

/** What is there now; without a session, which would have to be closed. */
const fetch = { maxWaitMs: 0, minBytes: 0, maxBytes: 8 * 1_048_576, sessionId: 0, sessionEpoch: -1 }

async function readTopic(
  reader: Admin,
  topic: string,
  from: Map<number, bigint>,
): Promise<readonly StoredMessage[]> {
  const { topics } = await reader.metadata({ topics: [topic], forceUpdate: true })
  const found = topics.get(topic)
  if (!found) return []
  const messages: StoredMessage[] = []
  for (const [partition, { leader }] of found.partitions.entries()) {
    const connection = (await reader.connectToBrokers([leader])).get(leader)
    if (!connection) throw new Error(`no connection to the leader of ${topic} ${partition}`)
    for (;;) {
      const next = from.get(partition) ?? 0n
      const asked = {
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: next,
        lastFetchedEpoch: -1,
        partitionMaxBytes: fetch.maxBytes,
      }
      const answer = await fetchV16.api.async(
        connection,
        fetch.maxWaitMs,
        fetch.minBytes,
        fetch.maxBytes,
        FetchIsolationLevels.READ_UNCOMMITTED,
        fetch.sessionId,
        fetch.sessionEpoch,
        [{ topicId: found.id, partitions: [asked] }],
        [],
        '',
      )
      const [part] = answer.responses[0]?.partitions ?? []
      const read = (part?.records ?? []).flatMap((batch) =>
        batch.records.map((record): StoredMessage => ({
          partition,
          offset: batch.firstOffset + BigInt(record.offsetDelta),
          key: String(record.key),
          value: String(record.value),
          headers: Object.fromEntries(record.headers.map(([name, value]) => [String(name), String(value)])),
          codec: batch.attributes & 7,
          producerId: batch.producerId,
        })),
      )
      // A batch comes whole, whichever of its messages was asked for.
      const fresh = read.filter(({ offset }) => offset >= next)
      if (fresh.length === 0) break
      messages.push(...fresh)
      from.set(partition, (fresh.at(-1)?.offset ?? next) + 1n)
    }
  }
  return messages
}
