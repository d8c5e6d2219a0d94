/**
 * What every sink promises, as a suite of tests: a sink's test names its declaration and a receiver, and runs this.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod/mini'
import type { Occurrence } from '../domain/occurrence.ts'
import type { Outcome } from '../domain/outcome.ts'
import { paceWith } from './kit-options.ts'
import type { SinkReport } from './report.ts'
import type { Sink, SinkDeclaration } from './sink.ts'
import { splitArgument } from './split-argument.ts'
import { occurrenceOf, podEvent, sinkArgument, sinkWorld } from './testing/sink-world.ts'

/** How a receiver behaves from now on. */
export type Behaviour = 'takes' | 'fails' | 'refuses-message' | 'is-throttled' | 'hangs'

export interface ContractReceiver {
  /** Takes the place of `<endpoint>` in arguments. */
  readonly endpoint: string
  behave(how: Behaviour): void
  /** Texts of the messages that were taken, in the order of their arrival. */
  messages(): readonly string[]
  /** Resolves when something has arrived while it hangs. */
  reached(): Promise<void>
  close(): Promise<void>
}

export interface Contract {
  readonly declaration: SinkDeclaration
  /** A whole `--sink=` value with `<endpoint>`, and every secret that it can carry. */
  readonly argument: string
  /** What stands in `argument` and must never be seen. */
  readonly secrets: readonly string[]
  /** What the receiver of this sink can do. */
  readonly behaviours: readonly Behaviour[]
  /** Finds an event in a message. */
  holds(message: string, occurrence: Occurrence): boolean
  startReceiver(): Promise<ContractReceiver>
}

