/** Renders what was asked for, once or at each change of the template, and tells what came of it. */
import { readTemplateText } from '../../app/check-template.ts'
import {
  describeUnread,
  prepareTemplate,
  type PreparedBody,
  type PreparedTemplate,
} from '../../app/render.ts'
import { TemplateFeeds } from '../../app/template-feeds.ts'
import { sleep, systemClock } from '../../domain/clock.ts'
import type { Logger } from '../../telemetry/telemetry.ts'
import type { CommandExitCode, CommandIo } from '../command-io.ts'
import { CommandFailure } from '../command.ts'
import { errorText, reportText, type RenderedEvent } from './report.ts'
import type { RenderRequest } from './request.ts'

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Rejects with `CommandFailure` where the template cannot be read. */
export async function renderOnce(request: RenderRequest, io: CommandIo): Promise<CommandExitCode> {
  const { use, source } = request
  const { env, signal } = io
  const state = await readTemplateText(use.origin, source, { env, clock: systemClock, signal })
  if (state.kind !== 'content') throw new CommandFailure(describeUnread(use.origin, state))
  return show(request, state.content, io, { isRepeated: false }) ? 0 : 1
}

/** Resolves when `io.signal` aborts. */
export async function renderWhileItChanges(request: RenderRequest, io: CommandIo): Promise<CommandExitCode> {
  const { source, use } = request
  const clears = io.colour.out
  const feeds = new TemplateFeeds({ source, log: silent, clock: systemClock, env: io.env })
  let shown: string | undefined
  const stop = feeds.listen(use.origin, (state) => {
    const told = JSON.stringify(state)
    // A file is looked at again when its watch is ready.
    if (told === shown) return
    shown = told
    if (clears) io.out('\u001b[H\u001b[2J\u001b[3J')
    if (state.kind === 'content') show(request, state.content, io, { isRepeated: true })
    else io.err(errorText(describeUnread(use.origin, state), io.colour.err))
  })
  // Watches keep no process alive.
  while (!io.signal.aborted) await sleep(systemClock, 60_000, io.signal)
  await stop()
  await feeds.close()
  return 0
}

/** Whether all is well. */
function show(
  request: RenderRequest,
  text: string,
  io: CommandIo,
  { isRepeated }: { readonly isRepeated: boolean },
): boolean {
  const { name, use, events, zones, asJson, mustBeJson } = request
  const { escape, sendsJson } = use
  const prepared = prepareTemplate(text, { name, escape, sendsJson, zones })
  const nowMs = systemClock.wallMs()
  const bodies =
    prepared.kind === 'broken'
      ? []
      : events.map((named) => ({ named, body: prepared.render(named.event, nowMs) }))
  if (asJson) {
    const told = toldRendering(request, prepared, bodies)
    io.out(`${isRepeated ? JSON.stringify(told) : JSON.stringify(told, undefined, 2)}\n`)
  } else {
    // A single body is printed to the byte; several, and those for eyes, each end their line.
    const end = isRepeated || events.length > 1 || io.colour.out ? '\n' : ''
    for (const { body } of bodies) {
      if (body.kind === 'body') io.out(`${io.colour.out ? visible(body.text) : body.text}${end}`)
    }
    io.err(reportText({ request, prepared, bodies, colour: io.colour.err }))
  }
  return prepared.kind === 'template' && bodies.every(({ body }) => isWell(body, mustBeJson))
}

/** For a terminal, which would obey control characters of an event's message: each as a picture of itself. */
function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is replaced
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (character) => {
    const code = character.charCodeAt(0)
    return String.fromCharCode(code < 0x20 ? 0x2400 + code : 0x2421)
  })
}

function isWell(body: PreparedBody, mustBeJson: boolean): boolean {
  return body.kind === 'body' && !(mustBeJson && body.fault !== undefined)
}

/** For programs; names stay. */
function toldRendering(
  { name, mustBeJson }: RenderRequest,
  prepared: PreparedTemplate,
  bodies: readonly RenderedEvent[],
): unknown {
  if (prepared.kind === 'broken') {
    return { ok: false, template: name, error: prepared.error }
  }
  return {
    ok: bodies.every(({ body }) => isWell(body, mustBeJson)),
    template: name,
    escaping: prepared.escaping,
    sentAsJson: mustBeJson,
    events: bodies.map(({ named, body }) =>
      body.kind === 'failed'
        ? { event: named.name, error: body.error }
        : {
            event: named.name,
            body: body.text,
            isUtf8: body.isUtf8,
            json: body.fault === undefined ? { valid: true } : { valid: false, ...body.fault },
          },
    ),
  }
}
