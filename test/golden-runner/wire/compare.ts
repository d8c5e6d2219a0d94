/** A run of the project compared with what is expected of it. */
import { isDeepStrictEqual } from 'node:util'
import { comparePage, metricSum } from './compare-pages.ts'
import { compareRequests } from './compare-requests.ts'
import type { WireExpectation } from './expectation.ts'
import { deliveredCount } from './play.ts'
import type { Played } from './play.ts'
import type { Recorder } from './recorder.ts'

/** All differences, in words, those that explain others first. */
export function compare(run: WireExpectation, played: Played, recorder: Recorder): string[] {
  return [
    ...compareEnd(run, played),
    ...compareHandshakes(run, recorder.refusedHandshakes),
    ...compareRequests(run, recorder.arrivals, (listener) => recorder.host(listener)).differences,
    ...compareStdout(run, played.stdout),
    ...comparePages(run, played),
    ...compareCounts(run, played),
  ]
}

function compareEnd(run: WireExpectation, played: Played): string[] {
  const { ended, endedByItself, wasHealthy, wasKilled, stderr } = played
  const how = ended.signal === null ? `code ${ended.code ?? 'unknown'}` : ended.signal
  const wrong = (expected: string, got: string): string[] => [
    `end: expected ${expected}, got ${got}; its last words: ${lastWords(stderr)}`,
  ]
  if (wasKilled === 'since-it-did-not-stop') return wrong('that it stops after SIGTERM', 'that it went on')
  switch (run.end) {
    case 'success':
    case 'failure': {
      const wanted = run.end === 'success' ? 'code 0' : 'a code that is not 0'
      if (endedByItself === undefined)
        return wrong(`that it ends by itself with ${wanted}`, 'that it goes on')
      const isRight = endedByItself.signal === null && (endedByItself.code === 0) === (run.end === 'success')
      return isRight ? [] : wrong(wanted, how)
    }
    case 'runs':
      if (endedByItself !== undefined) return wrong('that it goes on', `${how} by itself`)
      if (!wasHealthy) return wrong('200 on /healthz', 'none')
      return wasKilled === 'on-purpose' || ended.code === 0 ? [] : wrong('code 0 after SIGTERM', how)
    case 'killed':
      return ended.signal === 'SIGTERM' ? [] : wrong('SIGTERM', how)
    case 'stops':
      return ended.code === 0 ? [] : wrong('code 0 after SIGTERM', how)
  }
}

function lastWords(stderr: string): string {
  return JSON.stringify(stderr.trimEnd().split('\n').slice(-3).join('\n').slice(-600))
}

function compareHandshakes({ refusedHandshakes: { count, orMore } }: WireExpectation, got: number): string[] {
  if (orMore ? got >= count : got === count) return []
  return [`refused TLS handshakes: expected ${count}${orMore ? ' or more' : ''}, got ${got}`]
}

function compareStdout({ jsonLines, stdout }: WireExpectation, got: string): string[] {
  if (jsonLines !== undefined) return compareLines(jsonLines, got)
  if (stdout === undefined || ofAnyBuild(stdout) === ofAnyBuild(got)) return []
  return [`standard output: expected ${JSON.stringify(stdout)}, got ${JSON.stringify(got)}`]
}

/** Version and commit are the build's. */
function ofAnyBuild(text: string): string {
  return text.replaceAll(/^(kube-eventer version: )\S*( commit: )\S*$/gm, '$1$2')
}

function compareLines(expected: readonly unknown[], got: string): string[] {
  const lines = got.split('\n')
  const found = lines.pop() === '' ? [] : ['standard output: its last line has no end']
  for (const [at, value] of expected.entries()) {
    const line = lines[at]
    if (line === undefined)
      found.push(`standard output: line ${at + 1} is missing: ${JSON.stringify(value).slice(0, 200)}`)
    else if (!isDeepStrictEqual(parsed(line), value)) {
      found.push(`standard output, line ${at + 1}: expected ${JSON.stringify(value)}, got ${line}`)
    }
  }
  const more = lines.slice(expected.length)
  return [...found, ...more.map((line) => `standard output: not expected: ${line.slice(0, 200)}`)]
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function comparePages({ pages }: WireExpectation, played: Played): string[] {
  return pages.flatMap((expected) => {
    const got = played.pages.get(expected.path)
    return got === undefined ? [`${expected.path}: no answer`] : comparePage(expected, got)
  })
}

/** What the program itself says it delivered and gave up. */
function compareCounts(run: WireExpectation, { metrics }: Played): string[] {
  if (metrics === undefined) return []
  const delivered = metricSum(metrics, 'kube_eventer_sink_delivered_total')
  const expected = deliveredCount(run)
  const dead = metricSum(metrics, 'kube_eventer_sink_dead_letters_total')
  return [
    ...(delivered === expected ? [] : [`counted as delivered: expected ${expected}, got ${delivered}`]),
    ...(dead === run.givenUp ? [] : [`given up: expected ${run.givenUp}, got ${dead}`]),
  ]
}
