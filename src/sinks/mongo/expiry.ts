/** The index by which the server deletes documents that are old enough. */
import type { Collection } from 'mongodb'
import type { EventDocument } from './documents.ts'

const field = 'last_occurrence_time'

/**
 * Makes the index on `last_occurrence_time`, or changes how long one that is there keeps. Rejects with the client
 * library's error where the server does not let it.
 */
export async function expireAfter(collection: Collection<EventDocument>, afterMs: number): Promise<void> {
  const expireAfterSeconds = Math.max(1, Math.round(afterMs / 1_000))
  const found = (await indexesOf(collection)).find(({ key }) => isExpiring(key))
  if (found === undefined) {
    await collection.createIndex({ [field]: 1 }, { expireAfterSeconds })
  } else if (found.expireAfterSeconds !== expireAfterSeconds) {
    await collection.db.command({
      collMod: collection.collectionName,
      index: { keyPattern: found.key, expireAfterSeconds },
    })
  }
}

interface FoundIndex {
  readonly key: Readonly<Record<string, unknown>>
  readonly expireAfterSeconds?: number
}

/** None where the collection is not there yet. */
async function indexesOf(collection: Collection<EventDocument>): Promise<readonly FoundIndex[]> {
  try {
    return await collection.indexes()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === namespaceNotFound) return []
    throw error
  }
}

const namespaceNotFound = 26

/** An index that the server can expire by has this field alone. */
function isExpiring(key: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(key).join() === field
}
