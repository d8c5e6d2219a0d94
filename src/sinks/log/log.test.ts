/** The contract of sinks, held by the log sink, and what is its own. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../../domain/event.ts'
import type { Behaviour } from '../../sink-kit/contract.ts'
import { runSinkContract } from '../../sink-kit/contract.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from '../../sink-kit/testing/sink-world.ts'
import log, { openLog } from './index.ts'
import type { Output } from './write-out.ts'
import { outputTo } from './write-out.ts'

class Collected implements Output {
  readonly texts: string[] = []
  #how: Behaviour = 'takes'
  #arrived: (() => void) | undefined
  #closed = false
  #seen = false

  behave(how: Behaviour): void {
    this.#how = how
  }

  write(text: Uint8Array): Promise<void> {
    if (this.#closed) return Promise.reject(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    this.#seen = true
    this.#arrived?.()
    if (this.#how === 'hangs') return new Promise(() => undefined)
    if (text.length > 0) this.texts.push(Buffer.from(text).toString('utf8'))
    return Promise.resolve()
  }

  reached(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#seen) resolve()
      else this.#arrived = resolve
    })
  }

  breakPipe(): void {
    this.#closed = true
  }
}

const signal = new AbortController().signal

describe('log', () => {
  let output = new Collected()
  runSinkContract({
    declaration: {
      ...log,
      open: (options, context) => Promise.resolve(openLog(log.schema.parse(options), context, output)),
    },
    argument: 'log',
    secrets: ['canary'],
    behaviours: ['takes', 'hangs'],
    holds: (message, { event }) => message.includes(event.message ?? ''),
    startReceiver: () => {
      const mine = new Collected()
      output = mine
      return Promise.resolve({
        endpoint: '',
        behave: (how) => mine.behave(how),
        messages: () => mine.texts,
        reached: () => mine.reached(),
        close: () => {
          mine.breakPipe()
          return Promise.resolve()
        },
      })
    },
  })

  it('writes the event as the API server sent it, one line each', async () => {
    const collected = new Collected()
    const sink = openLog({ format: 'json' }, sinkWorld(1).context, collected)
    const raw = '{"message":"a\\nb <&>","metadata":{},"involvedObject":{},"unknown":1.50}'
    await sink.send(
      [{ ...occurrenceOf(podEvent(1)), raw: Buffer.from(raw) }, occurrenceOf(podEvent(2))],
      signal,
    )
    const [first, second, rest] = collected.texts.join('').split('\n')
    assert.equal(first, raw)
    assert.deepEqual(JSON.parse(second ?? ''), podEvent(2))
    assert.equal(rest, '')
  })

  it('says that nobody reads standard output any more, and asks for a retry', async () => {
    const collected = new Collected()
    collected.breakPipe()
    const sink = openLog({ format: 'json' }, sinkWorld(1).context, collected)
    assert.deepEqual(await sink.send([occurrenceOf(podEvent(1))], signal), [
      {
        kind: 'retry',
        reason: 'unreachable',
        detail: 'standard output: nobody reads it any more (EPIPE)',
      },
    ])
    await assert.rejects(sink.check(signal), /nobody reads it any more/)
  })

  it('waits for a reader that is slow, and writes nothing more while that stands still', async () => {
    const written: string[] = []
    let read: (() => void) | undefined
    const pipe = new Writable({
      write: (chunk: Buffer, _encoding, callback) => {
        written.push(chunk.toString('utf8'))
        if (written.length === 1) read = callback
        else callback()
      },
    })
    const sink = openLog({ format: 'json' }, sinkWorld(1).context, outputTo(pipe))
    for (const number of [1, 2]) {
      const slot = new AbortController()
      const sending = sink.send([occurrenceOf(podEvent(number))], slot.signal)
      slot.abort()
      const [outcome] = await sending
      assert.ok(outcome?.kind === 'retry' && outcome.reason === 'timeout')
    }
    const sending = sink.send([occurrenceOf(podEvent(3))], signal)
    assert.ok(read)
    read()
    assert.deepEqual(
      (await sending).map(({ kind }) => kind),
      ['delivered'],
    )
    await sink.close()
    assert.deepEqual(
      written.map((line): unknown => JSON.parse(line)),
      [podEvent(1), podEvent(3)],
    )
  })

  it('survives the error that a broken stream emits', async () => {
    const broken = new Writable({
      write: (_chunk, _encoding, callback) =>
        callback(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    })
    const sink = openLog({ format: 'json' }, sinkWorld(1).context, outputTo(broken))
    const [outcome] = await sink.send([occurrenceOf(podEvent(1))], signal)
    assert.equal(outcome?.kind === 'retry' && outcome.reason, 'unreachable')
  })
})

describe('log with ke.format=original', () => {
  it('prints the readable part of what kube-eventer prints', async () => {
    const golden = readGolden<Golden>('ke-log.json')
    const events = readGolden<GoldenEvents>('events.json')
    const collected = new Collected()
    const sink = openLog({ format: 'original' }, sinkWorld(1).context, collected)
    for (const id of golden.events) {
      const event = events[id]?.object
      assert.ok(event)
      await sink.send([occurrenceOf(event)], signal)
    }
    const told = golden.log.filter((line) => / \(cnt:\d+\): /.test(line))
    assert.equal(told.length, golden.events.length)
    const expected = told.map((line) => /   \d{4}-[^{}]* \(cnt:\d+\): .*$/.exec(line)?.[0])
    assert.deepEqual(
      collected.texts.map((text) => text.split('\n')[0]),
      expected,
    )
  })

  it('is chosen by the option, and an unknown format is refused', () => {
    const accepts = (text: string): boolean => {
      const { kit, own } = splitArgument(sinkArgument(text))
      return log.schema.safeParse(log.readArgument(own, kit).options).success
    }
    assert.equal(accepts('log:?ke.format=original'), true)
    assert.equal(accepts('log:?ke.format=xml'), false)
  })

  it('says that other options do nothing', () => {
    const { kit, own } = splitArgument(sinkArgument('log:?level=Warning&ke.ca=/x'))
    const { warnings, errors } = log.readArgument(own, kit)
    assert.match(warnings.join(), /no options but those with `ke\.`/)
    assert.match((errors ?? []).join(), /`ke\.ca` has no meaning/)
  })
})

interface Golden {
  readonly events: readonly string[]
  readonly log: readonly string[]
}

type GoldenEvents = Readonly<Record<string, { readonly object: KubernetesEvent }>>

function readGolden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../test/golden/wire/${name}`, import.meta.url), 'utf8'))
}