/** Runs the suite inside the caller's `describe`. */
export function runSinkContract(contract: Contract): void {
  const { declaration, behaviours } = contract
  /** A promise about a behaviour holds only where the destination has it: a terminal never throttles. */
  const itWhere = (how: Behaviour, promise: string, prove: () => Promise<void>): void => {
    if (behaviours.includes(how)) it(promise, prove)
  }

  describe('as a sink', () => {
    it('delivers each occurrence and answers for each, in order', async () => {
      await withSink(contract, async ({ sink, receiver }) => {
        const batch = [1, 2, 3].map((number) => occurrenceOf(podEvent(number), number))
        const outcomes: Outcome[] = []
        for (const occurrence of batch) outcomes.push(...(await send(sink, [occurrence])))
        assert.deepEqual(
          outcomes.map(({ kind }) => kind),
          ['delivered', 'delivered', 'delivered'],
        )
        const messages = receiver.messages()
        assert.deepEqual(
          batch.map((occurrence) => messages.findIndex((message) => contract.holds(message, occurrence))),
          [0, 1, 2],
        )
      })
    })

    it('answers a whole batch with one outcome an occurrence', async () => {
      await withSink(contract, async ({ sink }) => {
        const batch = [1, 2, 3].map((number) => occurrenceOf(podEvent(number), number))
        assert.deepEqual(
          (await send(sink, batch)).map(({ kind }) => kind),
          ['delivered', 'delivered', 'delivered'],
        )
      })
    })

    it('leaves the event as it was', async () => {
      await withSink(contract, async ({ sink }) => {
        const occurrence = occurrenceOf(deepFreeze(podEvent(1, 'a "quoted" message')))
        assert.deepEqual(kindsOf(await send(sink, [occurrence])), ['delivered'])
      })
    })

    itWhere('fails', 'asks for a retry where the destination fails, and delivers afterwards', async () => {
      await withSink(contract, async ({ sink, receiver }) => {
        receiver.behave('fails')
        const occurrence = occurrenceOf(podEvent(1))
        assert.deepEqual(kindsOf(await send(sink, [occurrence])), ['retry server-error'])
        receiver.behave('takes')
        assert.deepEqual(kindsOf(await send(sink, [occurrence])), ['delivered'])
      })
    })

    it('tells a report exactly where its declaration says that it can', async () => {
      await withSink(contract, async ({ sink, receiver, tells }) => {
        assert.equal(sink.report !== undefined, tells)
        if (!sink.report) return
        const outcome = await sink.report(countedReport, new AbortController().signal)
        assert.deepEqual(kindsOf([outcome]), ['delivered'])
        const messages = receiver.messages()
        assert.equal(messages.length, 1)
        assert.match(messages[0] ?? '', /Kubernetes Event Daily statistical/)
        assert.match(messages[0] ?? '', /web-0/)
      })
    })

    itWhere('fails', 'asks for a retry of a report where the destination fails', async () => {
      await withSink(contract, async ({ sink, receiver }) => {
        if (!sink.report) return
        receiver.behave('fails')
        const { signal } = new AbortController()
        assert.deepEqual(kindsOf([await sink.report(countedReport, signal)]), ['retry server-error'])
        receiver.behave('takes')
        assert.deepEqual(kindsOf([await sink.report(countedReport, signal)]), ['delivered'])
      })
    })

    itWhere('is-throttled', 'passes on how long a throttling destination asks to wait', async () => {
      await withSink(contract, async ({ sink, receiver }) => {
        receiver.behave('is-throttled')
        const [outcome] = await send(sink, [occurrenceOf(podEvent(1))])
        assert.ok(outcome?.kind === 'retry' && outcome.reason === 'throttled')
        assert.ok(outcome.afterMs !== undefined && outcome.afterMs > 0)
      })
    })

    itWhere('refuses-message', 'rejects what the destination will never take', async () => {
      await withSink(contract, async ({ sink, receiver }) => {
        receiver.behave('refuses-message')
        assert.deepEqual(kindsOf(await send(sink, [occurrenceOf(podEvent(1))])), ['rejected bad-message'])
      })
    })

    itWhere('hangs', 'ends a send that gets no answer when it is told to', async () => {
      await withSink(contract, async ({ sink, receiver }) => {
        receiver.behave('hangs')
        const slot = new AbortController()
        const sending = sink.send([occurrenceOf(podEvent(1))], slot.signal)
        await receiver.reached()
        slot.abort()
        assert.deepEqual(kindsOf(await sending), ['retry timeout'])
      })
    })

    itWhere('hangs', 'ends what is in flight when it is closed at once', async () => {
      await withSink(contract, async ({ sink, receiver, abort }) => {
        receiver.behave('hangs')
        const sending = sink.send([occurrenceOf(podEvent(1))], new AbortController().signal)
        await receiver.reached()
        abort.abort()
        const [outcome] = await sending
        assert.equal(outcome?.kind, 'retry')
      })
    })

    it('asks for a retry where nobody listens, and its check says so', async () => {
      await withSink(contract, async ({ sink, receiver }) => {
        await receiver.close()
        assert.deepEqual(kindsOf(await send(sink, [occurrenceOf(podEvent(1))])), ['retry unreachable'])
        await assert.rejects(sink.check(new AbortController().signal), Error)
      })
    })

    it('checks its destination without sending an alert', async () => {
      await withSink(contract, async ({ sink, receiver }) => {
        await sink.check(new AbortController().signal)
        assert.deepEqual(receiver.messages(), [])
      })
    })

    it('shows no secret, whatever happens', async () => {
      await withSink(contract, async ({ sink, receiver, shown }) => {
        for (const how of behaviours.filter((one) => one !== 'hangs')) {
          receiver.behave(how)
          shown.push(JSON.stringify(await send(sink, [occurrenceOf(podEvent(1))])))
        }
        await receiver.close()
        shown.push(JSON.stringify(await send(sink, [occurrenceOf(podEvent(1))])))
        await sink.check(new AbortController().signal).catch((error: unknown) => shown.push(String(error)))
        for (const text of shown) {
          for (const secret of contract.secrets) assert.ok(!text.includes(secret), `${secret} in: ${text}`)
        }
      })
    })

    it('leaves no socket and no timer behind', async () => {
      const before = await openHandles((handles) => !handles.some((name) => name.startsWith('TCP')))
      await withSink(contract, async ({ sink }) => {
        await send(sink, [occurrenceOf(podEvent(1))])
      })
      const after = await openHandles((handles) => isDeepStrictEqual(handles, before))
      assert.deepEqual(after, before)
    })

    for (const example of declaration.examples) {
      it(`does what its documentation shows: ${example.title}`, async () => {
        await withSink({ ...contract, argument: example.argument }, async ({ sink, receiver }) => {
          const occurrence = occurrenceOf(podEvent(1))
          assert.deepEqual(kindsOf(await send(sink, [occurrence])), ['delivered'])
          assert.equal(receiver.messages().length, 1)
        })
      })
    }

    it('describes each of its options', () => {
      assert.ok(declaration.schema instanceof z.ZodMiniObject)
      const described: unknown = z.toJSONSchema(declaration.schema, { io: 'input', unrepresentable: 'any' })
      assert.ok(typeof described === 'object' && described !== null && 'properties' in described)
      for (const [name, field] of Object.entries(described.properties ?? {})) {
        assert.ok(
          typeof field === 'object' && field !== null && 'description' in field,
          `${name} has no description`,
        )
      }
    })
  })
}

