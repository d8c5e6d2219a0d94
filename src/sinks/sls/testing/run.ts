/** For tests: an open sink and the service that it writes to. */
import * as z from 'zod/mini'
import type { Clock } from '../../../domain/clock.ts'
import type { Sink } from '../../../sink-kit/sink.ts'
import { splitArgument } from '../../../sink-kit/split-argument.ts'
import { sinkArgument, sinkWorld } from '../../../sink-kit/testing/sink-world.ts'
import type { SinkWorld } from '../../../sink-kit/testing/sink-world.ts'
import sls, { openSls } from '../index.ts'
import type { LogService, ServiceOptions } from './log-service.ts'
import { startLogService } from './log-service.ts'

export const keys = { accessKeyId: 'LTAIexample', accessKeySecret: 'example-secret-0123456789' } as const

/** A whole `--sink=` value; `more` begins with `&`. */
export function argumentFor(host: string, more = ''): string {
  const key = more.includes('accessKey')
    ? ''
    : `&accessKeyId=${keys.accessKeyId}&accessKeySecret=${keys.accessKeySecret}`
  const place = more.includes('regionId') ? '' : '&regionId=cn-test'
  return `sls:https://sls.aliyuncs.com?project=shop&logStore=events${place}${key}&ke.endpoint=http://${host}${more}`
}

export interface OpenSink {
  readonly sink: Sink
  readonly service: LogService
  readonly world: SinkWorld
}

export interface SinkSetting {
  /** Added to the argument; begins with `&`. */
  readonly options?: string
  readonly service?: Partial<ServiceOptions>
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  readonly tokenConfigPath?: string
}

export async function withSink(setting: SinkSetting, use: (open: OpenSink) => Promise<void>): Promise<void> {
  const service = await startLogService({
    project: 'shop',
    logStore: 'events',
    region: 'cn-test',
    keys: { [keys.accessKeyId]: { secret: keys.accessKeySecret } },
    ...setting.service,
  })
  const { kit, own } = splitArgument(sinkArgument(argumentFor(service.host, setting.options)))
  const options = z.parse(sls.schema, sls.readArgument(own, kit).options)
  const world = sinkWorld(2, { TZ: 'UTC', ...setting.env })
  const context = setting.clock ? { ...world.context, clock: setting.clock } : world.context
  const sink = await openSls(options, context, setting.tokenConfigPath ?? '/nowhere/token-config')
  try {
    await use({ sink, service, world })
  } finally {
    await sink.close()
    await service.close()
  }
}
