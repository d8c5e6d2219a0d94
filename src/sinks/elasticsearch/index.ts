/** Elasticsearch and OpenSearch: a document an occurrence, in an index a day or a data stream. */
import { displayUrl, redactorFor } from '../../sink-kit/secrets.ts'
import type { Redactor } from '../../sink-kit/secrets.ts'
import { splitUrl } from '../../sink-kit/raw-url.ts'
import type { Sink, SinkContext } from '../../sink-kit/sink.ts'
import { defineSink } from '../../sink-kit/sink.ts'
import { tlsOf } from '../../sink-kit/trust.ts'
import { outcomeOfRefusal } from './answers.ts'
import { readElasticsearchArgument } from './argument.ts'
import { awsCredentials } from './aws-credentials.ts'
import { awsSigner, hasAwsKeys, isAwsHost } from './aws-sign.ts'
import { Bulk } from './bulk.ts'
import { checkWrite } from './check.ts'
import type { DocumentSettings } from './document.ts'
import { Indices } from './indices.ts'
import { Nodes } from './nodes.ts'
import type { Authorize } from './nodes.ts'
import type { ElasticsearchOptions } from './options.ts'
import { elasticsearchSchema } from './options.ts'
import { nameOf, readServer } from './server.ts'
import type { Detected } from './server.ts'
import { Sniffer } from './sniff.ts'

export default defineSink({
  name: 'elasticsearch',
  summary: 'Elasticsearch and OpenSearch: an index a day, or a data stream',
  exporter: 'ElasticSearch Sink',
  schema: elasticsearchSchema,
  pace: {
    concurrency: 2,
    batchCount: 250,
    batchBytes: 2 * 1_048_576,
    lingerMs: 1_000,
    // A cluster that is busy with merging takes its time for a batch, and is no better for getting it twice.
    timeoutMs: 30_000,
    retryForMs: 'journal',
    order: 'any',
  },
  examples: [
    {
      title: 'An index a day, with a user',
      argument: 'elasticsearch:http://<endpoint>?sniff=false&esUserName=events&esUserSecret=example-password',
    },
    {
      title: 'One of two nodes, indices of its own, a namespace each',
      argument:
        'elasticsearch:?nodes=http://<endpoint>&nodes=http://<endpoint>&sniff=false&index=kube&use_namespace=true' +
        '&cluster_name=prod',
    },
    {
      title: 'A data stream, with an API key, compressed',
      argument:
        'elasticsearch:http://<endpoint>?sniff=false&ke.dataStream=logs-kubernetes.events-prod' +
        '&ke.apiKey=example-id:example-key&ke.gzip=true',
    },
  ],
  readArgument: readElasticsearchArgument,
  display: ({ nodes }) => nodes.map((url) => displayUrl(url)).join(', '),
  open: openElasticsearch,
})

async function openElasticsearch(options: ElasticsearchOptions, context: SinkContext): Promise<Sink> {
  const { clock, log, env, signal, concurrency } = context
  const redact = redactorOf(options)
  const nodes = await Nodes.open({
    urls: options.nodes.map(withoutUsualPort),
    http: {
      tls: tlsOf(options),
      concurrency,
      env,
      signal,
    },
    authorize: await authorizeBy(options, context),
    clock,
  })
  const detector = new Detector(nodes, options.ver, context, redact)
  const settings: DocumentSettings = {
    index: options.index,
    useNamespace: options.use_namespace,
    dataStream: options.dataStream,
    clusterName: options.cluster_name,
    pipeline: options.pipeline,
  }
  const indices = new Indices({
    nodes,
    index: options.index,
    dataStream: options.dataStream,
    indexTemplate: options.indexTemplate ?? true,
    log,
    clock,
    redact,
  })
  const bulk = new Bulk({
    nodes,
    indices,
    settings,
    gzip: options.gzip ?? false,
    clock,
    redact,
    detect: (slot) => detector.detect(slot),
    serverUnsure: () => detector.forget(),
  })
  const scheme = splitUrl(options.nodes[0] ?? '')?.scheme ?? 'http'
  const sniffer = options.sniff ? new Sniffer(nodes, scheme, clock, log) : undefined
  return {
    check: (slot) =>
      checkWrite(
        {
          nodes,
          target: options.dataStream ?? `${options.index}-${today(clock.wallMs())}`,
          isDataStream: options.dataStream !== undefined,
          pipeline: options.pipeline,
          detect: (by) => detector.detect(by),
          redact,
        },
        slot,
      ),
    send: async (batch, slot) => {
      await sniffer?.sniff(slot)
      return bulk.send(batch, slot)
    },
    close: () => nodes.close(),
  }
}

