/** Files and formats: what is recognised, what is told, and with which exit code. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatOf } from './formats.ts'
import type { GoldenFile } from './golden-file.ts'
import { fileText } from './print.ts'
import { exitCodeOf, runFile, runGoldens } from './run-goldens.ts'
import type { FileResult } from './run-goldens.ts'
import { failed, passed, unsupported } from './verdict.ts'
import { commandOf } from './wire/program.ts'
import { timelineOf } from './wire/timeline.ts'

const options = { command: commandOf('source'), realTime: false }

function file(content: unknown, path = 'made.json'): GoldenFile {
  return { path, folder: '.', content }
}

const rightTime = {
  id: 't1',
  type: 'time',
  op: 'Unix',
  input: '1970-01-01T00:00:01Z',
  tz: 'UTC',
  output: '1',
}
const template = [{ id: 'x', template: '{{.Type}}', event: 'backoff', tz: 'UTC', output: 'Warning' }]
const layout = [{ id: 'layout-1', layout: {}, event: 'backoff', tz: 'UTC', output: {} }]

describe('a format', () => {
  it('is recognised by what the file holds', () => {
    const names = [
      [rightTime],
      [{ id: 'u', arg: 'log', kind: 'log' }],
      template,
      [{ id: 'r', pattern: 'a', input: 'a', match: true }],
      { program: 'kube-eventer', argv: [], requests: [] },
      { e01: { create: {}, object: {} } },
      [{ id: 'minimal', event: {} }],
    ].map((content) => formatOf(content)?.name)
    assert.deepEqual(names, [
      'times',
      'URIs',
      'templates',
      'regular expressions',
      'recorded runs',
      'events and objects that other files refer to',
      'events and objects that other files refer to',
    ])
    assert.equal(formatOf({ something: 'else' }), undefined)
    assert.equal(formatOf(undefined), undefined)
  })

  it('that is not supported yet is named', async () => {
    const told = fileText(await runFile(file(layout), options))
    assert.match(
      told,
      /^unsupported +made\.json\n {2}layouts of kubernetes-event-exporter's .* are not supported\n$/,
    )
  })
})

describe('a recording', () => {
  const run = (argv: readonly string[], more: object = {}): Promise<FileResult> =>
    runFile(
      file({ id: 'x', program: 'kube-eventer', argv, env: {}, events: [], requests: [], ...more }),
      options,
    )

  it('that needs what is missing is unsupported, whatever its file is called', async () => {
    const told = async (...parameters: Parameters<typeof run>): Promise<string> =>
      fileText(await run(...parameters))
    assert.match(
      await told(['--sink=webhook:https://<recorder>'], { answers: [{ fake: 'sqs' }] }),
      /a small server in the place of the recorder is not supported yet/,
    )
    assert.match(await told([], { program: 'kubernetes-event-exporter' }), /configuration is not supported/)
    assert.match(
      await told([], { script: ['start', 'turn it upside down'] }),
      /“turn it upside down” is not known/,
    )
  })

  it('that is malformed has failed', async () => {
    assert.match(fileText(await run([], { events: 'e01' })), /^failed .*it is no recording/s)
  })
})

describe('a script', () => {
  const steps = (...script: string[]) => {
    const timeline = timelineOf({ script, events: [], argv: ['--frequency=5s'] })
    assert.ok(timeline.kind === 'known')
    return timeline.steps
  }

  it('is read step by step', () => {
    assert.deepEqual(steps('start the program', 'create e01…e03', 'wait for two flushes'), [
      { kind: 'start' },
      { kind: 'create', events: ['e01', 'e02', 'e03'] },
      { kind: 'wait', ms: 10_000 },
    ])
    assert.deepEqual(steps('create e05, e06, then e09'), [
      { kind: 'start' },
      { kind: 'create', events: ['e05', 'e06', 'e09'] },
    ])
    assert.deepEqual(
      steps('start', 'merge-patch e01 to count 18, lastTimestamp 2024-05-06T09:31:00Z', 'delete e01'),
      [
        { kind: 'start' },
        { kind: 'patch', event: 'e01', fields: { count: 18, lastTimestamp: '2024-05-06T09:31:00Z' } },
        { kind: 'delete', event: 'e01' },
      ],
    )
  })
})

describe('the exit code', () => {
  it('is 1 if anything failed, else 2 if anything is unsupported, else 0', () => {
    const [fine, wrong, open] = [passed(), failed(['x']), unsupported('y')].map((verdict) => ({
      id: '',
      verdict,
    }))
    assert.ok(fine && wrong && open)
    assert.equal(exitCodeOf([fine]), 0)
    assert.equal(exitCodeOf([fine, open]), 2)
    assert.equal(exitCodeOf([fine, open, wrong]), 1)
  })

  it('comes with a text for each file, in the order given', async () => {
    const texts: string[] = []
    const wrong = { ...rightTime, id: 't2', output: '2' }
    const code = await runGoldens(
      [file([rightTime, wrong], 'a.json'), file(layout, 'b.json'), file([rightTime], 'c.json')],
      {
        ...options,
        atOnce: 2,
        onFile: (result) => void texts.push(fileText(result)),
      },
    )
    assert.equal(code, 1)
    assert.deepEqual(
      texts.map((text) => text.split('\n')[0]),
      ['failed       a.json (1 passed, 1 failed)', 'unsupported  b.json', 'passed       c.json'],
    )
    assert.match(texts[0] ?? '', /t2: expected: 2\n +got: 1/)
  })
})
