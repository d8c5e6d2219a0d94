/** InfluxDB 1: the floor is the HTTP client with the same lines. */
import { Pool } from 'undici'
import influxdb from '../../src/sinks/influxdb/index.ts'
import { LineBuffer } from '../../src/sinks/influxdb/line-buffer.ts'
import { addPoint } from '../../src/sinks/influxdb/points.ts'
import type { PointSettings } from '../../src/sinks/influxdb/points.ts'
import { installInfluxdb, startInfluxdb } from '../../test/servers/influxdb-server.ts'
import type { BenchedServer } from './server.ts'

const policy = 'default'
/** With the original's tags each event is a series of its own: then the server's index is what is measured. */
const points: PointSettings = { withFields: true, tags: 'bounded', clusterName: undefined }

export const influxdbServer: BenchedServer = {
  name: 'influxdb',
  title: 'InfluxDB 1',
  pace: influxdb.pace,
  install: installInfluxdb,
  start: async () => {
    const server = await startInfluxdb()
    const url = `http://127.0.0.1:${server.port}`
    return {
      address: url,
      sinkFor: (place) => `influxdb:${url}?db=${place}&withfields=true&ke.tags=bounded`,
      makePlace: async (place) => {
        await server.ask(`CREATE DATABASE "${place}" WITH NAME "${policy}"`)
      },
      countOf: async (place) => {
        const [table] = await server.ask('SELECT COUNT(message) FROM events', place)
        return Number(table?.values[0]?.[1] ?? 0)
      },
      close: () => server.close(),
    }
  },
  openFloor: (address, place) => {
    const pool = new Pool(address, { connections: influxdb.pace.concurrency, pipelining: 1 })
    const path = `/write?db=${place}&rp=${policy}`
    return Promise.resolve({
      prepare: (batch) => {
        const lines = new LineBuffer()
        for (const occurrence of batch) addPoint(lines, occurrence, points)
        const body = Buffer.from(lines.lines(0, batch.length))
        return async () => {
          const answer = await pool.request({ method: 'POST', path, body })
          const text = await answer.body.text()
          if (answer.statusCode !== 204) throw new Error(`it answered ${answer.statusCode}: ${text}`)
        }
      },
      close: () => pool.close(),
    })
  },
}
