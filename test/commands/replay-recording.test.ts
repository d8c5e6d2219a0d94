/** `replay --from` on a real program: a recording is sent by one of its sinks, whatever happens meanwhile. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { dead } from '../../src/cli/dead.ts'
import { replay } from '../../src/cli/replay.ts'
import { status } from '../../src/cli/status.ts'
import { startReceiver } from '../../src/demo/receiver.ts'
import { openSite, type Site } from '../harness/site.ts'
import { until } from '../servers/processes.ts'
import { keptIo, type KeptIo } from './io.ts'

interface Place {
  readonly site: Site
  readonly args: readonly string[]
  /** What the receiver answers from now on. */
  answers: (body: string) => number
  /** Numbers of the recorded events that were taken, in order. */
  readonly taken: number[]
}

/** A site whose sink `alerts` takes Warnings only unless told otherwise, at a receiver that answers as told. */
async function openPlace(test: TestContext, level: 'Normal' | 'Warning' = 'Warning'): Promise<Place> {
  const site = await openSite(test)
  const taken: number[] = []
  const takesAll: Place['answers'] = () => 200
  const state = { answers: takesAll }
  const receiver = await startReceiver({
    keep: 0,
    answer: ({ body }) => {
      const text = body.toString()
      const code = state.answers(text)
      const number = /recorded (\d+)/.exec(text)?.[1]
      if (code === 200 && number !== undefined) taken.push(Number(number))
      return { status: code }
    },
  })
  site.onClose(() => receiver.close())
  const query = `method=POST&ke.name=alerts&level=${level}`
  const args = [site.source, `--sink=webhook:${receiver.url}/hook?${query}`, `--data-dir=${site.dataDir}`]
  return Object.assign(state, { site, args, taken })
}

function lineOf(number: number, type: 'Normal' | 'Warning' = 'Warning', change = 'ADDED'): string {
  const object = {
    metadata: { name: `e${number}`, namespace: 'shop', uid: `u${number}` },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: `web-${number % 7}` },
    type,
    reason: 'BackOff',
    message: `recorded ${number}.`,
  }
  return `${JSON.stringify({ t: 1000 * number, type: change, object })}\n`
}

function recorded(site: Site, text: string | Buffer, name = 'incident.ndjson'): string {
  const file = join(site.folder, name)
  writeFileSync(file, text)
  return file
}

function warnings(count: number, from = 1): string {
  return Array.from({ length: count }, (_, at) => lineOf(from + at)).join('')
}

function numbersTo(last: number): number[] {
  return Array.from({ length: last }, (_, at) => at + 1)
}

async function run(
  site: Site,
  file: string,
  ...more: string[]
): Promise<{ code: number; out: string; err: string }> {
  const io = keptIo()
  const code = await replayWith(io, site, file, ...more)
  return { code, out: io.stdout(), err: io.stderr() }
}

function replayWith(io: KeptIo, site: Site, file: string, ...more: string[]): Promise<number> {
  return replay([`--from=${file}`, '--sink=alerts', `--data-dir=${site.dataDir}`, ...more], io)
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b)
}

