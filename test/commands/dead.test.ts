/** `dead` on a real program whose receiver rejects messages, then takes them. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { dead } from '../../src/cli/dead.ts'
import { status } from '../../src/cli/status.ts'
import { startReceiver } from '../../src/demo/receiver.ts'
import type { RunningProgram } from '../harness/program.ts'
import { openSite, type Site } from '../harness/site.ts'
import { until } from '../servers/processes.ts'
import { keptIo } from './io.ts'

interface Rejecting {
  readonly site: Site
  readonly args: readonly string[]
  /** What the receiver answers from now on. */
  answers: (body: string) => number
  /** Bodies that were taken. */
  readonly taken: string[]
  start(): Promise<RunningProgram>
}

/** A site whose one sink is answered 400 until told otherwise. */
async function rejecting(test: TestContext): Promise<Rejecting> {
  const site = await openSite(test)
  const taken: string[] = []
  const rejectsAll: Rejecting['answers'] = () => 400
  const state = { answers: rejectsAll }
  const receiver = await startReceiver({
    keep: 0,
    answer: ({ body }) => {
      const code = state.answers(body.toString())
      if (code === 200) taken.push(body.toString())
      return { status: code, body: 'no title' }
    },
  })
  site.onClose(() => receiver.close())
  const args = [
    site.source,
    `--sink=webhook:${receiver.url}/very-secret?method=POST&ke.name=alerts`,
    `--data-dir=${site.dataDir}`,
  ]
  return Object.assign(state, {
    site,
    args,
    taken,
    start: async () => {
      const program = await site.start(args)
      await program.ready()
      return program
    },
  })
}

async function run(site: Site, ...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = keptIo()
  const code = await dead([...argv, `--data-dir=${site.dataDir}`], io)
  return { code, out: io.stdout(), err: io.stderr() }
}

async function letters(site: Site): Promise<{ id: number; reason: string; replaying: boolean }[]> {
  return JSON.parse((await run(site, 'list', '--json', '--limit=1000')).out)
}

async function untilHeld(site: Site, count: number): Promise<number[]> {
  return until(`${count} dead letters`, async () => {
    const found = await letters(site)
    return found.length === count && found.map(({ id }) => id)
  })
}

async function heldByStatus(site: Site): Promise<number> {
  const io = keptIo()
  await status(['--json', `--data-dir=${site.dataDir}`], io)
  return JSON.parse(io.stdout()).sinks[0].deadLetters
}

describe('dead list and show', () => {
  it('tell what was rejected and why, while the program runs and when it is stopped, without secrets', async (test) => {
    const place = await rejecting(test)
    const program = await place.start()
    place.site.feed.put(2)
    const [id] = await untilHeld(place.site, 2)
    const { out } = await run(place.site, 'list')
    assert.match(out, /^ID +DIED +SINK +REASON +OBJECT +EVENT +SAID$/m)
    assert.match(out, /alerts +bad-message +Pod shop\/web-\d+ +BackOff +.*400/)
    assert.doesNotMatch(out, /very-secret/)
    await program.process.stop('SIGTERM')
    const shown = await run(place.site, 'show', String(id))
    assert.equal(shown.code, 0)
    assert.match(shown.out, /^reason +bad-message$/m)
    assert.match(shown.out, /"reason": "BackOff"/)
    assert.equal((await run(place.site, 'show', '999')).code, 1)
    assert.deepEqual(JSON.parse((await run(place.site, 'list', '--json', '--sink=other')).out), [])
  })
})

