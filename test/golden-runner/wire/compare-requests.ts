/** Requests that came, compared with those expected: as a set, in order among the events of one object. */
import { isDeepStrictEqual } from 'node:util'
import { objectOf } from './expectation.ts'
import type { WireExpectation } from './expectation.ts'
import type { ExpectedRequest } from './requests.ts'
import { isAsExpected } from './placeholders.ts'
import type { Arrival } from './requests.ts'
import { valuesOf } from './sinks.ts'
import type { ListenerName, SinkUse } from './sinks.ts'

export interface RequestsCompared {
  /** Expected ones that have not come. */
  readonly missing: readonly ExpectedRequest[]
  /** Those that come until they are taken, and have not been answered with success. */
  readonly untaken: readonly ExpectedRequest[]
  /** In words; complete only once nothing is missing any more. */
  readonly differences: readonly string[]
}

/** What a client may choose for itself, unless an option asks for it. */
const clientsOwnHeaders: readonly string[] = [
  'accept',
  'accept-encoding',
  'content-length',
  'transfer-encoding',
  'user-agent',
  'x-elastic-client-meta',
]

interface Tally {
  readonly expected: ExpectedRequest
  /** Indexes into the arrivals, in order. */
  readonly arrivedAt: number[]
  taken: number
}

export function compareRequests(
  run: Pick<WireExpectation, 'requests' | 'sinks' | 'events'>,
  arrivals: readonly Arrival[],
  hostOf: (listener: ListenerName) => string,
): RequestsCompared {
  const asked = askedHeaders(run.sinks)
  const tallies = run.requests.map((expected): Tally => ({ expected, arrivedAt: [], taken: 0 }))
  const unexpected: Arrival[] = []
  for (const [at, arrival] of arrivals.entries()) {
    const fitting = tallies.filter(
      ({ expected }) => mismatches(expected, arrival, asked, hostOf).length === 0,
    )
    const tally =
      fitting.find(({ arrivedAt }) => arrivedAt.length === 0) ??
      fitting.find(({ expected }) => expected.fate !== 'once')
    if (tally === undefined) {
      unexpected.push(arrival)
      continue
    }
    tally.arrivedAt.push(at)
    if (arrival.isTaken) tally.taken += 1
  }
  const missing = tallies
    .filter(({ expected, arrivedAt }) => arrivedAt.length === 0 && expected.fate !== 'behind')
    .map(({ expected }) => expected)
  const untaken = tallies.filter(({ expected, taken }) => expected.fate === 'until-taken' && taken === 0)
  return {
    missing,
    untaken: untaken.map(({ expected }) => expected),
    differences: [
      ...unmatched(missing, unexpected, asked, hostOf),
      ...tallies
        .filter(({ expected, taken }) => expected.fate === 'until-taken' && taken !== 1)
        .map(takenWrongly),
      ...disorder(tallies, run.events),
    ],
  }
}

function takenWrongly({ expected, taken, arrivedAt }: Tally): string {
  const times = `it came ${arrivedAt.length} times and was answered with success ${taken} times`
  return `${nameOf(expected)}: expected until it is answered with success once: ${times}`
}

/** Missing and unexpected ones side by side, the most alike together. */
function unmatched(
  missing: readonly ExpectedRequest[],
  unexpected: readonly Arrival[],
  asked: ReadonlySet<string>,
  hostOf: (listener: ListenerName) => string,
): string[] {
  const left = [...unexpected]
  const told = missing.map((expected) => {
    const alike = left
      .filter(({ listener }) => listener === expected.listener)
      .map((arrival) => ({ arrival, found: mismatches(expected, arrival, asked, hostOf) }))
      .toSorted((a, b) => a.found.length - b.found.length)[0]
    // Two that share next to nothing are better told apart.
    if (!alike || alike.found.length > 2) return `${nameOf(expected)}: missing`
    left.splice(left.indexOf(alike.arrival), 1)
    return `${nameOf(expected)}: ${alike.found.join('; ')}`
  })
  return [...told, ...left.map((arrival) => `not expected: ${arrivalName(arrival)} ${shorten(arrival.body)}`)]
}

