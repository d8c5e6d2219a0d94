/** For tests: an open sink and the event bus that it puts events to. */
import assert from 'node:assert/strict'
import * as z from 'zod/mini'
import { splitArgument } from '../../../sink-kit/split-argument.ts'
import type { Sink } from '../../../sink-kit/sink.ts'
import { startReceiver } from '../../../sink-kit/testing/http-receiver.ts'
import type { HttpReceiver, Received, Reply } from '../../../sink-kit/testing/http-receiver.ts'
import { sinkArgument, sinkWorld } from '../../../sink-kit/testing/sink-world.ts'
import type { SinkWorld } from '../../../sink-kit/testing/sink-world.ts'
import eventbridge, { openEventbridge } from '../index.ts'
import { EventBusDouble } from './event-bus.ts'
import type { BusSettings } from './event-bus.ts'

export const keys = { accessKeyId: 'LTAIexample', accessKeySecret: 'example-secret-0123456789' } as const
export const account = '1000000000000001'

export interface OpenSink {
  readonly sink: Sink
  readonly bus: EventBusDouble
  readonly receiver: HttpReceiver
  readonly world: SinkWorld
}

export interface SinkSetting {
  /** Added to the argument; begins with `&`. */
  readonly options?: string
  readonly bus?: Partial<BusSettings>
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Answers before the bus does, where it answers anything. */
  readonly before?: (request: Received) => Reply | undefined
  readonly tokenConfigPath?: string
}

export async function withBus(setting: SinkSetting, use: (open: OpenSink) => Promise<void>): Promise<void> {
  const { options = `&accessKeyId=${keys.accessKeyId}&accessKeySecret=${keys.accessKeySecret}` } = setting
  const bus = new EventBusDouble({
    keys: { [keys.accessKeyId]: { secret: keys.accessKeySecret } },
    buses: ['default'],
    ...setting.bus,
  })
  const receiver = await startReceiver()
  receiver.reply((request) => setting.before?.(request) ?? bus.answer(request))
  const env = { TZ: 'UTC', OwnerAccountId: account, ...setting.env }
  const text = `eventbridge:?clusterId=c1&regionId=cn-test&ke.endpoint=http://${receiver.host}${options}`
  const { kit, own, problems } = splitArgument(sinkArgument(text, env))
  const read = eventbridge.readArgument(own, kit)
  assert.deepEqual([problems, read.errors], [[], []])
  const world = sinkWorld(4, env)
  const sink = openEventbridge(
    z.parse(eventbridge.schema, read.options),
    world.context,
    setting.tokenConfigPath ?? '/nowhere/token-config',
  )
  try {
    await use({ sink, bus, receiver, world })
  } finally {
    await sink.close()
    await receiver.close()
  }
}
