/** The rules of ARCHITECTURE.md that a machine can hold: who may import whom, and how a file looks. */
import { importsOf } from './source-files.ts'
import type { Import, SourceFile } from './source-files.ts'

/** `src/delivery/pump.ts:12: delivery imports sinks/webhook: …` */
export type Violation = string

/** A room that each room may import besides itself. `*`: all but those that only their own front may see. */
const roomsSeenBy: Readonly<Record<string, readonly string[] | '*'>> = {
  domain: [],
  gotime: [],
  telemetry: ['domain', 'gotime'],
  kubernetes: ['domain', 'gotime', 'telemetry'],
  journal: ['domain', 'gotime', 'telemetry'],
  stages: ['domain', 'gotime', 'telemetry'],
  template: ['domain', 'gotime', 'telemetry'],
  // The kit looks a filter over as the stage will compile it.
  'sink-kit': ['domain', 'gotime', 'telemetry', 'template', 'stages'],
  config: ['domain', 'gotime', 'telemetry', 'sink-kit', 'report'],
  sinks: ['domain', 'gotime', 'sink-kit'],
  delivery: ['domain', 'gotime', 'telemetry', 'journal', 'stages', 'sink-kit', 'template'],
  report: ['domain', 'gotime', 'telemetry', 'journal'],
  search: ['domain', 'journal', 'report'],
  recording: ['domain', 'gotime', 'telemetry'],
  // The demo plays a recording, and tells its events by a sink of its own.
  demo: ['domain', 'gotime', 'telemetry', 'sink-kit', 'recording'],
  // Commands on a program: the socket, and the journal of one that is stopped.
  control: ['domain', 'gotime', 'telemetry', 'journal'],
  http: ['domain', 'gotime', 'telemetry', 'app'],
  app: '*',
  cli: ['domain', 'gotime', 'telemetry', 'app', 'config', 'demo', 'control', 'report', 'search'],
  // The journal's worker threads start from main.ts as well.
  main: ['cli', 'app', 'journal', 'search'],
}

const maxLines = 600

/** Tests and what only they use, contract suites too: free to put rooms together, never part of the program. */
export function isTestFile(path: string): boolean {
  return /^test\/|(?:^|\/)testing(?:\/|\.ts$)|(?:\/contract|\.test)\.ts$/.test(path)
}

/** `src/sinks/webhook/index.ts` → `sinks/webhook`, `src/app/start.ts` → `app`, `src/main.ts` → `main`. */
function roomOf(path: string): string {
  const [, room = '', inner = ''] = path.split('/')
  if (room === 'sinks' && path.split('/').length > 3) return `sinks/${inner}`
  return room.replace(/\.ts$/, '')
}

function isPartOf(room: string, whole: string): boolean {
  return room === whole || room.startsWith(`${whole}/`)
}

/** Who may import whom, by rooms. */
export function roomViolations(files: readonly SourceFile[]): Violation[] {
  const violations: Violation[] = []
  for (const file of files.filter(({ path }) => !isTestFile(path))) {
    const room = roomOf(file.path)
    const seen = roomsSeenBy[room.startsWith('sinks/') ? 'sinks' : room]
    if (seen === undefined) {
      violations.push(
        `${file.path}:1: room ${room} is not in the table of rooms in test/architecture/rules.ts`,
      )
      continue
    }
    for (const { line, target } of importsOf(file)) {
      if (target === undefined) continue
      const place = `${file.path}:${line}`
      if (!target.startsWith('src/')) {
        violations.push(`${place}: ${target} is outside src/: the program imports nothing from there`)
        continue
      }
      if (isTestFile(target)) {
        violations.push(`${place}: ${target} is for tests: the program never imports it`)
        continue
      }
      const other = roomOf(target)
      if (other === room) continue
      const allowed = seen === '*' ? !isPartOf(other, 'cli') && other !== 'main' : seen.includes(other)
      if (allowed) continue
      const may = seen === '*' ? 'all rooms but cli' : seen.join(', ') || 'no other room'
      violations.push(`${place}: ${room} imports ${other} (${target}): ${room} may import ${may}`)
    }
  }
  return violations
}

