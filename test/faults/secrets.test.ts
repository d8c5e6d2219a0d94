/** Secrets of a sink's URL and of its headers: never shown, whatever fails. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Answer } from '../../src/demo/receiver.ts'
import { runProgram } from '../harness/program.ts'
import { openSite } from '../harness/site.ts'
import { until } from '../servers/processes.ts'

const canaries = ['canaryUser', 'canaryPassword', 'canaryPath', 'canaryQuery', 'canaryHeader']

/** The canaries, plain and as base64 of the credentials. */
const forms = [...canaries, Buffer.from('canaryUser:canaryPassword').toString('base64')]

/** Endpoints quote what they were asked. */
function quoting(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: forms.join(' ') }
}

const failures: readonly { readonly what: string; readonly answer: Answer; readonly counted: string }[] = [
  { what: 'server errors', answer: quoting(500), counted: 'retried_total{reason="server-error"' },
  { what: 'throttling', answer: quoting(429), counted: 'retried_total{reason="throttled"' },
  { what: 'refusals', answer: quoting(401), counted: 'retried_total{reason="refused"' },
  {
    what: 'a redirect to nowhere',
    answer: quoting(302, { Location: '/canaryPath?key=canaryQuery' }),
    counted: 'retried_total{reason="refused"',
  },
  {
    what: 'redirects in a circle',
    answer: { status: 307, headers: { Location: '/canaryPath?key=canaryQuery' } },
    counted: 'retried_total{reason="refused"',
  },
  { what: 'resets', answer: { kind: 'reset' }, counted: 'retried_total{reason="unreachable"' },
  { what: 'timeouts', answer: { kind: 'hang' }, counted: 'retried_total{reason="timeout"' },
  { what: 'dead letters', answer: quoting(400), counted: 'dead_letters_total{reason="bad-message"' },
]

describe('secrets of a sink', { concurrency: 2 }, () => {
  for (const { what, answer, counted } of failures) {
    it(`show in no log line, metric or readiness text of a run with ${what}`, async (test) => {
      const site = await openSite(test)
      const { port } = site.receiver
      const secret = `http://canaryUser:canaryPassword@127.0.0.1:${port}/canaryPath/hook?key=canaryQuery`
      site.receiver.answer(answer)
      const program = await site.start([
        site.source,
        `--sink=webhook:${secret}&method=POST&header=X-Token=canaryHeader&ke.timeout=300ms`,
        `--sink=webhook:${secret}&ke.timeout=canaryQuery-canaryQuery`,
        `--data-dir=${site.dataDir}`,
        '-v=4',
      ])
      // The second sink can never run: the program is not ready for it, and runs all the same.
      await program.said(/source watches events/)
      site.feed.put(50)
      const [, name = '', labels = ''] = /^(\w+)\{(.*)$/.exec(counted) ?? []
      await until(
        what,
        async () => (await program.metric(`kube_eventer_sink_${name}`, new RegExp(labels))) > 0,
        [program.process],
      )
      const pages = ['/readyz', '/metrics', '/healthz', '/canaryPage']
      const seen = await Promise.all(pages.map(async (path) => (await program.ask(path)).body))
      await program.kill()
      assertNone([...seen, program.process.output()])
    })
  }

  it('show in no message about a wrong command line', async () => {
    for (const argv of [
      [
        '--sink=webhook:http://canaryUser:canaryPassword@:bad/canaryPath?key=canaryQuery&ke.timeout=canaryQuery-canaryQuery',
      ],
      [
        '--sink=webhook:http://x.example.test/canaryPath?key=canaryQuery',
        '--canary',
        '--strict',
        '--frequency=no',
      ],
      ['--sink=canaryPath://canaryUser:canaryPassword@x.example.test/canaryPath?key=canaryQuery'],
    ]) {
      const program = await runProgram([
        '--source=kubernetes:http://127.0.0.1:1?inClusterConfig=false',
        ...argv,
      ])
      await program.process.ended
      assertNone([program.process.output()])
    }
  })
})

function assertNone(texts: readonly string[]): void {
  for (const text of texts) {
    for (const form of forms) {
      const at = text.indexOf(form)
      assert.ok(at < 0, `${form} shows in: ${text.slice(Math.max(0, at - 200), at + 60)}`)
    }
  }
}
