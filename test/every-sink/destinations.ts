/** A destination for each sink that there is, played by the sink's own double: one entry a sink. */
import { dingtalkRobot } from '../../src/sinks/dingtalk/testing/robot.ts'
import { answerOf } from '../../src/sinks/elasticsearch/testing/run.ts'
import { SearchEngineDouble } from '../../src/sinks/elasticsearch/testing/search-engine.ts'
import { EventBusDouble } from '../../src/sinks/eventbridge/testing/event-bus.ts'
import { honeycombApi } from '../../src/sinks/honeycomb/testing/api.ts'
import { InfluxDouble } from '../../src/sinks/influxdb/testing/influx.ts'
import { startBroker } from '../../src/sinks/kafka/testing/broker.ts'
import { startServerDouble as startMongo } from '../../src/sinks/mongo/testing/server.ts'
import { startServerDouble as startMysql } from '../../src/sinks/mysql/testing/server.ts'
import { startRiemann } from '../../src/sinks/riemann/testing/server.ts'
import { startLogService } from '../../src/sinks/sls/testing/log-service.ts'
import { wecomCorporation } from '../../src/sinks/wechat/testing/corporation.ts'
import { startReceiver } from '../../src/sink-kit/testing/http-receiver.ts'
import type { Received, Reply } from '../../src/sink-kit/testing/http-receiver.ts'
import { bearychat } from '../platforms/bearychat.ts'
import { worktile } from '../platforms/worktile.ts'

/** A destination that is there. */
export interface Place {
  /** `127.0.0.1:port` */
  readonly host: string
  /** From now on it answers everything with an error and stores nothing, or all is well again. */
  fail(fails: boolean): void
  /** The text that carries the event's message, of all that is stored: what is stored twice comes twice. */
  readBack(): readonly string[]
  close(): Promise<void>
}

/** What a destination is told of the test that it is part of. */
export interface Around {
  /** `127.0.0.1:port` by which the program reaches it. */
  readonly host: string
  /** The program's clock: what is signed has a time, and quotas count minutes. */
  readonly clock: { wallMs(): number }
}

export interface Destination {
  /** The sink's, in the registry. */
  readonly sink: string
  /** The types of events that the argument lets through. */
  readonly takes: 'warnings' | 'all'
  /** The value of `--sink=` for a destination at `host`; more options can follow it after `&`. */
  argument(host: string): string
  /** Absent: it writes to the program's own output, which test/stalled-output.test.ts takes away. */
  readonly start?: (around: Around) => Promise<Place>
}

const keyId = 'LTAIexample'
const keySecret = 'example-secret-0123456789'

