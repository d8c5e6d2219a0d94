/** The client library's client of one sink: made when it is needed, and anew after it was given up. */
import type { Collection, MongoClient } from 'mongodb'
import type { Env } from '../../domain/proxy.ts'
import { loadSecureContext } from '../../sink-kit/trust.ts'
import type { EventDocument } from './documents.ts'
import type { ClientUri } from './uri.ts'

export interface ClientParts {
  readonly uri: ClientUri
  readonly database: string
  readonly collection: string
  /** Sends at once: each has a connection. */
  readonly concurrency: number
  readonly env: Env
}

export class Client {
  readonly #mongodb: typeof import('mongodb')
  readonly #parts: ClientParts
  readonly #leaving = new Set<Promise<void>>()
  #current: Promise<MongoClient> | undefined

  constructor(mongodb: typeof import('mongodb'), parts: ClientParts) {
    this.#mongodb = mongodb
    this.#parts = parts
  }

  /** Where events go, of a server that has answered once. Rejects with what stands in the way. */
  async collection(): Promise<Collection<EventDocument>> {
    this.#current ??= this.#make()
    const making = this.#current
    // A server that was away, or files that could not be read, may be there at the next try.
    making.catch(() => this.#forget(making))
    const { database, collection } = this.#parts
    return (await making).db(database).collection<EventDocument>(collection)
  }

  /** Ends what is in flight, and begins anew the next time: an operation of the library cannot be broken off alone. */
  giveUp(): void {
    const current = this.#current
    if (!current) return
    this.#current = undefined
    const left = leave(current).then(() => void this.#leaving.delete(left))
    this.#leaving.add(left)
  }

  async close(): Promise<void> {
    this.giveUp()
    await Promise.all(this.#leaving)
  }

  #forget(client: Promise<MongoClient>): void {
    if (this.#current === client) this.#current = undefined
  }

  async #make(): Promise<MongoClient> {
    const { uri, concurrency, env } = this.#parts
    const { tls, text } = uri
    const withTls = tls && {
      secureContext: await loadSecureContext(tls, env),
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
      ...(tls.insecure === true ? { rejectUnauthorized: false } : {}),
    }
    const client = new this.#mongodb.MongoClient(text, {
      // In the connection string for who wants another.
      ...(/[?&]appName=/.test(text) ? {} : { appName: 'kube-eventer' }),
      ...(/[?&]maxPoolSize=/.test(text) ? {} : { maxPoolSize: concurrency }),
      ...withTls,
    })
    try {
      return await client.connect()
    } catch (error) {
      // One whose first connection failed never tries again.
      await client.close()
      throw error
    }
  }
}

async function leave(making: Promise<MongoClient>): Promise<void> {
  try {
    const client = await making
    await client.close()
  } catch {
    // It was never made, or nobody answers its goodbye any more.
  }
}
