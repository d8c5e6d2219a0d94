/** `report` on a journal of the recorded incident, of a program that runs and of one that is stopped. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { report } from '../../src/cli/report.ts'
import { openSite, type Site } from '../harness/site.ts'
import { keptIo } from './io.ts'

const recording = join(import.meta.dirname, '..', '..', 'src', 'demo', 'recordings', 'incident.ndjson.gz')

async function run(site: Site, ...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = keptIo({ env: { TZ: 'UTC' } })
  const code = await report([...argv, `--data-dir=${site.dataDir}`], io)
  return { code, out: io.stdout(), err: io.stderr() }
}

/** A program that has taken the incident in. */
async function afterIncident(test: TestContext): Promise<Site> {
  const site = await openSite(test)
  const program = await site.start([
    `--source=recording:${recording}?speed=max`,
    site.sink(),
    `--data-dir=${site.dataDir}`,
  ])
  await program.said(/recording has ended after/)
  return site
}

describe('report', () => {
  it('tells the same of a program that runs and of one that is stopped', async (test) => {
    const site = await openSite(test)
    const program = await site.start([
      `--source=recording:${recording}?speed=max`,
      site.sink(),
      `--data-dir=${site.dataDir}`,
    ])
    await program.ready()
    await site.receiver.until(1_367)
    const running = await run(site, '--format=json')
    assert.equal(running.code, 0, running.err)
    await program.process.stop('SIGTERM')
    const stopped = await run(site, '--format=json')
    const rowsOf = ({ out }: { readonly out: string }): unknown => JSON.parse(out).rows
    assert.deepEqual(rowsOf(stopped), rowsOf(running))
    const told = JSON.parse(stopped.out)
    assert.equal(told.by, 'owner')
    assert.ok(told.rows.length > 5 && told.count >= told.rows.length)
  })

  it('has every format, and every grouping', async (test) => {
    const site = await afterIncident(test)
    const table = await run(site, '--by=object', '--top=2')
    assert.match(
      table.out,
      /^Kubernetes events\n.*level=Warning, \d+ in all\n\nFailureTime +ResourcesName +FailuresNumber\n/,
    )
    assert.match((await run(site, '--format=markdown')).out, /^#### Kubernetes events\n\n.*\n\n- \*\*/)
    assert.match((await run(site, '--format=csv', '--by=node')).out, /^name,count,reasons,first,last\n/)
    assert.match((await run(site, '--by=reason', '--where=', '--tz=Asia/Shanghai')).out, /BackOff/)
  })

  it('tells everything that is wrong with its flags at once', async (test) => {
    const site = await openSite(test)
    const { code, err } = await run(
      site,
      '--by=pod',
      '--format=xml',
      '--top=0',
      '--tz=Nowhere',
      '--where=x=1',
    )
    assert.equal(code, 2)
    for (const flag of ['--by', '--format', '--top', '--tz', '--where']) assert.ok(err.includes(flag), err)
  })

  it('says so where there is no journal', async (test) => {
    const site = await openSite(test)
    const { code, err } = await run(site)
    assert.equal(code, 1)
    assert.match(err, /there is no journal in /)
  })
})
