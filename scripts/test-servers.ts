/**
 * `npm run test:servers [suite…]`: installs the servers that the suites of test/servers/ need, then runs them.
 * Without a suite's name all of them; `npm run test:cluster` is the suite `cluster`.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { installControlPlane, installControlPlaneAndKubectl } from '../test/servers/control-plane-binaries.ts'
import { installHelm } from '../test/servers/helm-binary.ts'
import { installInfluxdb } from '../test/servers/influxdb-server.ts'
import { installKafka } from '../test/servers/kafka.ts'
import { installPromtool } from '../test/servers/promtool.ts'
import { installMongo } from '../test/servers/mongo-server.ts'
import { installMariadb } from '../test/servers/mysql-server.ts'
import { installedVariable } from '../test/servers/needs.ts'
import { installRegistry } from '../test/servers/registry.ts'
import { installSearchEngines, searchEngines } from '../test/servers/search-engines.ts'

type Install = (print: (line: string) => void) => Promise<void>

const installForHelm: Install = async (print) => {
  await installHelm(print)
  await installControlPlaneAndKubectl(print)
}

const installForGoldens: Install = async (print) => {
  await installMariadb(print)
  await installInfluxdb(print)
}

/** What a suite (`test/servers/<suite>.test.ts`) needs before it runs; one without an entry needs nothing. */
const installs: Readonly<Record<string, Install>> = {
  cluster: installControlPlane,
  'control-plane': installControlPlane,
  deploy: installControlPlaneAndKubectl,
  goldens: installForGoldens,
  helm: installForHelm,
  'elasticsearch-7': installSearchEngines([searchEngines.elasticsearch7]),
  'elasticsearch-8': installSearchEngines([searchEngines.elasticsearch8]),
  'elasticsearch-opensearch-2': installSearchEngines([searchEngines.opensearch2]),
  'elasticsearch-opensearch-3': installSearchEngines([searchEngines.opensearch3]),
  image: installRegistry,
  influxdb: installInfluxdb,
  kafka: installKafka,
  mongo: installMongo,
  monitoring: installPromtool,
  mysql: installMariadb,
  rbac: installControlPlaneAndKubectl,
}

const folder = join(import.meta.dirname, '..', 'test', 'servers')
const print = (line: string): void => void process.stdout.write(`${line}\n`)

const suites = readdirSync(folder)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => name.slice(0, -'.test.ts'.length))
const wanted = process.argv.length > 2 ? process.argv.slice(2) : suites
const unknown = wanted.filter((name) => !suites.includes(name))
if (unknown.length > 0) {
  print(`no suite ${unknown.join(', ')} in test/servers: there are ${suites.join(', ')}`)
  process.exit(1)
}

for (const install of new Set(wanted.map((suite) => installs[suite]))) await install?.(print)

// One file after another: the servers and the program share the machine.
const args = [
  '--test',
  '--test-concurrency=1',
  '--test-timeout=600000',
  ...wanted.map((name) => join(folder, `${name}.test.ts`)),
]
const tests = spawn(process.execPath, args, {
  stdio: 'inherit',
  env: { ...process.env, [installedVariable]: 'installed' },
})
tests.on('close', (code) => process.exit(code ?? 1))
