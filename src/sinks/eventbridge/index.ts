/** EventBridge of Alibaba Cloud: a CloudEvent an occurrence, in the original's form. */
import { displayUrl } from '../../sink-kit/secrets.ts'
import type { Sink, SinkContext } from '../../sink-kit/sink.ts'
import { defineSink } from '../../sink-kit/sink.ts'
import { readEventbridgeArgument } from './argument.ts'
import { Bus } from './bus.ts'
import { checkBus } from './check.ts'
import type { EventbridgeOptions } from './options.ts'
import { eventbridgeSchema } from './options.ts'
import { putEvents } from './put-events.ts'

export default defineSink({
  name: 'eventbridge',
  summary: 'EventBridge of Alibaba Cloud: a CloudEvent an event',
  exporter: 'EventBridgeSink',
  schema: eventbridgeSchema,
  pace: {
    concurrency: 4,
    batchCount: 4,
    batchBytes: 200_000,
    lingerMs: 1_000,
    // Keys, account and region may have to be asked for first.
    timeoutMs: 30_000,
    retryForMs: 'journal',
  },
  examples: [
    {
      title: 'With an access key, from outside the cloud',
      argument:
        'eventbridge:?clusterId=c1&regionId=cn-hangzhou&internal=false&accessKeyId=example-id' +
        '&accessKeySecret=example-secret&ke.ownerAccountId=1000000000000001&ke.endpoint=http://<endpoint>',
    },
    {
      title: 'Into an event bus of its own',
      argument:
        'eventbridge:?clusterId=c1&regionId=cn-hangzhou&eventBusName=incidents&accessKeyId=example-id' +
        '&accessKeySecret=example-secret&ke.ownerAccountId=1000000000000001&ke.endpoint=http://<endpoint>',
    },
  ],
  readArgument: readEventbridgeArgument,
  display: ({ eventBusName, endpoint }) =>
    endpoint === undefined
      ? `event bus ${eventBusName}`
      : `event bus ${eventBusName} at ${displayUrl(endpoint)}`,
  open: (options, context) => Promise.resolve(openEventbridge(options, context)),
})

/** `tokenConfigPath`: where the token of a managed cluster lies; for tests. */
export function openEventbridge(
  options: EventbridgeOptions,
  context: SinkContext,
  tokenConfigPath?: string,
): Sink {
  const { eventBusName, regionId, clusterId } = options
  const bus = new Bus(options, context, tokenConfigPath)
  const settings = { eventBusName, regionId, clusterId }
  return {
    check: (signal) => checkBus(bus, eventBusName, signal),
    send: (batch, signal) => putEvents({ bus, settings, clock: context.clock }, batch, signal),
    close: () => bus.close(),
  }
}
