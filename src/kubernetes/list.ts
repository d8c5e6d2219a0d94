/** Events as a list, page by page: never more of it in memory than one page. */
import { ApiFault } from './api-fault.ts'
import type { ApiClient } from './api-client.ts'
import { isRecord } from './event-shape.ts'
import type { EventPaths } from './events-api.ts'
import { isResourceVersion } from './resource-version.ts'

export interface EventPage {
  readonly items: readonly unknown[]
  /**
   * The first page's version. Later pages show the same state, but for those after an expired continue token:
   * they are newer, and a watch from this version tells what they contain beyond it.
   */
  readonly firstVersion: string
  readonly last: boolean
}

export interface EventList {
  /** The next page. After a rejection (`ApiFault`) it may be called again: the same page is asked for. */
  next(signal: AbortSignal): Promise<EventPage>
}

export function listEvents(client: ApiClient, paths: EventPaths): EventList {
  let token: string | undefined
  let firstVersion: string | undefined
  return {
    next: async (signal) => {
      for (;;) {
        try {
          const page = readCollection(await client.get(paths.page(token), signal), client.server)
          firstVersion ??= page.version
          token = page.continueToken
          return { items: page.items, firstVersion, last: token === undefined }
        } catch (error) {
          const fresh =
            error instanceof ApiFault && error.kind === 'expired' ? error.continueToken : undefined
          if (fresh === undefined || fresh === token) throw error
          token = fresh
        }
      }
    },
  }
}

/** The collection's current version: `GET events?limit=1`. */
export async function currentVersion(
  client: ApiClient,
  paths: EventPaths,
  signal: AbortSignal,
): Promise<string> {
  return readCollection(await client.get(paths.version, signal), client.server).version
}

function readCollection(
  body: Buffer,
  server: string,
): { items: readonly unknown[]; version: string; continueToken: string | undefined } {
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch {
    parsed = undefined
  }
  const metadata = isRecord(parsed) ? parsed.metadata : undefined
  if (!isRecord(parsed) || !isRecord(metadata) || !isResourceVersion(metadata.resourceVersion)) {
    throw new ApiFault(
      'protocol',
      `${server} answered a list of events with something else; is it an API server?`,
    )
  }
  const token = metadata.continue
  return {
    items: Array.isArray(parsed.items) ? parsed.items : [],
    version: metadata.resourceVersion,
    continueToken: typeof token === 'string' && token !== '' ? token : undefined,
  }
}
