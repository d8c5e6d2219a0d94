/** SLS (Simple Log Service of Alibaba Cloud): a log an occurrence, in the original's form. */
import { displayUrl } from '../../sink-kit/secrets.ts'
import type { Sink, SinkContext } from '../../sink-kit/sink.ts'
import { defineSink } from '../../sink-kit/sink.ts'
import { readSlsArgument } from './argument.ts'
import { checkLogStore } from './check.ts'
import { LogEncoder } from './log-group.ts'
import type { SlsOptions } from './options.ts'
import { slsSchema } from './options.ts'
import { Project } from './project.ts'
import type { LogStore } from './write.ts'
import { writeBatch } from './write.ts'

export default defineSink({
  name: 'sls',
  summary: 'SLS, the Simple Log Service of Alibaba Cloud: a log an event',
  exporter: 'SLSSink',
  schema: slsSchema,
  pace: {
    concurrency: 2,
    batchCount: 500,
    batchBytes: 1_048_576,
    lingerMs: 1_000,
    // Keys and region may have to be asked for first.
    timeoutMs: 30_000,
    retryForMs: 'journal',
  },
  examples: [
    {
      title: 'With an access key, from outside the cloud',
      argument:
        'sls:https://sls.aliyuncs.com?project=my-project&logStore=k8s-events&regionId=cn-hangzhou&internal=false' +
        '&accessKeyId=example-id&accessKeySecret=example-secret&ke.endpoint=http://<endpoint>',
    },
    {
      title: 'With a topic and two fields more, signed as older proxies want it',
      argument:
        'sls:https://sls.aliyuncs.com?project=my-project&logStore=k8s-events&regionId=cn-hangzhou&topic=prod' +
        '&label=ClusterId,c1&label=UserId,u1&ke.signature=v1' +
        '&accessKeyId=example-id&accessKeySecret=example-secret&ke.endpoint=http://<endpoint>',
    },
  ],
  readArgument: readSlsArgument,
  display: ({ project, endpoint }) =>
    endpoint === undefined ? `project ${project}` : `project ${project} at ${displayUrl(endpoint)}`,
  open: openSls,
})

/** `tokenConfigPath`: where the token of a managed cluster lies; for tests. */
export async function openSls(
  options: SlsOptions,
  context: SinkContext,
  tokenConfigPath?: string,
): Promise<Sink> {
  const project = new Project(options, context, tokenConfigPath)
  const store: LogStore = {
    project,
    path: `/logstores/${options.logStore}`,
    encoder: new LogEncoder({ topic: options.topic, labels: options.label }),
    clock: context.clock,
  }
  return {
    check: (signal) => checkLogStore(store, signal),
    send: (batch, signal) => writeBatch(store, batch, signal),
    close: () => project.close(),
  }
}
