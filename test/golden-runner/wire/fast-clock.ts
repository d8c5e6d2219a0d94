/**
 * Preloaded into the program (`--import …/fast-clock.ts?factor=12`): its clocks run so many times faster, and its
 * timers fall due so many times sooner. What takes it five minutes can then be waited for. Sockets are as fast as ever.
 */
const factor = Number(new URL(import.meta.url).searchParams.get('factor') ?? 1)

const realNow = Date.now.bind(Date)
const startedMs = realNow()
Date.now = () => Math.floor(startedMs + (realNow() - startedMs) * factor)

const realMonotonic = performance.now.bind(performance)
performance.now = () => realMonotonic() * factor

const realSetTimeout = globalThis.setTimeout
const sooner = (call: (...values: unknown[]) => void, afterMs = 0, ...values: unknown[]): NodeJS.Timeout =>
  realSetTimeout(call, afterMs / factor, ...values)
// Keeps what hangs on the function itself (`util.promisify.custom`).
globalThis.setTimeout = Object.assign(sooner, realSetTimeout)

const realSetInterval = globalThis.setInterval
const oftener = (call: (...values: unknown[]) => void, everyMs = 0, ...values: unknown[]): NodeJS.Timeout =>
  realSetInterval(call, everyMs / factor, ...values)
globalThis.setInterval = Object.assign(oftener, realSetInterval)
