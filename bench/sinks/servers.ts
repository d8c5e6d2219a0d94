/** The servers that the sinks are measured against: a new one is a file beside this one, and its line here. */
import { influxdbServer } from './influxdb.ts'
import { kafkaServer } from './kafka.ts'
import { mongoServer } from './mongo.ts'
import { mariadbServer } from './mysql.ts'
import { elasticsearch8, opensearch2 } from './search-engines.ts'
import type { BenchedServer } from './server.ts'

export const benchedServers: readonly BenchedServer[] = [
  kafkaServer,
  elasticsearch8,
  opensearch2,
  mariadbServer,
  influxdbServer,
  mongoServer,
]
