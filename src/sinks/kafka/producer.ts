/**
 * Writes messages to partitions, each once though a broker may be asked twice.
 *
 * A partition has one batch under way. Of a batch that got no answer nobody knows whether it is stored, so it is kept
 * as it is, with its number, and goes first whenever something is sent to its partition again: a broker that has it
 * says so. Its messages are not put into any other batch, whatever the caller does meanwhile.
 */
import type { Outcome, RetryReason } from '../../domain/outcome.ts'
import { delivered } from '../../domain/outcome.ts'
import type { Cluster } from './cluster.ts'
import type { Failure } from './failures.ts'
import { failureOf, meaningOf } from './failures.ts'
import { partitionOf } from './partition.ts'
import type { Identity, Message } from './record-batch.ts'

export interface ProducerRecord extends Message {
  /** What it is known by when it is sent again: the occurrence's place in the journal. */
  readonly id: number
  readonly topic: string
}

/** A message on its way to its partition. */
interface Entry {
  readonly record: ProducerRecord
  /** Told once what became of it; absent: nobody waits for it any more. */
  listener: ((outcome: Outcome) => void) | undefined
  /** In a batch whose fate is not known. */
  isUnderWay: boolean
  partition: Partition | undefined
  /** What became of it after nobody waited any more. */
  outcome: Outcome | undefined
}

interface Batch {
  readonly entries: readonly Entry[]
  readonly bytes: number
  /** As it is sent; made once. */
  encoded: Buffer | undefined
  /** As whom it was sent first, and its number: a resend has the same. */
  identity: Identity | undefined
  firstSequence: number
  /** A try may have stored it. */
  mayBeStored: boolean
}

interface Partition {
  readonly topic: string
  readonly number: number
  waiting: Entry[]
  batch: Batch | undefined
  isDriven: boolean
  identity: Identity | undefined
  nextSequence: number
  /** What a batch may hold: less after one that was too large, growing again with each that is stored. */
  batchBytes: number
}

/** A broker takes batches of 1 MiB unless it was told otherwise (`message.max.bytes`, 1,048,588). */
const maxBatchBytes = 900_000
/** What a record has besides key and value, about. */
const recordOverhead = 24
/** Tries in a row that a batch gets: the second finds the leader in its new place. */
const maxTries = 3
/** Outcomes kept for messages that nobody has asked for again. */
const maxUnasked = 10_000
/** Numbers of a producer's messages in a partition go round: Kafka's are signed and of 32 bits. */
const sequences = 2 ** 31

export class Producer {
  readonly #cluster: Cluster
  readonly #brokers: string
  readonly #partitions = new Map<string, Partition>()
  /** Messages of batches whose fate was not known when their caller went away. */
  readonly #unasked = new Map<number, Entry>()
  readonly #calls = new Set<(reason: RetryReason) => void>()

  /** `brokers` is what errors call the cluster. */
  constructor(cluster: Cluster, brokers: string) {
    this.#cluster = cluster
    this.#brokers = brokers
  }

  /** One outcome a record, in the same order. Ends at once when `signal` aborts. */
  produce(records: readonly ProducerRecord[], signal: AbortSignal): Promise<readonly Outcome[]> {
    return new Promise((resolve) => {
      const outcomes: (Outcome | undefined)[] = records.map(() => undefined)
      let left = records.length
      const entries = records.map((record, index): Entry => {
        const entry = this.#entryOf(record)
        entry.listener = (outcome) => {
          entry.listener = undefined
          outcomes[index] = outcome
          left--
          if (left > 0) return
          signal.removeEventListener('abort', onAbort)
          this.#calls.delete(leave)
          resolve(outcomes.filter((one) => one !== undefined))
        }
        return entry
      })
      const leave = (reason: RetryReason): void => {
        for (const entry of entries) this.#leave(entry, reason)
      }
      const onAbort = (): void => leave('timeout')
      if (left === 0) return resolve([])
      this.#calls.add(leave)
      signal.addEventListener('abort', onAbort, { once: true })
      if (signal.aborted) return onAbort()
      for (const [topic, group] of byTopic(entries)) void this.#place(topic, group)
    })
  }

  /** All that wait for something go away. */
  stop(): void {
    for (const leave of this.#calls) leave('stopped')
  }

  /** The entry that a record has already, where it was sent before and its fate is not known. */
  #entryOf(record: ProducerRecord): Entry {
    const known = this.#unasked.get(record.id)
    // Places are given anew where a damaged journal was set aside.
    if (known === undefined || !known.record.value.equals(record.value)) {
      return { record, listener: undefined, isUnderWay: false, partition: undefined, outcome: undefined }
    }
    this.#unasked.delete(record.id)
    return known
  }