describe('dead replay', () => {
  it('sends letters again; what is taken is no dead letter any more', async (test) => {
    const place = await rejecting(test)
    await place.start()
    const marks = place.site.feed.put(3)
    await untilHeld(place.site, 3)
    place.answers = () => 200
    const { code, out } = await run(place.site, 'replay', '--sink=alerts')
    assert.deepEqual([code, out], [0, '3 dead letters being sent again\n'])
    await untilHeld(place.site, 0)
    assert.equal(place.taken.length, 3)
    for (const mark of marks) assert.ok(place.taken.some((body) => body.includes(`[[${mark}]]`)))
    assert.equal(await heldByStatus(place.site), 0)
  })

  it('keeps what is rejected again, and sends only what was meant', async (test) => {
    const place = await rejecting(test)
    await place.start()
    place.site.feed.put(2)
    const [first, second] = await untilHeld(place.site, 2)
    let asked = 0
    place.answers = () => {
      asked += 1
      return 422
    }
    assert.equal((await run(place.site, 'replay', String(first))).code, 0)
    await until(
      'it to die again',
      async () => asked === 1 && (await letters(place.site)).every((one) => !one.replaying),
    )
    assert.deepEqual(
      (await letters(place.site)).map(({ id }) => id),
      [first, second],
    )
  })

  it('that a kill interrupted goes on at the next start', async (test) => {
    const place = await rejecting(test)
    const program = await place.start()
    place.site.feed.put(5)
    await untilHeld(place.site, 5)
    // The destination is away for now, so that nothing of it is done before the kill.
    place.answers = () => 503
    await run(place.site, 'replay', '--all')
    await program.kill()
    assert.ok((await letters(place.site)).every(({ replaying }) => replaying))
    place.answers = () => 200
    await place.start()
    await untilHeld(place.site, 0)
    assert.ok(place.taken.length >= 5)
  })

  it('does not hold up new events, and loses none of more than are in hand at once', async (test) => {
    const place = await rejecting(test)
    await place.start()
    const marks = place.site.feed.put(150)
    await untilHeld(place.site, marks.length)
    place.answers = () => 200
    assert.equal((await run(place.site, 'replay', '--all')).code, 0)
    const [fresh = ''] = place.site.feed.put(1)
    await until('all to be told', () => {
      const all = place.taken.join('\n')
      return [...marks, fresh].every((mark) => all.includes(`[[${mark}]]`))
    })
    await until('none to be left', async () => (await heldByStatus(place.site)) === 0)
    assert.equal(place.taken.length, 151)
  })

  it('refuses letters of a sink that is not configured any more', async (test) => {
    const place = await rejecting(test)
    const program = await place.start()
    place.site.feed.put(1)
    await untilHeld(place.site, 1)
    await program.process.stop('SIGTERM')
    await place.site.startReady([
      place.site.source,
      '--sink=log:?ke.name=log',
      `--data-dir=${place.site.dataDir}`,
    ])
    const { code, err } = await run(place.site, 'replay', '--all')
    assert.equal(code, 1)
    assert.match(err, /no sink runs under the name alerts: configure it, or drop its dead letters/)
    assert.equal((await run(place.site, 'drop', '--all')).code, 0)
    assert.deepEqual(await letters(place.site), [])
  })
})

describe('dead drop', () => {
  it('removes what was named, at once and for good, and tells what was not there', async (test) => {
    const place = await rejecting(test)
    const program = await place.start()
    place.site.feed.put(3)
    const [, middle = 0] = await untilHeld(place.site, 3)
    const { code, out, err } = await run(place.site, 'drop', String(middle), '999')
    assert.deepEqual([code, out, err], [1, '1 dead letter dropped\n', 'there is no dead letter 999\n'])
    await program.kill()
    const left = (await letters(place.site)).map(({ id }) => id)
    assert.equal(left.length, 2)
    assert.ok(!left.includes(middle))
  })

  it('of a stopped program exits 3 and changes nothing', async (test) => {
    const place = await rejecting(test)
    const program = await place.start()
    place.site.feed.put(1)
    await untilHeld(place.site, 1)
    await program.process.stop('SIGTERM')
    const { code, err } = await run(place.site, 'drop', '--all')
    assert.equal(code, 3)
    assert.match(err, /start it/)
    assert.equal((await letters(place.site)).length, 1)
  })
})

describe('dead with arguments that leave open what is meant', () => {
  it('exits 2 and does nothing', async (test) => {
    const place = await rejecting(test)
    const program = await place.start()
    await program.process.stop('SIGTERM')
    for (const argv of [['replay'], ['drop', '1', '--all'], ['drop', 'x'], ['bury']]) {
      assert.equal((await run(place.site, ...argv)).code, 2, argv.join(' '))
    }
  })
})
