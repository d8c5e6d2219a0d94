/** The formats of goldens, in one table: how each is recognised, and what runs it. */
import * as z from 'zod/mini'
import type { GoldenFile } from './golden-file.ts'
import type { Verdict } from './verdict.ts'
import { regexpVector, runRegexpVector } from './vectors/regexp.ts'
import { runTemplateVector } from './vectors/template.ts'
import { runTimeVector, timeVector } from './vectors/time.ts'
import { runUriVector } from './vectors/uri.ts'
import { uriVector } from './vectors/uri-expectation.ts'
import type { PlayOptions } from './wire/play.ts'
import { runRecording } from './wire/run-recording.ts'

/** One vector, or one recorded run. */
export interface Case {
  readonly id: string
  run(options: PlayOptions): Verdict | Promise<Verdict>
}

export interface Format {
  readonly name: string
  recognises(content: unknown): boolean
  /** `undefined`: the file is what others refer to, and there is nothing to run. */
  cases(file: GoldenFile): readonly Case[] | undefined
}

const formats: readonly Format[] = [
  vectors('times', ['type', 'op', 'input', 'tz'], (each) => runTimeVector(timeVector.parse(each))),
  vectors('URIs', ['arg'], (each) => runUriVector(uriVector.parse(each))),
  vectors('templates', ['event', 'tz'], runTemplateVector),
  vectors('regular expressions', ['pattern', 'input', 'match'], (each) =>
    runRegexpVector(regexpVector.parse(each)),
  ),
  {
    name: 'recorded runs',
    recognises: (content) => hasFields(content, ['program', 'argv', 'requests']),
    cases: ({ content, folder }) => [
      { id: idOf(content), run: (options) => runRecording(content, folder, options) },
    ],
  },
  {
    name: "exchanges with an API server: the stand-in's, held by src/demo/golden.test.ts",
    recognises: (content) => hasFields(content, ['request', 'response']),
    cases: () => undefined,
  },
  {
    name: 'events and objects that other files refer to',
    recognises: (content) =>
      isListOf(content, ['id', 'event']) || isListOf(content, ['object']) || isListOf(content, ['metadata']),
    cases: () => undefined,
  },
]

/** The format of a file's content; `undefined` where it has none of them. */
export function formatOf(content: unknown): Format | undefined {
  return formats.find(({ recognises }) => recognises(content))
}

/** A list of vectors, of which the first tells the format. */
function vectors(
  name: string,
  fields: readonly string[],
  run: (vector: unknown, folder: string) => Verdict,
): Format {
  return {
    name,
    recognises: (content) => Array.isArray(content) && hasFields(content[0], ['id', ...fields]),
    cases: ({ content, folder }) =>
      z
        .parse(z.array(z.unknown()), content)
        .map((vector) => ({ id: idOf(vector), run: () => run(vector, folder) })),
  }
}

function hasFields(value: unknown, fields: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && fields.every((field) => field in value)
}

/** A list, or an object by id. */
function isListOf(content: unknown, fields: readonly string[]): boolean {
  if (typeof content !== 'object' || content === null) return false
  const values: unknown[] = Object.values(content)
  return values.length > 0 && values.every((value) => hasFields(value, fields))
}

function idOf(content: unknown): string {
  return typeof content === 'object' && content !== null && 'id' in content ? String(content.id) : ''
}
