/** The sinks that there are. Adding one: its folder under `sinks/`, and its line here. */
import type { SinkDeclaration } from '../sink-kit/sink.ts'
import bearychat from '../sinks/bearychat/index.ts'
import dingtalk from '../sinks/dingtalk/index.ts'
import elasticsearch from '../sinks/elasticsearch/index.ts'
import honeycomb from '../sinks/honeycomb/index.ts'
import eventbridge from '../sinks/eventbridge/index.ts'
import influxdb from '../sinks/influxdb/index.ts'
import kafka from '../sinks/kafka/index.ts'
import log from '../sinks/log/index.ts'
import mongo from '../sinks/mongo/index.ts'
import mysql from '../sinks/mysql/index.ts'
import riemann from '../sinks/riemann/index.ts'
import sls from '../sinks/sls/index.ts'
import wechat from '../sinks/wechat/index.ts'
import webhook from '../sinks/webhook/index.ts'
import worktile from '../sinks/worktile/index.ts'

const declarations: readonly SinkDeclaration[] = [
  bearychat,
  dingtalk,
  elasticsearch,
  honeycomb,
  eventbridge,
  influxdb,
  kafka,
  log,
  mongo,
  mysql,
  riemann,
  sls,
  webhook,
  wechat,
  worktile,
]

export const sinkRegistry: ReadonlyMap<string, SinkDeclaration> = new Map(
  declarations.map((declaration) => [declaration.name, declaration]),
)