/** Learns which server it is when the first batch leaves, and again when it is not sure any more. */
class Detector {
  readonly #nodes: Nodes
  readonly #ver: number | undefined
  readonly #context: SinkContext
  readonly #redact: Redactor
  #detected: Detected | undefined
  #detecting: Promise<Detected> | undefined
  #told: string | undefined

  constructor(nodes: Nodes, ver: number | undefined, context: SinkContext, redact: Redactor) {
    this.#nodes = nodes
    this.#ver = ver
    this.#context = context
    this.#redact = redact
  }

  detect(signal: AbortSignal): Promise<Detected> {
    if (this.#detected) return Promise.resolve(this.#detected)
    this.#detecting ??= this.#ask(signal).finally(() => (this.#detecting = undefined))
    return this.#detecting
  }

  forget(): void {
    this.#detected = undefined
  }

  async #ask(signal: AbortSignal): Promise<Detected> {
    const request = { method: 'GET', path: '/', headers: [['Accept', 'application/json']] } as const
    const reply = await this.#nodes.request(request, signal)
    const detected = readServer(reply, this.#ver, (refusal) =>
      outcomeOfRefusal(refusal, this.#context.clock.wallMs(), this.#redact),
    )
    if (detected.kind === 'failed') return detected
    this.#detected = detected
    this.#tell(detected)
    return detected
  }

  #tell({ server }: Extract<Detected, { kind: 'server' }>): void {
    const name = nameOf(server)
    if (name === this.#told) return
    this.#told = name
    const { log } = this.#context
    if (this.#ver !== undefined && server.version !== undefined && this.#ver !== server.major) {
      log.warn(`the cluster says that it is ${name}: that counts, and \`ver\` does not; remove it`)
    } else log.debug(`the cluster is ${name}`)
  }
}

async function authorizeBy(options: ElasticsearchOptions, context: SinkContext): Promise<Authorize> {
  const { apiKey, esUserName, esUserSecret = '', sigv4 } = options
  const { env, clock, signal } = context
  const hasOwn = apiKey !== undefined || esUserName !== undefined
  const signs =
    sigv4 === 'true' ||
    (sigv4 === 'auto' && hasAwsKeys(env) && (!hasOwn || options.nodes.some((url) => isAwsHost(url))))
  if (signs) return awsSigner(awsCredentials({ env, clock, signal }), env, clock)
  const value =
    apiKey === undefined
      ? esUserName === undefined
        ? undefined
        : `Basic ${base64(`${esUserName}:${esUserSecret}`)}`
      : `ApiKey ${apiKey.includes(':') ? base64(apiKey) : apiKey}`
  const headers = value === undefined ? [] : ([['Authorization', value]] as const)
  return () => headers
}

/** A signature is for the host without the port that its scheme has anyway. */
function withoutUsualPort(url: string): string {
  return url.replace(/^(http:\/\/[^/]*?):80(?=\/|$)/, '$1').replace(/^(https:\/\/[^/]*?):443(?=\/|$)/, '$1')
}

function redactorOf({ nodes, esUserName, esUserSecret, apiKey }: ElasticsearchOptions): Redactor {
  const secrets = [
    ...(esUserSecret === undefined ? [] : [esUserSecret, base64(`${esUserName ?? ''}:${esUserSecret}`)]),
    ...(apiKey === undefined ? [] : [apiKey, base64(apiKey), apiKey.slice(apiKey.indexOf(':') + 1)]),
  ]
  const redactors = nodes.map((url) => redactorFor(url, secrets))
  return (text) => redactors.reduce((clean, redact) => redact(clean), text)
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

function today(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10).replaceAll('-', '.')
}