/** What differs between a request that is expected and one that came. */
function mismatches(
  expected: ExpectedRequest,
  arrival: Arrival,
  asked: ReadonlySet<string>,
  hostOf: (listener: ListenerName) => string,
): string[] {
  const found: string[] = []
  for (const field of ['listener', 'scheme', 'method', 'path'] as const) {
    if (expected[field] !== arrival[field]) found.push(differs(field, expected[field], arrival[field]))
  }
  if (!isAsExpected(expected.query, arrival.query))
    found.push(differs('query', expected.query, arrival.query))
  for (const [name, value] of Object.entries(expected.headers)) {
    const key = name.toLowerCase()
    if (clientsOwnHeaders.includes(key) && !asked.has(key)) continue
    const wanted = value.replace(/<(recorder2?)>/g, (_whole, listener: ListenerName) => hostOf(listener))
    const got = arrival.headers.get(key)
    if (got === undefined || !isAsExpected(wanted, got)) found.push(differs(`header ${name}`, wanted, got))
  }
  if (!isBodyAsExpected(expected, arrival.body)) found.push(bodyDiffers(expected.body, arrival.body))
  return found
}

function isBodyAsExpected({ body, isJsonByValue }: ExpectedRequest, got: string): boolean {
  if (isAsExpected(body, got)) return true
  return isJsonByValue === true && isDeepStrictEqual(parsed(body), parsed(got))
}

/** What is no JSON is equal to nothing. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return Symbol('no JSON')
  }
}

/** In lower case, the headers that the sinks' options set. */
function askedHeaders(sinks: readonly SinkUse[]): ReadonlySet<string> {
  return new Set(
    sinks.flatMap((sink) =>
      valuesOf(sink, 'header').map((header) => header.split('=')[0]?.toLowerCase() ?? ''),
    ),
  )
}

function disorder(tallies: readonly Tally[], events: WireExpectation['events']): string[] {
  const order = [...events.keys()]
  const lanes = new Map<string, Tally[]>()
  for (const tally of tallies) {
    const { event: id, listener, path } = tally.expected
    const event = id === undefined ? undefined : events.get(id)
    if (event === undefined || tally.arrivedAt.length === 0) continue
    const lane = `${listener} ${path} ${objectOf(event)}`
    lanes.set(lane, [...(lanes.get(lane) ?? []), tally])
  }
  return [...lanes.values()].flatMap((lane) => {
    const byEvent = lane.toSorted(
      (a, b) => order.indexOf(a.expected.event ?? '') - order.indexOf(b.expected.event ?? ''),
    )
    return byEvent.flatMap((tally, at) => {
      const before = byEvent[at - 1]
      if (!before || (before.arrivedAt[0] ?? 0) < (tally.arrivedAt[0] ?? 0)) return []
      return [
        `${nameOf(tally.expected)}: came before ${nameOf(before.expected)}, which is of the same object and older`,
      ]
    })
  })
}

function nameOf({ event, method, path, listener }: ExpectedRequest): string {
  return `${event ?? 'a request'} (${method} ${path} at ${listener})`
}

function arrivalName({ method, path, query, listener }: Arrival): string {
  return `${method} ${path}${query === '' ? '' : `?${query}`} at ${listener}`
}

function differs(what: string, expected: string, got: string | undefined): string {
  return `${what}: expected ${JSON.stringify(expected)}, got ${got === undefined ? 'none' : JSON.stringify(got)}`
}

function bodyDiffers(expected: string, got: string): string {
  let place = 0
  while (place < expected.length && expected[place] === got[place]) place++
  const around = (text: string): string => JSON.stringify(text.slice(Math.max(0, place - 30), place + 50))
  return `body, at character ${place}: expected …${around(expected)}…, got …${around(got)}…`
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 160 ? `${text.slice(0, 160)}…` : text)
}
