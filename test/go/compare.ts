/**
 * Generated templates, rendered by the project and by real Go: `npm run test:go -- [count] [seed]`.
 * Go must be installed; its modules come through its proxy. Ends with 1 at any difference.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv, env, exit, stderr, stdout } from 'node:process'
import * as z from 'zod/mini'
import type { KubernetesEvent } from '../../src/domain/event.ts'
import { TimeZones } from '../../src/gotime/time-zones.ts'
import { compileTemplate } from '../../src/template/template.ts'
import { generateTemplate } from '../../src/template/testing/generator.ts'
import { goldenEvent } from '../../src/template/testing/golden-vectors.ts'
import { seeded } from '../../src/template/testing/seeded.ts'

const answerShape = z.object({
  output: z.optional(z.string()),
  /** The output shows an address in memory: there is nothing to compare. */
  address: z.optional(z.boolean()),
  phase: z.optional(z.string()),
  message: z.optional(z.string()),
})
type Answer = z.output<typeof answerShape>

interface Job {
  readonly template: string
  readonly eventId: string
}

const nowMs = Date.UTC(2026, 4, 6, 7, 8, 9)
const zoneNames = ['UTC', 'Asia/Shanghai', 'America/New_York'] as const
/** Jobs for one run of the Go program, in one zone. */
const batchSize = 2_500
const shownDifferences = 20
const eventIds = ['backoff', 'series', 'special', 'rich-meta', 'minimal', 'unicode', 'oom', 'bools'] as const

/** Builds the Go program into a folder of its own. */
function build(folder: string): string {
  const program = join(folder, 'oracle')
  execFileSync('go', ['build', '-o', program, '.'], { cwd: import.meta.dirname, stdio: 'inherit' })
  return program
}

function askGo(program: string, tz: string, jobs: readonly Job[]): Answer[] {
  const input = jobs
    .map(({ template, eventId }) => JSON.stringify({ template, event: eventOf(eventId), nowMs }))
    .join('\n')
  const run = spawnSync(program, {
    input,
    env: { ...env, TZ: tz },
    maxBuffer: 1024 * 1024 * 1024,
    timeout: 120_000,
  })
  if (run.status !== 0) throw new Error(`the Go program failed: ${run.stderr.toString()}`)
  const lines = run.stdout.toString().trimEnd().split('\n')
  return lines.map((line) => answerShape.parse(JSON.parse(line)))
}

/** An event without pointers to numbers and booleans: what prints it whole would show addresses. */
function eventOf(id: string): KubernetesEvent {
  const { metadata, ...event } = goldenEvent(id)
  const kept = Object.entries(metadata).filter(
    ([key]) => key !== 'deletionGracePeriodSeconds' && key !== 'ownerReferences',
  )
  return { ...event, metadata: Object.fromEntries(kept) }
}

function askProject(zones: TimeZones, { template, eventId }: Job): Answer {
  const result = compileTemplate(template, { name: 'body', escape: 'none', functions: 'builtin', zones })
  if (!result.ok) return { phase: 'parse', message: result.error.message }
  const rendered = result.template.render(eventOf(eventId), { epochMs: nowMs })
  if (!rendered.ok) return { phase: 'exec', message: rendered.error.message }
  return { output: Buffer.from(rendered.bytes ?? Buffer.from(rendered.text)).toString('base64') }
}

function decoded(text: string | undefined): string {
  return JSON.stringify(Buffer.from(text ?? '', 'base64').toString())
}

function main(): number {
  const count = Number(argv[2] ?? 20_000)
  const random = seeded(argv[3] === undefined ? undefined : Number(argv[3]))
  const folder = mkdtempSync(join(tmpdir(), 'kube-eventer-go-'))
  let differences = 0
  let messages = 0
  let failing = 0
  try {
    const program = build(folder)
    for (let done = 0, batch = 0; done < count; done += batchSize, batch++) {
      const tz = zoneNames[batch % zoneNames.length] ?? 'UTC'
      const zones = new TimeZones({ tz })
      const jobs = Array.from({ length: Math.min(batchSize, count - done) }, () => ({
        template: generateTemplate(random),
        eventId: random.pick(eventIds),
      }))
      const answers = askGo(program, tz, jobs)
      jobs.forEach((job, index) => {
        const expected = answers[index] ?? {}
        const got = askProject(zones, job)
        if (expected.phase !== undefined) failing++
        if (expected.address === true) return
        if (expected.phase === got.phase && (expected.output ?? '') === (got.output ?? '')) {
          if (expected.message !== got.message) {
            messages++
            if (env['SHOW_MESSAGES'] !== undefined) stdout.write(`${expected.message}\n${got.message}\n\n`)
          }
          return
        }
        if (++differences > shownDifferences) return
        stdout.write(
          `${JSON.stringify(job.template)} on ${job.eventId}, TZ=${tz}\n` +
            `  Go:      ${expected.message ?? decoded(expected.output)}\n` +
            `  project: ${got.message ?? decoded(got.output)}\n`,
        )
      })
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  stdout.write(
    `${count} templates (${failing} of them fail), ${differences} differences, ${messages} other error texts; ${random.seedText}\n`,
  )
  return differences === 0 ? 0 : 1
}

try {
  exit(main())
} catch (error) {
  stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  exit(2)
}
