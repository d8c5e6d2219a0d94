/** Events whose message carries a mark of their identity, put into a stand-in API server one by one or at a rate. */
import type { ApiServer } from '../../src/demo/api-server.ts'
import type { KubernetesEvent } from '../../src/domain/event.ts'
import type { Random } from './random.ts'

/** One state of one event: `web-12.5` is the fifth state that the object `web-12` had. */
export type Mark = string

export interface FeedOptions {
  readonly random: Random
  /** Involved objects. */
  readonly objects?: number
  /** Events an object has; each is updated again and again. */
  readonly eventsPerObject?: number
  /** Tells the objects of several feeds apart. */
  readonly prefix?: string
  /** Events tell when they happened, in seconds, as Kubernetes' own do. */
  readonly areTimed?: boolean
}

/** What puts events: a stand-in, or what stands for it. */
export type Target = Pick<ApiServer, 'putMany'>

export class Feed {
  readonly #target: Target
  readonly #random: Random
  readonly #objects: number
  readonly #eventsPerObject: number
  readonly #prefix: string
  readonly #areTimed: boolean
  readonly #states: number[]
  readonly #newest = new Map<string, Mark>()
  /** Every mark that was put. */
  readonly marks = new Set<Mark>()

  constructor(target: Target, options: FeedOptions) {
    const { random, objects = 40, eventsPerObject = 3, prefix = 'web', areTimed = false } = options
    this.#target = target
    this.#random = random
    this.#objects = objects
    this.#eventsPerObject = eventsPerObject
    this.#prefix = prefix
    this.#areTimed = areTimed
    this.#states = Array.from({ length: objects }, () => 0)
  }

  /** The mark of each event as it is now: what a list shows. */
  get newest(): ReadonlySet<Mark> {
    return new Set(this.#newest.values())
  }

  /** Creates or updates so many events of random objects. Returns their marks. */
  put(count = 1): Mark[] {
    return this.#putEach(Array.from({ length: count }, () => this.#random.integer(0, this.#objects - 1)))
  }

  /** One event of each object, once. Returns their marks. */
  putEachObject(): Mark[] {
    return this.#putEach(Array.from({ length: this.#objects }, (_, object) => object))
  }

  #putEach(objects: readonly number[]): Mark[] {
    const marks: Mark[] = []
    this.#target.putMany(
      objects.map((object) => {
        const state = (this.#states[object] ?? 0) + 1
        this.#states[object] = state
        const name = `${this.#prefix}-${object}`
        const mark = `${name}.${state}`
        const marked = markedEvent(name, this.#random.integer(1, this.#eventsPerObject), mark, state)
        const event = this.#areTimed ? { ...marked, lastTimestamp: secondsNow() } : marked
        this.#newest.set(event.metadata.name ?? '', mark)
        this.marks.add(mark)
        marks.push(mark)
        return event
      }),
    )
    return marks
  }
}

export interface Load {
  stop(): void
}

/** Puts events at a steady rate until stopped. */
export function startLoad(feed: Feed, perSecond: number): Load {
  const startMs = performance.now()
  let put = 0
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startMs) / 1000) * perSecond)
    if (due > put) feed.put(due - put)
    put = Math.max(put, due)
  }, 5)
  return { stop: () => clearInterval(timer) }
}

const markInText = /\[\[([\w-]+)\.(\d+)\]\]/

/** Reads the mark out of whatever text carries the event's message. */
export function readMark(text: string): { mark: Mark; object: string; state: number } | undefined {
  const [, object = '', state = ''] = markInText.exec(text) ?? []
  return object === '' ? undefined : { mark: `${object}.${state}`, object, state: Number(state) }
}

function secondsNow(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z')
}

function markedEvent(object: string, numberOfEvent: number, mark: Mark, count: number): KubernetesEvent {
  return {
    metadata: { name: `${object}.${numberOfEvent}`, namespace: 'shop' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: object, uid: `uid-${object}` },
    type: count % 2 === 0 ? 'Normal' : 'Warning',
    reason: 'BackOff',
    message: `Back-off restarting failed container web in pod ${object} [[${mark}]]`,
    source: { component: 'kubelet', host: 'node-1' },
    count,
  }
}
