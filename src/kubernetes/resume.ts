/** Where a watch resumes: the table of ARCHITECTURE.md ("Where a watch resumes") as a function of what is known. */
import type { RelistInProgress, SourceState } from '../domain/source-journal.ts'
import type { LookBack } from '../domain/source-options.ts'
import { compareVersions, isResourceVersion } from './resource-version.ts'

export interface Known {
  /** What the journal remembers of this source's name. */
  readonly saved: SourceState | undefined
  /** From `GET events?limit=1`. */
  readonly serverVersion: string
  /** A hash of the server's address and CA. */
  readonly serverIdentity: string
  /** Set once the newest journaled events were asked for by name. */
  readonly sameCluster?: boolean
  readonly lookBack: LookBack
  /** The journal's next offset. */
  readonly nextOffset: number
}

/** Where the identities begin that a list must not tell again; `whole-journal` for a restored cluster. */
export type SkipFrom = 'nothing' | 'relist-began' | 'whole-journal'

export type ResumePlan =
  /** Address or CA are not those of the last time: find out first, then decide again. */
  | { readonly kind: 'ask-same-cluster' }
  | {
      readonly kind: 'watch'
      readonly cursor: string
      readonly why: 'first-start' | 'other-cluster' | 'resumed'
    }
  | {
      readonly kind: 'relist'
      readonly relist: RelistInProgress
      readonly skip: SkipFrom
      readonly why: 'look-back' | 'other-cluster' | 'restored' | 'interrupted' | 'expired'
    }

export type RelistPlan = Extract<ResumePlan, { kind: 'relist' }>

export function decideResume(known: Known): ResumePlan {
  const { saved, serverVersion, serverIdentity, sameCluster } = known
  if (saved === undefined) return firstStart(known, false)
  if (saved.serverIdentity !== serverIdentity) {
    if (sameCluster === undefined) return { kind: 'ask-same-cluster' }
    if (!sameCluster) return firstStart(known, true)
  }
  // A cursor that is no version was written by no release: what is there now is all that can be known.
  if (!isResourceVersion(saved.cursor)) return firstStart(known, false)
  if (saved.relist?.cause === 'restored') {
    return { kind: 'relist', why: 'interrupted', skip: 'whole-journal', relist: saved.relist }
  }
  const reached = saved.relist?.cursorAtStart ?? saved.cursor
  if (compareVersions(serverVersion, reached) < 0) {
    return {
      kind: 'relist',
      why: 'restored',
      skip: 'whole-journal',
      relist: { cause: 'restored', fromOffset: known.nextOffset, cursorAtStart: reached },
    }
  }
  if (saved.relist !== undefined) {
    return { kind: 'relist', why: 'interrupted', skip: 'relist-began', relist: saved.relist }
  }
  return { kind: 'watch', cursor: saved.cursor, why: 'resumed' }
}

/** What a watch that met 410 does. */
export function afterExpiry(cursor: string, nextOffset: number): RelistPlan {
  return {
    kind: 'relist',
    why: 'expired',
    skip: 'nothing',
    relist: { cause: 'expired', fromOffset: nextOffset, cursorAtStart: cursor },
  }
}

function firstStart(known: Known, otherCluster: boolean): ResumePlan {
  const { lookBack, serverVersion, nextOffset } = known
  if (lookBack.kind === 'none') {
    return { kind: 'watch', cursor: serverVersion, why: otherCluster ? 'other-cluster' : 'first-start' }
  }
  return {
    kind: 'relist',
    why: otherCluster ? 'other-cluster' : 'look-back',
    skip: 'nothing',
    relist: { cause: 'look-back', fromOffset: nextOffset, cursorAtStart: serverVersion },
  }
}