  /** The caller does not wait for it any more. */
  #leave(entry: Entry, reason: RetryReason): void {
    const { listener } = entry
    if (!listener) return
    if (entry.isUnderWay) this.#keepUnasked(entry)
    listener({ kind: 'retry', reason, detail: `${this.#brokers}: no answer in time` })
  }

  #keepUnasked(entry: Entry): void {
    this.#unasked.set(entry.record.id, entry)
    if (this.#unasked.size <= maxUnasked) return
    for (const [id, { isUnderWay }] of this.#unasked) {
      if (isUnderWay) continue
      this.#unasked.delete(id)
      return
    }
  }

  /** Gives entries of one topic to their partitions, and gets these going. */
  async #place(topic: string, entries: readonly Entry[]): Promise<void> {
    const touched = new Set<Partition>()
    const fresh: Entry[] = []
    for (const entry of entries) {
      if (entry.outcome) entry.listener?.(entry.outcome)
      else if (entry.partition) touched.add(entry.partition)
      else fresh.push(entry)
    }
    for (const partition of touched) void this.#drive(partition)
    if (fresh.length === 0) return
    touched.clear()
    let count: number
    try {
      count = await this.#cluster.partitionsOf(topic)
    } catch (error) {
      const outcome = outcomeOf(failureOf(error, { brokers: this.#brokers, topic, mayBeStored: false }))
      for (const { listener } of fresh) listener?.(outcome)
      return
    }
    for (const entry of fresh) {
      const partition = this.#partition(topic, partitionOf(entry.record.key, count))
      partition.waiting.push(entry)
      touched.add(partition)
    }
    for (const partition of touched) void this.#drive(partition)
  }

  #partition(topic: string, number: number): Partition {
    const key = `${topic}:${number}`
    let partition = this.#partitions.get(key)
    if (!partition) {
      partition = {
        topic,
        number,
        waiting: [],
        batch: undefined,
        isDriven: false,
        identity: undefined,
        nextSequence: 0,
        batchBytes: maxBatchBytes,
      }
      this.#partitions.set(key, partition)
    }
    return partition
  }

  /** Sends batch after batch until nothing waits, or one fails. */
  async #drive(partition: Partition): Promise<void> {
    if (partition.isDriven) return
    partition.isDriven = true
    for (;;) {
      partition.batch ??= nextBatch(partition)
      if (!partition.batch) break
      const failure = await this.#send(partition, partition.batch)
      if (!failure) continue
      this.#giveUp(partition, partition.batch, failure)
      break
    }
    partition.isDriven = false
  }

  /** Sends one batch; `undefined` where it is settled, or was made into others. */
  async #send(partition: Partition, batch: Batch): Promise<Failure | undefined> {
    const { topic, number } = partition
    for (let tried = 1; ; tried++) {
      let isUnderWay = false
      let failure: Failure
      try {
        const connection = await this.#cluster.leaderOf(topic, number)
        const identity = await this.#identify(partition, batch)
        batch.encoded ??= await this.#cluster.encode(batch.entries.map(({ record }) => record))
        isUnderWay = true
        const { code, refused } = await this.#cluster.produce(
          connection,
          topic,
          number,
          batch.encoded,
          identity,
          batch.firstSequence,
        )
        const meaning = meaningOf(code, topic)
        switch (meaning.kind) {
          case 'stored':
            partition.nextSequence = (batch.firstSequence + batch.entries.length) % sequences
            partition.batchBytes = Math.min(maxBatchBytes, Math.ceil(partition.batchBytes * 1.25))
            partition.batch = undefined
            for (const entry of batch.entries) this.#settle(entry, delivered)
            return undefined
          case 'too-large':
            this.#divide(partition, batch)
            return undefined
          case 'bad-message':
            this.#sort(partition, batch, refused, meaning.text)
            return undefined
          case 'identity-lost':
            batch.identity = undefined
            await this.#cluster.drop(identity)
            failure = { kind: 'failed', reason: 'server-error', text: identityLost, mayBeStored: false }
            break
          case 'moved':
            this.#cluster.forget(topic)
            // A leader that lost its place may have given the batch to the next one.
            failure = { kind: 'failed', reason: 'unreachable', text: moved(topic), mayBeStored: true }
            break
          case 'failed':
            if (meaning.mayBeStored) batch.mayBeStored = true
            return meaning
        }
      } catch (error) {
        failure = failureOf(error, { brokers: this.#brokers, topic, mayBeStored: isUnderWay })
        // A broker that is gone may lead nothing any more.
        this.#cluster.forget(topic)
        if (failure.reason === 'refused') return failure
      }
      if (failure.mayBeStored) batch.mayBeStored = true
      if (tried === maxTries) return failure
    }
  }

  /** As whom the batch is sent, and its number: those of its first try, as long as the brokers know them. */
  async #identify(partition: Partition, batch: Batch): Promise<Identity> {
    if (batch.identity) return batch.identity
    const identity = await this.#cluster.identity()
    if (partition.identity !== identity) {
      partition.identity = identity
      partition.nextSequence = 0
    }
    batch.identity = identity
    batch.firstSequence = partition.nextSequence
    return identity
  }

  #settle(entry: Entry, outcome: Outcome): void {
    entry.isUnderWay = false
    if (entry.listener) entry.listener(outcome)
    else entry.outcome = outcome
  }

  /** None of a batch that is too large is stored: two halves, or a message that no topic takes. */
  #divide(partition: Partition, batch: Batch): void {
    const { entries } = batch
    partition.batch = undefined
    const [only] = entries
    if (only && entries.length === 1) {
      const bytes = only.record.value.length
      const detail = `${this.#brokers}: ${bytes} bytes are more than the topic ${partition.topic} takes (max.message.bytes)`
      return this.#settle(only, { kind: 'rejected', reason: 'bad-message', detail })
    }
    partition.batchBytes = Math.ceil(Math.min(batch.bytes, partition.batchBytes) / 2)
    this.#putBack(partition, entries)
  }

  /** None of a batch with a bad message is stored: those that the broker names are bad, the others go again. */
  #sort(partition: Partition, batch: Batch, refused: readonly number[], text: string): void {
    const { entries } = batch
    partition.batch = undefined
    const bad = new Set(entries.length === 1 ? [0] : refused)
    if (bad.size === 0) {
      // It names none: smaller batches will show it.
      partition.batchBytes = Math.ceil(batch.bytes / 2)
      return this.#putBack(partition, entries)
    }
    const detail = `${this.#brokers}: ${text}`
    for (const place of bad) {
      const entry = entries[place]
      if (entry) this.#settle(entry, { kind: 'rejected', reason: 'bad-message', detail })
    }
    this.#putBack(
      partition,
      entries.filter((_, place) => !bad.has(place)),
    )
  }

  /** They are stored nowhere: those that somebody waits for go first. */
  #putBack(partition: Partition, entries: readonly Entry[]): void {
    for (const entry of entries) this.#release(entry)
    partition.waiting = [...entries, ...partition.waiting]
  }

  /** It is in no batch any more, and stored nowhere. */
  #release(entry: Entry): void {
    entry.isUnderWay = false
    entry.partition = undefined
    if (!entry.listener) this.#unasked.delete(entry.record.id)
  }

  #giveUp(partition: Partition, batch: Batch, failure: Failure): void {
    const outcome = outcomeOf(failure)
    for (const entry of batch.entries) {
      if (!batch.mayBeStored) this.#release(entry)
      else if (entry.listener) this.#keepUnasked(entry)
      entry.listener?.(outcome)
    }
    if (!batch.mayBeStored) partition.batch = undefined
    const { waiting } = partition
    partition.waiting = []
    for (const { listener } of waiting) listener?.(outcome)
  }
}

const identityLost = 'the brokers forget the producer again and again'
const moved = (topic: string): string => `no broker leads the topic ${topic} now`

function outcomeOf({ reason, text }: Failure): Outcome {
  return { kind: 'retry', reason, detail: text }
}

function byTopic(entries: readonly Entry[]): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>()
  for (const entry of entries) {
    const group = groups.get(entry.record.topic)
    if (group) group.push(entry)
    else groups.set(entry.record.topic, [entry])
  }
  return groups
}

/** What waits, as much as a batch may hold; what nobody waits for any more is left out. */
function nextBatch(partition: Partition): Batch | undefined {
  const entries: Entry[] = []
  let bytes = 0
  let taken = 0
  for (const entry of partition.waiting) {
    const { key, value } = entry.record
    const more = key.length + value.length + recordOverhead
    if (entry.listener && entries.length > 0 && bytes + more > partition.batchBytes) break
    taken++
    if (!entry.listener) continue
    bytes += more
    entry.isUnderWay = true
    entry.partition = partition
    entries.push(entry)
  }
  partition.waiting = partition.waiting.slice(taken)
  if (entries.length === 0) return undefined
  return { entries, bytes, encoded: undefined, identity: undefined, firstSequence: 0, mayBeStored: false }
}