describe('replay --from', () => {
  it('sends what passes the sink’s filter, once, and tells how much that is', async (test) => {
    const { site, args, taken } = await openPlace(test)
    await site.startReady(args)
    const text = `${warnings(20)}${lineOf(21, 'Normal')}${lineOf(22, 'Warning', 'DELETED')}{"type":"BOOKMARK"}\n`
    const file = recorded(site, gzipSync(text), 'incident.ndjson.gz')
    const dry = await run(site, file, '--dry-run')
    assert.deepEqual([dry.code, dry.out], [0, 'alerts would send 20 events; its filters would stop 1\n'])
    const { code, out } = await run(site, file)
    assert.deepEqual([code, out], [0, 'alerts is sending 20 events; its filters stop 1\n'])
    await until('all to be sent', () => taken.length >= 20)
    assert.deepEqual(sorted(taken), numbersTo(20))
  })

  it('sends what the filter would stop with --no-filter, and one object’s events in order', async (test) => {
    const { site, args, taken } = await openPlace(test)
    await site.startReady(args)
    const file = recorded(
      site,
      numbersTo(70)
        .map((number) => lineOf(number, 'Normal'))
        .join(''),
    )
    const { code, out } = await run(site, file, '--no-filter', '--json')
    assert.equal(code, 0)
    const { waiting, ...told } = JSON.parse(out)
    assert.ok(waiting <= 70)
    assert.deepEqual(told, {
      sink: 'alerts',
      dryRun: false,
      events: 70,
      line: 70,
      taken: 70,
      filtered: 0,
      end: 'all',
    })
    await until('all to be sent', () => taken.length >= 70)
    for (let object = 0; object < 7; object++) {
      const ofIt = taken.filter((number) => number % 7 === object)
      assert.deepEqual(ofIt, sorted(ofIt))
    }
    assert.deepEqual(sorted(taken), numbersTo(70))
  })

  it('sends nothing of a file that is no recording, and names the line', async (test) => {
    const { site, args, taken } = await openPlace(test)
    const program = await site.startReady(args)
    const file = recorded(site, `${warnings(600)}{"type":"NEWS"}\n`)
    const { code, err } = await run(site, file)
    assert.equal(code, 1)
    assert.match(err, /incident\.ndjson, line 601: "type" is "NEWS"/)
    await site.end(program)
    assert.deepEqual(taken, [])
  })

  it('has what it told on disk: a kill in the middle loses none of it', async (test) => {
    const { site, args, taken } = await openPlace(test)
    const program = await site.startReady(args)
    const file = recorded(site, warnings(2000))
    assert.equal((await run(site, file)).code, 0)
    await until('some to be sent', () => taken.length > 20)
    await program.kill()
    assert.ok(taken.length < 2000, 'the kill came too late to mean anything')
    await site.startReady(args)
    await until('all to be sent', () => new Set(taken).size === 2000)
    // What was in flight, or not committed yet, is repeated at most.
    assert.deepEqual(sorted([...new Set(taken)]), numbersTo(2000))
  })

  it('whose program is killed while it hands over has sent all it confirmed after the next start', async (test) => {
    const place = await openPlace(test)
    const { site, args, taken } = place
    place.answers = () => 503
    const program = await site.startReady(args)
    const file = recorded(site, warnings(9_000))
    const io = keptIo()
    const running = replayWith(io, site, file)
    await until('a part to be taken', async () => {
      const dry = await run(site, recorded(site, warnings(1), 'one.ndjson'), '--dry-run', '--json')
      return JSON.parse(dry.out).waiting > 0
    })
    await program.kill()
    const code = await running
    const confirmed = /all up to line (\d+) is handed over; go on with/.exec(io.stderr())
    assert.ok(confirmed !== null && (code === 1 || code === 3), `${code}: ${io.stderr()}`)
    const last = Number(confirmed[1])
    const stopped = keptIo()
    assert.equal(await status([`--data-dir=${site.dataDir}`], stopped), 3)
    assert.match(stopped.stdout(), /^alerts: \d+ more wait to be sent, by replay --from$/m)
    test.diagnostic(`killed after line ${last} of 9000`)
    place.answers = () => 200
    await site.startReady(args)
    await until('all that was confirmed to be sent', () => {
      const sent = new Set(taken)
      return numbersTo(last).every((number) => sent.has(number))
    })
  })

  it('makes dead letters of what the sink rejects, with the reason, and no other', async (test) => {
    const place = await openPlace(test)
    const { site, args, taken } = place
    place.answers = (body) => (/recorded (3|5)\./.test(body) ? 400 : 200)
    await site.startReady(args)
    assert.equal((await run(site, recorded(site, warnings(9)))).code, 0)
    await until('the others to be sent', () => taken.length === 7)
    const letters = await until('two dead letters', async () => {
      const io = keptIo()
      await dead(['list', '--json', `--data-dir=${site.dataDir}`], io)
      const found = JSON.parse(io.stdout())
      return found.length === 2 && found
    })
    assert.deepEqual(
      letters.map(({ reason, event }: { reason: string; event: { message: string } }) => [
        reason,
        event.message,
      ]),
      [
        ['bad-message', 'recorded 5.'],
        ['bad-message', 'recorded 3.'],
      ],
    )
    place.answers = () => 200
    const io = keptIo()
    assert.equal(await dead(['replay', '--all', `--data-dir=${site.dataDir}`], io), 0)
    await until('these to be sent', () => taken.length === 9)
    assert.deepEqual(sorted(taken), numbersTo(9))
  })

  it('takes no more than may wait, and goes on when the destination is back', async (test) => {
    const place = await openPlace(test)
    const { site, args, taken } = place
    place.answers = () => 503
    const program = await site.startReady(args)
    const file = recorded(site, warnings(12_000))
    const io = keptIo()
    let ended: number | undefined
    const running = replayWith(io, site, file, '--json').then((code) => (ended = code))
    await until('the program to take no more', async () => {
      const dry = await run(site, recorded(site, warnings(1), 'one.ndjson'), '--dry-run', '--json')
      return JSON.parse(dry.out).waiting >= 10_000
    })
    assert.equal(ended, undefined)
    place.answers = () => 200
    assert.equal(await running, 0)
    assert.equal(JSON.parse(io.stdout()).taken, 12_000)
    await until('all to be sent', () => taken.length >= 12_000, [program.process])
    assert.equal(new Set(taken).size, 12_000)
  })

  it('that is interrupted tells where to go on, and goes on there', async (test) => {
    const place = await openPlace(test)
    const { site, args, taken } = place
    place.answers = () => 503
    await site.startReady(args)
    const file = recorded(site, warnings(12_000))
    const io = keptIo()
    const running = replayWith(io, site, file)
    await until('the program to take no more', async () => {
      const dry = await run(site, recorded(site, warnings(1), 'one.ndjson'), '--dry-run', '--json')
      return JSON.parse(dry.out).waiting >= 10_000
    })
    io.stop()
    assert.equal(await running, 1)
    const next = /all up to line (\d+) is handed over; go on with --first-line=(\d+)/.exec(io.stderr())
    assert.ok(next, io.stderr())
    assert.equal(Number(next[2]), Number(next[1]) + 1)
    place.answers = () => 200
    assert.equal((await run(site, file, `--first-line=${next[2]}`)).code, 0)
    await until('all to be sent', () => new Set(taken).size === 12_000)
  })

  it('does not keep new events waiting', async (test) => {
    const place = await openPlace(test, 'Normal')
    const { site, args, taken } = place
    await site.startReady(args)
    let newOnes = 0
    place.answers = (body) => {
      if (/\[\[/.test(body)) newOnes++
      return 200
    }
    assert.equal((await run(site, recorded(site, warnings(3_000)))).code, 0)
    site.feed.put(5)
    await until('the new ones to be told', () => newOnes === 5)
    assert.ok(taken.length < 3_000, 'all of the recording went before them')
    await until('the recording to be sent', () => taken.length === 3_000)
  })

  it('needs a running program, one of its sinks, and one of --since and --from', async (test) => {
    const { site, args } = await openPlace(test)
    const program = await site.startReady(args)
    const file = recorded(site, warnings(3))
    const io = keptIo()
    assert.equal(await replay([`--from=${file}`, '--sink=alert', `--data-dir=${site.dataDir}`], io), 1)
    assert.match(io.stderr(), /no sink runs under the name alert; those that run are alerts/)
    assert.equal((await run(site, file, '--since=1h')).code, 2)
    assert.equal(await replay(['--since=1h', '--no-filter', '--sink=alerts'], keptIo()), 2)
    assert.equal((await run(site, file, '--first-line=0')).code, 2)
    await site.end(program)
    const stopped = await run(site, file)
    assert.equal(stopped.code, 3)
    assert.match(stopped.err, /start it .*nothing was handed over; go on with --first-line=1\n$/)
  })
})
