/** Where the texts of templates come from: ConfigMaps of the first source's cluster, and files. One watch each. */
import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { watchFile } from '../config/watch-file.ts'
import { sleep, type Clock } from '../domain/clock.ts'
import type { SourceOptions } from '../domain/source-options.ts'
import { openApiClient, type ApiClient } from '../kubernetes/api-client.ts'
import { resolveAccess } from '../kubernetes/auth.ts'
import { watchConfigMap, type ConfigMapState, type ConfigMapWatch } from '../kubernetes/configmap-watch.ts'
import type { TemplateOrigin } from '../sink-kit/body.ts'
import type { Logger } from '../telemetry/telemetry.ts'

/** What is known of a template's text, wherever it comes from. */
export type TextState = ConfigMapState

export interface TemplateFeedsParts {
  /** The cluster that ConfigMaps are read from: the first source's. */
  readonly source: SourceOptions | undefined
  readonly log: Logger
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A file that is not there is looked for so often. */
const lookAgainMs = 1_000

type Listener = (state: TextState) => void

interface Shared {
  readonly origin: TemplateOrigin & { readonly kind: 'configmap' }
  readonly listeners: Set<Listener>
  watch: ConfigMapWatch
  last: TextState | undefined
}

export class TemplateFeeds {
  readonly #parts: TemplateFeedsParts
  readonly #shared = new Map<string, Shared>()
  #source: SourceOptions | undefined
  #client: Promise<ApiClient> | undefined

  constructor(parts: TemplateFeedsParts) {
    this.#parts = parts
    this.#source = parts.source
  }

  /** Tells the text as it is and each change until the answer is called; that resolves when nothing is open. */
  listen(origin: TemplateOrigin, tell: Listener): () => Promise<void> {
    switch (origin.kind) {
      case 'inline':
        tell({ kind: 'content', content: origin.text })
        return async () => {}
      case 'file':
        return this.#listenToFile(origin.path, tell)
      case 'configmap':
        return this.#listenToConfigMap(origin, tell)
    }
  }

  /** From now on ConfigMaps are read from this cluster. What was read of the one before stays until then. */
  async moveTo(source: SourceOptions): Promise<void> {
    if (isDeepStrictEqual({ ...source, lookBack: undefined }, { ...this.#source, lookBack: undefined }))
      return
    this.#source = source
    const before = this.#client
    this.#client = undefined
    await Promise.all(
      [...this.#shared.values()].map(async (shared) => {
        await shared.watch.stop()
        if (this.#shared.get(keyOf(shared.origin)) === shared) shared.watch = this.#watch(shared)
      }),
    )
    await closed(before)
  }

  /** After everybody has stopped listening. */
  close(): Promise<void> {
    return closed(this.#client)
  }

  #listenToConfigMap(origin: Shared['origin'], tell: Listener): () => Promise<void> {
    const key = keyOf(origin)
    const shared = this.#shared.get(key) ?? this.#share(origin)
    shared.listeners.add(tell)
    if (shared.last) tell(shared.last)
    return async () => {
      shared.listeners.delete(tell)
      if (shared.listeners.size > 0 || this.#shared.get(key) !== shared) return
      this.#shared.delete(key)
      await shared.watch.stop()
    }
  }

  #share(origin: Shared['origin']): Shared {
    const listeners = new Set<Listener>()
    const shared: Shared = { origin, listeners, last: undefined, watch: { stop: async () => {} } }
    shared.watch = this.#watch(shared)
    this.#shared.set(keyOf(origin), shared)
    return shared
  }

  #watch(shared: Shared): ConfigMapWatch {
    const { log, clock } = this.#parts
    return watchConfigMap({
      configMap: shared.origin,
      client: () => this.#open(),
      log,
      clock,
      random: Math.random,
      tell: (state) => {
        shared.last = state
        for (const tell of shared.listeners) tell(state)
      },
    })
  }

  /** One for all ConfigMaps. What keeps it from being opened may pass: the next call tries again. */
  #open(): Promise<ApiClient> {
    if (this.#client) return this.#client
    const { env, clock } = this.#parts
    if (this.#source === undefined) return Promise.reject(new Error('there is no source to read it from'))
    const opening = resolveAccess(this.#source, { env, clock }).then((access) => openApiClient(access, clock))
    this.#client = opening
    opening.catch(() => {
      if (this.#client === opening) this.#client = undefined
    })
    return opening
  }

  #listenToFile(path: string, tell: Listener): () => Promise<void> {
    const { clock } = this.#parts
    const stopping = new AbortController()
    const { signal } = stopping
    const look = async (): Promise<TextState> => {
      const state = await readTemplateFile(path)
      if (!signal.aborted) tell(state)
      return state
    }
    const run = async (): Promise<void> => {
      while ((await look()).kind !== 'content' && !signal.aborted) await sleep(clock, lookAgainMs, signal)
      if (signal.aborted) return
      const watch = watchFile(path, () => void look())
      signal.addEventListener('abort', () => watch.close())
      await watch.ready
      // What changed before it was watched.
      if (!signal.aborted) await look()
    }
    const running = run()
    return async () => {
      stopping.abort()
      await running
    }
  }
}

/** Never rejects. */
export async function readTemplateFile(path: string): Promise<TextState> {
  try {
    return { kind: 'content', content: await readFile(path, 'utf8') }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    return { kind: 'unavailable', detail: `${code}; mount it there` }
  }
}

function keyOf({ namespace, name }: Shared['origin']): string {
  return `${namespace}/${name}`
}

async function closed(client: Promise<ApiClient> | undefined): Promise<void> {
  await client?.then(
    (opened) => opened.close(),
    () => undefined,
  )
}