const countedReport: SinkReport = {
  title: 'Kubernetes Event Daily statistical',
  text: () => 'Kubernetes Event Daily statistical\n\nPod shop/web-0  7',
  markdown: () => '#### Kubernetes Event Daily statistical\n\n- **Pod shop/web-0** ×7',
  json: () => ({ title: 'Kubernetes Event Daily statistical', rows: [{ name: 'Pod shop/web-0', count: 7 }] }),
}

interface Setting {
  readonly sink: Sink
  readonly receiver: ContractReceiver
  readonly abort: AbortController
  /** What the declaration says of reports. */
  readonly tells: boolean
  /** What people get to see: filled by the sink and the test. */
  readonly shown: string[]
}

async function withSink(contract: Contract, use: (setting: Setting) => Promise<void>): Promise<void> {
  const { declaration } = contract
  const receiver = await contract.startReceiver()
  const { kit, own, problems } = splitArgument(
    sinkArgument(contract.argument.replaceAll('<endpoint>', receiver.endpoint)),
  )
  assert.deepEqual(problems, [])
  const read = declaration.readArgument(own, kit)
  assert.deepEqual(read.errors ?? [], [])
  const options = z.parse(declaration.schema, read.options)
  const world = sinkWorld(paceWith(declaration.pace, kit).concurrency)
  const sink = await declaration.open(options, world.context)
  const shown = [declaration.display(options), ...read.warnings]
  try {
    const tells = declaration.tellsReports?.(options) ?? false
    await use({ sink, receiver, abort: world.abort, tells, shown })
  } finally {
    shown.push(...world.logged)
    await sink.close()
    await receiver.close()
  }
}

function send(sink: Sink, batch: readonly Occurrence[]): Promise<readonly Outcome[]> {
  return sink.send(batch, new AbortController().signal)
}

function kindsOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.map((outcome) =>
    outcome.kind === 'delivered' ? outcome.kind : `${outcome.kind} ${outcome.reason}`,
  )
}

/** What keeps the process alive, once it is as hoped or has had the time: a closed socket goes some turns later. */
async function openHandles(hoped: (handles: readonly string[]) => boolean): Promise<readonly string[]> {
  let handles: readonly string[] = []
  for (let turn = 0; turn < 1_000; turn++) {
    handles = process
      .getActiveResourcesInfo()
      .filter((name) => /TCP|TLS|Timeout|FS|Pipe/.test(name))
      .toSorted()
    if (hoped(handles)) break
    await new Promise((resolve) => setImmediate(resolve))
  }
  return handles
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}