export const destinations: readonly Destination[] = [
  {
    sink: 'bearychat',
    takes: 'warnings',
    argument: (host) => `bearychat:http://${host}/=bw000/incoming/example-key?level=Warning`,
    start: async ({ clock }) => {
      const robot = bearychat(clock)
      return overHttp(
        (request) => robot.receive(request),
        () => robot.shown.map(({ text }) => text),
      )
    },
  },
  {
    sink: 'dingtalk',
    takes: 'warnings',
    argument: (host) =>
      `dingtalk:http://${host}/robot/send?access_token=example-token&level=Warning&ke.plainHttp=true`,
    start: async ({ clock }) => {
      const robot = dingtalkRobot({ accessToken: 'example-token', clock })
      return overHttp(
        (request) => robot.receive(request),
        () => robot.messages.map(({ text }) => text),
      )
    },
  },
  {
    sink: 'elasticsearch',
    takes: 'all',
    argument: (host) => `elasticsearch:http://${host}?sniff=false`,
    start: async () => {
      const engine = new SearchEngineDouble({ version: '8.19.21' })
      return overHttp(
        (request) => answerOf(engine, request),
        () =>
          engine.documents.flatMap(({ source, writes }) =>
            Array.from({ length: writes }, () => JSON.stringify(source)),
          ),
      )
    },
  },
  {
    sink: 'eventbridge',
    takes: 'all',
    argument: (host) =>
      `eventbridge:?clusterId=c1&regionId=cn-test&accessKeyId=${keyId}&accessKeySecret=${keySecret}` +
      `&ke.ownerAccountId=1000000000000001&ke.endpoint=http://${host}`,
    start: async ({ clock }) => {
      const bus = new EventBusDouble({
        keys: { [keyId]: { secret: keySecret } },
        buses: ['default'],
        now: () => clock.wallMs(),
      })
      return overHttp(
        (request) => bus.answer(request),
        () => bus.events.map(({ data }) => data.message ?? ''),
      )
    },
  },
  {
    sink: 'honeycomb',
    takes: 'all',
    argument: (host) => `honeycomb:?dataset=kubernetes&writekey=example-key&apihost=http://${host}`,
    start: async () => {
      const api = honeycombApi({ key: 'example-key' })
      return overHttp(
        (request) => api.receive(request),
        () => api.stored.map(({ data }) => JSON.stringify(data)),
      )
    },
  },
  {
    sink: 'influxdb',
    takes: 'all',
    argument: (host) => `influxdb:http://${host}?db=events&withfields=true`,
    start: async () => {
      const server = new InfluxDouble({ version: 1 })
      return overHttp(
        (request) => server.answer(request),
        () => server.points.map(({ fields }) => String(fields['message'])),
      )
    },
  },
  {
    sink: 'kafka',
    takes: 'all',
    argument: (host) => `kafka:?brokers=${host}`,
    start: async ({ host }) => {
      const broker = await startBroker({ advertised: host })
      const notEnoughReplicas = 19
      return {
        host: broker.endpoint,
        fail: (fails) => broker.failAlways(fails ? notEnoughReplicas : undefined),
        readBack: () => broker.messages.map(({ value }) => value),
        close: () => broker.close(),
      }
    },
  },
  {
    sink: 'log',
    takes: 'all',
    argument: () => 'log:?',
  },
  {
    sink: 'mongo',
    takes: 'all',
    argument: (host) => `mongo:?mongodb://${host}/?w=1`,
    start: async () => {
      const server = await startMongo()
      return {
        host: server.host,
        fail: (fails) => server.behave(fails ? 'fails' : 'takes'),
        readBack: () => server.inserted.map(({ document }) => JSON.stringify(document)),
        close: () => server.close(),
      }
    },
  },
  {
    sink: 'mysql',
    takes: 'all',
    argument: (host) => `mysql:?writer:example-password@tcp(${host})/events?charset=utf8mb4`,
    start: async () => {
      const server = await startMysql('writer')
      return {
        host: server.host,
        fail: (fails) => server.behave(fails ? 'fails' : 'takes'),
        readBack: () => server.rows.map((row) => [...row.values()].join('\n')),
        close: () => server.close(),
      }
    },
  },
  {
    sink: 'riemann',
    takes: 'all',
    argument: (host) => `riemann:tcp://${host}?ttl=120`,
    start: async () => {
      const server = await startRiemann()
      return {
        host: server.host,
        fail: (fails) => server.fail(() => (fails ? { error: 'a stream failed' } : undefined)),
        readBack: () => server.events.map(({ description = '' }) => description),
        close: () => server.close(),
      }
    },
  },
  {
    sink: 'sls',
    takes: 'all',
    argument: (host) =>
      `sls:https://sls.aliyuncs.com?project=shop&logStore=events&regionId=cn-test&accessKeyId=${keyId}` +
      `&accessKeySecret=${keySecret}&ke.endpoint=http://${host}`,
    start: async ({ host, clock }) => {
      const service = await startLogService({
        project: 'shop',
        logStore: 'events',
        region: 'cn-test',
        keys: { [keyId]: { secret: keySecret } },
        host: `shop.${host}`,
        now: () => clock.wallMs(),
      })
      const failure = { status: 500, code: 'InternalServerError' } as const
      return {
        host: service.host,
        fail: (fails) => service.failAlways(fails ? failure : undefined),
        readBack: () => service.logs.map(({ Contents }) => Contents.map(({ Value }) => Value).join('\n')),
        close: () => service.close(),
      }
    },
  },
  {
    sink: 'webhook',
    takes: 'all',
    argument: (host) => `webhook:http://${host}/hook?method=POST&level=Normal`,
    start: async () => {
      const bodies: string[] = []
      return overHttp(
        ({ body }) => {
          bodies.push(body)
          return {}
        },
        () => bodies,
      )
    },
  },
  {
    sink: 'wechat',
    takes: 'warnings',
    argument: (host) =>
      'wechat:?corp_id=ww0123456789&corp_secret=example-secret&agent_id=1000002&level=Warning' +
      `&ke.endpoint=http://${host}`,
    start: async ({ clock }) => {
      const corporation = wecomCorporation({
        corpId: 'ww0123456789',
        secret: 'example-secret',
        agentId: 1_000_002,
        members: [],
        clock,
      })
      return overHttp(
        (request) => corporation.receive(request),
        () => corporation.shown.map(({ content }) => content),
      )
    },
  },
  {
    sink: 'worktile',
    takes: 'warnings',
    argument: (host) => `worktile:http://${host}/incoming/example-key?level=Warning`,
    start: async ({ clock }) => {
      const channel = worktile(clock)
      return overHttp(
        (request) => channel.receive(request),
        () => channel.shown.map(({ text }) => text),
      )
    },
  },
]

async function overHttp(
  answer: (request: Received) => Reply,
  readBack: () => readonly string[],
): Promise<Place> {
  const receiver = await startReceiver()
  receiver.reply(answer)
  return {
    host: receiver.host,
    fail: (fails) => receiver.reply(fails ? { status: 500, body: '' } : answer),
    readBack,
    close: () => receiver.close(),
  }
}
