/** MariaDB: the floor is mysql2 with the same statements. */
import { createPool } from 'mysql2'
import { UTC } from '../../src/gotime/location.ts'
import mysql from '../../src/sinks/mysql/index.ts'
import { insertFrame, rowTextFor } from '../../src/sinks/mysql/rows.ts'
import { createTable, furtherColumns, requiredColumns } from '../../src/sinks/mysql/table.ts'
import { installMariadb, startMariadb } from '../../test/servers/mysql-server.ts'
import type { BenchedServer } from './server.ts'

const columns = [...requiredColumns, ...furtherColumns]

export const mariadbServer: BenchedServer = {
  name: 'mysql',
  title: 'MariaDB',
  pace: mysql.pace,
  install: installMariadb,
  start: async () => {
    const server = await startMariadb()
    await server.run('CREATE DATABASE events')
    return {
      address: String(server.port),
      sinkFor: (place) => `mysql:?root@tcp(127.0.0.1:${server.port})/events?charset=utf8mb4&table=${place}`,
      makePlace: async (place) => void (await server.run(createTable({ database: 'events', table: place }))),
      countOf: async (place) => {
        const [row] = await server.run(`SELECT COUNT(*) AS count FROM events.${place}`)
        return Number(row?.['count'])
      },
      close: () => server.close(),
    }
  },
  openFloor: async (address, place) => {
    const pool = createPool({
      host: '127.0.0.1',
      port: Number(address),
      user: 'root',
      database: 'events',
      charset: 'utf8mb4',
      connectionLimit: mysql.pace.concurrency,
    })
    const { before, after } = insertFrame(
      { table: place },
      { columns, key: 'event_state', hasOtherKeys: false, isTransactional: true, remarks: [] },
    )
    const rowText = rowTextFor(columns, true, UTC)
    return {
      prepare: (batch) => {
        const statement = before + batch.map(rowText).join(',') + after
        return () =>
          new Promise((resolve, reject) => {
            pool.query(statement, (error) => (error ? reject(error) : resolve()))
          })
      },
      close: () => pool.promise().end(),
    }
  },
}