/** Packages: each a declared dependency; none at all in `domain` and `gotime`; Node's own written `node:`. */
export function packageViolations(
  files: readonly SourceFile[],
  dependencies: readonly string[],
): Violation[] {
  const violations: Violation[] = []
  for (const file of files.filter(({ path }) => !isTestFile(path))) {
    const room = roomOf(file.path)
    for (const { line, specifier, target } of importsOf(file)) {
      if (target !== undefined) continue
      const place = `${file.path}:${line}`
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
      if (room === 'domain') violations.push(`${place}: domain imports ${specifier}: it imports nothing`)
      else if (specifier.startsWith('node:')) continue
      else if (room === 'gotime')
        violations.push(`${place}: gotime imports ${specifier}: it imports no package`)
      else if (!dependencies.includes(name))
        violations.push(
          `${place}: ${specifier} is none of the dependencies in package.json, nor written node:…`,
        )
    }
  }
  return violations
}

/** Cycles of imports, type imports included: each is told once, at an import that closes it. */
export function cycleViolations(files: readonly SourceFile[]): Violation[] {
  const importsByPath = new Map<string, Import[]>(
    files.map((file) => [file.path, importsOf(file).filter(({ how }) => how !== 'url')]),
  )
  const violations: Violation[] = []
  const finished = new Set<string>()
  const open: string[] = []
  const visit = (path: string): void => {
    open.push(path)
    for (const { line, target } of importsByPath.get(path) ?? []) {
      if (target === undefined || finished.has(target)) continue
      const start = open.indexOf(target)
      if (start === -1) visit(target)
      else violations.push(`${path}:${line}: cycle: ${[...open.slice(start), target].join(' → ')}`)
    }
    open.pop()
    finished.add(path)
  }
  for (const { path } of files) if (!finished.has(path)) visit(path)
  return violations
}

/** A release is one file, so a file that is started by its own URL (a worker) would not be in it. */
export function startedFileViolations(files: readonly SourceFile[]): Violation[] {
  return files
    .filter(({ path }) => !isTestFile(path))
    .flatMap((file) =>
      importsOf(file)
        .filter(({ how }) => how === 'url')
        .map(
          ({ line, specifier }) =>
            `${file.path}:${line}: ${specifier} is started as a file of its own: start src/main.ts`,
        ),
    )
}

/** How a file looks: its length, its first line, what it exports. */
export function fileViolations(files: readonly SourceFile[]): Violation[] {
  const violations: Violation[] = []
  for (const { path, text } of files) {
    const lines = text.trimEnd().split('\n')
    if (lines.length > maxLines)
      violations.push(
        `${path}:${maxLines + 1}: ${lines.length} lines: a file is one idea, at most ${maxLines}`,
      )
    if (!isTestFile(path) && !/^(?:\/\*\*|\/\/|#!)/.test(text))
      violations.push(`${path}:1: the first line of a file is a comment that says which idea it is`)
    if (isBarrel(text)) violations.push(`${path}:1: only re-exports: import from the file that has it`)
    const defaultExport = lines.findIndex((line) => /^export default\b|^export \{.*\bas default\b/.test(line))
    if (defaultExport !== -1 && !/^src\/sinks\/[^/]+\/index\.ts$/.test(path))
      violations.push(`${path}:${defaultExport + 1}: default export: only a sink's declaration has one`)
  }
  return violations
}

function isBarrel(text: string): boolean {
  const code = text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .trim()
  const rest = code.replaceAll(
    /^export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*from\s*'[^']+'$/gm,
    '',
  )
  return code !== '' && rest.trim() === ''
}

// Written in pieces, so that this file does not find itself.
const forbiddenTexts: readonly { readonly form: RegExp; readonly why: string }[] = [
  {
    form: new RegExp(String.raw`(?<![\w.])/(?:work/(?:main|shared|\.)|root/)`),
    why: 'a path of one machine',
  },
  { form: new RegExp(['registry\\.npm', 'js|proxy\\.gol', 'ang'].join('')), why: 'the host of a registry' },
  {
    form: new RegExp(['\\bTO', 'DO\\b|\\bFIX', 'ME\\b|\\bXX', 'X\\b'].join('')),
    why: 'a note instead of the work',
  },
  { form: new RegExp(['@ts-', '(?:ignore|nocheck)'].join('')), why: 'the type checker switched off' },
]

/** Texts that have no place in code and documents. */
export function textViolations(files: readonly SourceFile[]): Violation[] {
  const violations: Violation[] = []
  for (const { path, text } of files) {
    for (const [index, line] of text.split('\n').entries()) {
      for (const { form, why } of forbiddenTexts) {
        const match = form.exec(line)
        if (match) violations.push(`${path}:${index + 1}: \`${match[0]}\`: ${why}`)
      }
    }
  }
  return violations
}
