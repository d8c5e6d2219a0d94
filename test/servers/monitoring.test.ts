/** The alerts by promtool, and every query of alerts and dashboard by a real Prometheus that scrapes the program. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import * as z from 'zod'
import { startBusyProgram } from '../deploy/busy-program.ts'
import {
  readAlerts,
  readPanels,
  rulesFile,
  rulesTestFile,
  withoutVariables,
} from '../deploy/monitoring-files.ts'
import { needs } from './needs.ts'
import { freePorts, startProcess, until } from './processes.ts'
import { findPromtool } from './promtool.ts'

const answerSchema = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(z.unknown()) }),
})

/** Prometheus, scraping `target` each second; answers how many series a query gives, and throws if it is none. */
async function startPrometheus(
  test: TestContext,
  target: string,
): Promise<(query: string) => Promise<number>> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-prometheus-'))
  const [port] = await freePorts(1)
  const config = join(folder, 'prometheus.yml')
  const scrape = { job_name: 'kube-eventer', static_configs: [{ targets: [target] }] }
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [rulesFile],
      scrape_configs: [scrape],
    }),
  )
  const prometheus = startProcess('prometheus', 'prometheus', [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ])
  test.after(async () => {
    await prometheus.stop('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${port}`
  await until('Prometheus', async () => (await fetch(`${url}/-/ready`)).ok, [prometheus])
  return async (query) => {
    const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query }).toString()}`)
    return answerSchema.parse(await answer.json()).data.result.length
  }
}

describe('alerts and dashboard, by Prometheus', { skip: needs('Prometheus') }, () => {
  it('are rules that promtool takes', () => {
    assert.match(execFileSync(findPromtool(), ['check', 'rules', rulesFile], { encoding: 'utf8' }), /SUCCESS/)
  })

  it('fire when they should, and not before', () => {
    const run = execFileSync(findPromtool(), ['test', 'rules', rulesTestFile], { encoding: 'utf8' })
    assert.match(run, /SUCCESS/)
  })

  it('have a test each', () => {
    const tests = readFileSync(rulesTestFile, 'utf8')
    for (const { alert } of readAlerts()) assert.ok(tests.includes(alert), `${alert} has no test`)
  })

  it('are answered, the dashboard by a series at least for each query', async (test) => {
    const { program, site, putEvents } = await startBusyProgram(test)
    const query = await startPrometheus(test, new URL(program.url).host)
    await until('a scrape', async () => (await query('kube_eventer_build_info')) === 1)
    // Rates need two scrapes and something between them.
    putEvents()
    await until(
      'events of the second round',
      async () => (await query('kube_eventer_sink_delivered_total > 3')) > 0,
    )
    site.api.cutConnections()
    for (const { title, targets } of readPanels()) {
      for (const { expr } of targets) {
        const asked = withoutVariables(expr, '1m')
        await until(`the panel "${title}"`, async () => (await query(asked)) > 0)
      }
    }
    for (const { alert, expr } of readAlerts()) assert.ok((await query(expr)) >= 0, alert)
  })
})
