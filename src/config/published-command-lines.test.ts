/** Command lines that people run today, held against the sinks that there are. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import {
  publishedGroups,
  publishedSecrets,
  publishedSinks,
  publishedSources,
} from '../../test/published/command-lines.ts'
import { sinkRegistry } from '../app/registry.ts'
import { parseCommandLine } from './from-command-line.ts'
import type { CommandLine } from './from-command-line.ts'
import { renderProblems } from './problems.ts'
import { redactCommandLine } from './redact.ts'

function textOf(parsed: CommandLine): string {
  return 'problems' in parsed ? renderProblems(parsed.problems, { colour: false }) : ''
}

const source = '--source=kubernetes:https://kubernetes.default'

describe('a published command line', () => {
  for (const argument of publishedSources) {
    it(`watches: ${argument}`, () => {
      const parsed = parseCommandLine([`--source=${argument}`, '--sink=log'], {}, sinkRegistry)
      assert.ok(parsed.kind === 'run')
      assert.deepEqual(parsed.problems, [])
      assert.equal(parsed.config.sources[0]?.server, 'https://kubernetes.default')
    })
  }

  for (const argument of [...Object.values(publishedSinks), ...publishedGroups]) {
    it(`is read: ${argument}`, () => {
      const argv = [source, `--sink=${argument}`, '--sink=log']
      const parsed = parseCommandLine(argv, {}, sinkRegistry)
      assert.ok(parsed.kind === 'run', textOf(parsed))
      const errors = parsed.problems.filter(({ severity }) => severity === 'error')
      if (/<WEBHOOK_URL>|\[your_webhook_url\]/.test(argument)) {
        assert.match(errors[0]?.what ?? '', /has no host/)
      } else {
        assert.equal(errors.length, 0, textOf(parsed))
        assert.equal(parsed.config.sinks.length, 2)
      }
      for (const secret of publishedSecrets) {
        assert.ok(!textOf(parsed).includes(secret), textOf(parsed))
        assert.ok(!redactCommandLine(argv).includes(secret), redactCommandLine(argv))
      }
    })
  }
})

const goldenSchema = z.object({
  id: z.string(),
  argv: z.array(z.string()),
  stdout: z.optional(z.string()),
  exit: z.optional(z.object({ code: z.number() })),
})
const goldenFolder = new URL('../../test/golden/wire/', import.meta.url)
const goldens = readdirSync(goldenFolder)
  .filter((name) => name.startsWith('ke-cli-'))
  .map((name) => goldenSchema.parse(JSON.parse(readFileSync(new URL(name, goldenFolder), 'utf8'))))

/** What is decided later than by reading the command line, or on purpose otherwise than in the original. */
const decidedElsewhere: Readonly<Record<string, string>> = {
  'ke-cli-frequency-low': 'below 5s is accepted: events do not wait for a tick',
  'ke-cli-source-not-in-cluster': 'whether this is a pod is found out by the source',
}

describe('a start that the original', () => {
  it('was recorded with', () => assert.ok(goldens.length >= 15))

  for (const { id, argv, exit } of goldens.filter((golden) => decidedElsewhere[golden.id] === undefined)) {
    const accepted = exit === undefined || exit.code === 0
    it(`${accepted ? 'accepts is accepted' : 'refuses is refused'}: ${id}`, () => {
      const filledIn = argv.map((argument) =>
        argument.replace('<apiserver>', 'https://10.0.0.1:6443').replace('<kubeconfig>', '/etc/kube/config'),
      )
      const parsed = parseCommandLine(filledIn, {}, sinkRegistry)
      assert.equal(parsed.kind !== 'invalid', accepted, textOf(parsed))
      if (parsed.kind === 'invalid') assert.match(textOf(parsed), /^error: .+(\n {2}|: write )\S/)
    })
  }
})
