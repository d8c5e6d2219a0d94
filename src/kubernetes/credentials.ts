/** What proves to the API server who we are: a fixed header, or a token file that is replaced as it ages. */
import { readFile } from 'node:fs/promises'
import type { Clock } from '../domain/clock.ts'

/** The kubelet replaces a service account's token long before it expires; a minute late is early enough. */
const CACHED_FOR_MS = 60_000

export interface Credentials {
  /** Value of the `Authorization` header; undefined: none is sent (client certificate, or anonymous). */
  authorization(): Promise<string | undefined>
  /** After a 401: the next `authorization` reads anew. False where that cannot change anything. */
  renew(): boolean
}

export const anonymous: Credentials = {
  authorization: () => Promise.resolve(undefined),
  renew: () => false,
}

export function staticToken(token: string): Credentials {
  const header = `Bearer ${token.trim()}`
  return { authorization: () => Promise.resolve(header), renew: () => false }
}

export function basicAuth(username: string, password: string): Credentials {
  const header = `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
  return { authorization: () => Promise.resolve(header), renew: () => false }
}

/**
 * A token in a file, read anew at most once a minute and after a 401. If the file cannot be read later on, the last
 * token is used on; `firstToken` (kubeconfig's `token` beside `tokenFile`) serves until it can be read at all.
 */
export function tokenFile(path: string, clock: Clock, firstToken?: string): Credentials {
  let header = firstToken === undefined ? undefined : `Bearer ${firstToken.trim()}`
  let readAtMs: number | undefined
  return {
    authorization: async () => {
      const nowMs = clock.monotonicMs()
      if (readAtMs !== undefined && nowMs - readAtMs < CACHED_FOR_MS) return header
      try {
        const token = (await readFile(path, 'utf8')).trim()
        // Empty while it is being replaced: what we have is better.
        if (token !== '') header = `Bearer ${token}`
        readAtMs = nowMs
      } catch (error) {
        if (header === undefined) throw error
      }
      return header
    },
    renew: () => {
      readAtMs = undefined
      return true
    },
  }
}
