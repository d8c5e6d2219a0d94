// An answer's body on its way to the peer, and the faults that befall it there.
import type { ServerResponse } from 'node:http'
import type { Clock, Timer } from '../domain/clock.ts'

/** Where bytes of an answer go. */
export interface Body {
  /** False: the peer is slow; write no more until `onDrain` calls. */
  write(bytes: Buffer): boolean
  end(): void
  onDrain(resume: () => void): void
  /** Called once when the connection is gone or the answer complete. */
  onClose(closed: () => void): void
  /** From here on nothing reaches the peer, though the connection stays open. */
  silence(): void
}

/** A place in a body: after so many lines, then so many bytes more. Both default to 0. */
export interface Place {
  readonly afterLines?: number
  readonly afterBytes?: number
}

/**
 * What can happen to the bytes of an answer.
 * - `cut`: the connection ends there, in the middle of a line or of a character if the place is one
 * - `silence`: no more bytes come, and the connection stays open
 * - `inject`: foreign bytes come in between
 * - `chunks`: the body arrives in pieces of so many bytes
 * - `slow`: so many bytes each `everyMs`
 */
export type BodyFault =
  | ({ readonly kind: 'cut' } & Place)
  | ({ readonly kind: 'silence' } & Place)
  | ({ readonly kind: 'inject'; readonly bytes: Buffer | string } & Place)
  | { readonly kind: 'chunks'; readonly bytes: number }
  | { readonly kind: 'slow'; readonly bytes: number; readonly everyMs: number }

/** One step of the way; the next step is its own business. */
interface Step {
  push(bytes: Buffer): void
  end(): void
  /** Bytes it has taken and not passed on. */
  pending?(): number
}

/** Steps are taken in this order, whatever the order of the faults. */
const stepOrder: readonly BodyFault['kind'][] = ['inject', 'silence', 'slow', 'chunks', 'cut']

/** The head must have been written. */
export function openBody(response: ServerResponse, faults: readonly BodyFault[], clock: Clock): Body {
  let flowing = true
  let silent = false
  let resume = (): void => {}
  const timers = new Set<Timer>()
  const socket = response.socket
  const drained = (): void => {
    if (pending() === 0 && !response.writableNeedDrain) resume()
  }
  response.on('drain', drained)
  // A peer that goes away in the middle is the peer's right.
  response.on('error', () => {})

  let first: Step = {
    push: (bytes) => {
      if (bytes.length > 0 && !silent && !response.destroyed) flowing = response.write(bytes)
    },
    end: () => {
      if (!silent) response.end()
    },
  }
  const cut = (): void => {
    silent = true
    response.flushHeaders()
    // What was written before still goes out; `destroy` would drop it.
    socket?.destroySoon()
  }
  const steps: Step[] = []
  for (const kind of stepOrder.toReversed()) {
    for (const fault of faults) {
      if (fault.kind !== kind) continue
      first = stepFor(fault, first, { clock, timers, drained, cut })
      steps.push(first)
    }
  }
  const pending = (): number => steps.reduce((sum, step) => sum + (step.pending?.() ?? 0), 0)
  // A place at the very beginning is reached before any byte: a quiet watch has none.
  if (steps.length > 0) first.push(Buffer.alloc(0))

  return {
    write: (bytes) => {
      first.push(bytes)
      return flowing && pending() === 0
    },
    end: () => first.end(),
    onDrain: (callback) => {
      resume = callback
    },
    onClose: (closed) => {
      response.once('close', () => {
        for (const timer of timers) timer.cancel()
        closed()
      })
    },
    silence: () => {
      silent = true
    },
  }
}

interface Surroundings {
  readonly clock: Clock
  readonly timers: Set<Timer>
  readonly drained: () => void
  readonly cut: () => void
}

function stepFor(fault: BodyFault, next: Step, around: Surroundings): Step {
  switch (fault.kind) {
    case 'cut':
      return stoppingAt(fault, next, around.cut)
    case 'silence':
      return stoppingAt(fault, next, () => {})
    case 'inject':
      return injecting(fault, Buffer.from(fault.bytes), next)
    case 'chunks':
      return { push: (bytes) => inPieces(bytes, fault.bytes, next), end: () => next.end() }
    case 'slow':
      return dripping(fault.bytes, fault.everyMs, next, around)
  }
}

/** Counts lines and bytes up to a place. */
function reaching(place: Place): (bytes: Buffer) => number {
  let lines = place.afterLines ?? 0
  let more = place.afterBytes ?? 0
  /** How many of `bytes` lie before the place; -1 if all do and the place is still to come. */
  return (bytes) => {
    let at = 0
    while (lines > 0) {
      const lineEnd = bytes.indexOf(0x0a, at)
      if (lineEnd < 0) return -1
      lines -= 1
      at = lineEnd + 1
    }
    if (bytes.length - at < more) {
      more -= bytes.length - at
      return -1
    }
    return at + more
  }
}

function stoppingAt(place: Place, next: Step, stopped: () => void): Step {
  const reach = reaching(place)
  let over = false
  return {
    push: (bytes) => {
      if (over) return
      const before = reach(bytes)
      if (before < 0) return next.push(bytes)
      over = true
      if (before > 0) next.push(bytes.subarray(0, before))
      stopped()
    },
    end: () => {
      if (!over) next.end()
    },
  }
}

function injecting(place: Place, foreign: Buffer, next: Step): Step {
  const reach = reaching(place)
  let done = false
  return {
    push: (bytes) => {
      const before = done ? -1 : reach(bytes)
      if (before < 0) return next.push(bytes)
      done = true
      next.push(Buffer.concat([bytes.subarray(0, before), foreign, bytes.subarray(before)]))
    },
    end: () => next.end(),
  }
}

function inPieces(bytes: Buffer, size: number, next: Step): void {
  for (let at = 0; at < bytes.length; at += size) next.push(bytes.subarray(at, at + size))
}

function dripping(size: number, everyMs: number, next: Step, around: Surroundings): Step {
  let waiting = Buffer.alloc(0)
  let ending = false
  let timer: Timer | undefined
  const drip = (): void => {
    if (timer) around.timers.delete(timer)
    timer = undefined
    next.push(waiting.subarray(0, size))
    waiting = waiting.subarray(size)
    if (waiting.length > 0) arm()
    else if (ending) next.end()
    else around.drained()
  }
  const arm = (): void => {
    timer ??= around.clock.schedule(drip, everyMs)
    around.timers.add(timer)
  }
  return {
    push: (bytes) => {
      if (bytes.length === 0) return
      waiting = Buffer.concat([waiting, bytes])
      arm()
    },
    end: () => {
      ending = true
      if (waiting.length === 0) next.end()
    },
    pending: () => waiting.length,
  }
}
