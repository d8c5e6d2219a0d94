/** What `record` wrote, `run --source=recording:FILE` plays: into its sinks, once, over a restart too. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { record } from '../../src/cli/record.ts'
import { readMark } from '../harness/feed.ts'
import { runProgram } from '../harness/program.ts'
import { openSite } from '../harness/site.ts'
import { startProgram } from '../servers/program.ts'
import { until } from '../servers/processes.ts'
import { keptIo } from './io.ts'

/** The marks of the events among the lines of an output. */
function marksIn(output: string): string[] {
  return output.split('\n').flatMap((line) => {
    const mark = /"message":"((?:[^"\\]|\\.)*)"/.exec(line)?.[1]
    const read = mark === undefined ? undefined : readMark(mark)
    return read === undefined ? [] : [read.mark]
  })
}

describe('run --source=recording:FILE', () => {
  it('tells a sink all that was recorded, and a second time nothing', async (test) => {
    const site = await openSite(test)
    const file = join(site.folder, 'incident.ndjson')
    const io = keptIo()
    const ended = record([site.source, `--to=${file}`], io)
    site.onClose(() => {
      io.stop()
      return ended
    })
    await until('the cluster to be watched', () => site.api.watches('events') > 0)
    const marks = site.feed.put(300)
    await until('all to be recorded', () => marksIn(readFileSync(file, 'utf8')).length === marks.length)
    io.stop()
    assert.equal(await ended, 0)

    const args = [`--source=recording:${file}?speed=max`, '--sink=log', `--data-dir=${site.dataDir}`]
    const program = await runProgram(args)
    site.onClose(() => program.kill())
    await program.said(/the recording has ended/)
    await until('all to be told', () => marksIn(program.process.output()).length >= marks.length, [
      program.process,
    ])
    await program.ready()
    await site.end(program)
    assert.deepEqual(marksIn(program.process.output()).toSorted(), [...marks].toSorted())

    const again = await runProgram(args)
    site.onClose(() => again.kill())
    await again.said(/the recording has ended/)
    await site.end(again)
    assert.deepEqual(marksIn(again.process.output()), [])
  })

  it('does not start with a file that is no recording, and names the line', async (test) => {
    const site = await openSite(test)
    const file = join(site.folder, 'news.txt')
    writeFileSync(file, '{"type":"BOOKMARK"}\nno JSON\n')
    const { process: started } = await startProgram([`--source=recording:${file}`, '--sink=log'])
    assert.equal(await started.ended, 1)
    assert.match(started.output(), /news\.txt, line 2: not JSON/)
  })
})
