/** `kube-eventer render`: what a template makes of an event, before anybody is sent it. */
import type { Readable } from 'node:stream'
import { builtInEvents } from '../app/given-events.ts'
import type { CommandExitCode, CommandIo } from './command-io.ts'
import { jsonFlag, printJson, runCommand, type CommandDeclaration } from './command.ts'
import { objectText } from './event-line.ts'
import { tellFunctions } from './render/functions.ts'
import { readRenderRequest } from './render/request.ts'
import { renderOnce, renderWhileItChanges } from './render/rendering.ts'
import { table } from './table.ts'

export const renderCommand: CommandDeclaration = {
  name: 'render',
  summary: 'show what a template makes of an event, what is escaped, and whether it is JSON',
  usage: [
    '--template=FILE [--event=NAME|FILE|-] [--content-type=TYPE | --sink=TYPE] [--watch] [--json]',
    '--configmap=NAMESPACE/NAME --source=kubernetes:URL?OPTIONS [...]',
    '--sink=ARGUMENT [--source=kubernetes:URL?OPTIONS] [...]',
    '--list-events',
    '--functions [NAME]',
  ],
  about: `Renders as the sinks do. The body goes to standard output as it would be sent; what was escaped and why, and
whether the body is JSON or where it is not, to standard error. With --sink=ARGUMENT, as run takes it, the template,
the content type and the escaping are that sink's. Nothing is sent anywhere.`,
  flags: [
    {
      name: 'template',
      kind: 'text',
      group: 'Options',
      valueName: 'FILE',
      help: 'the file with the template; - for standard input',
    },
    {
      name: 'configmap',
      kind: 'text',
      group: 'Options',
      valueName: 'NAMESPACE/NAME',
      help: 'the ConfigMap with the template, under the key content',
    },
    {
      name: 'source',
      kind: 'text',
      group: 'Options',
      valueName: 'kubernetes:URL?OPTIONS',
      help: 'the cluster that has the ConfigMap, as for run',
    },
    {
      name: 'event',
      kind: 'text',
      group: 'Options',
      valueName: 'NAME|FILE|-',
      default: 'crash-loop',
      help: 'built-in event, all, or a file as kubectl prints it; - for standard input (default crash-loop)',
    },
    {
      name: 'tz',
      kind: 'text',
      group: 'Options',
      valueName: 'ZONE',
      help: 'the zone of times, such as Asia/Shanghai (default TZ)',
    },
    {
      name: 'sink',
      kind: 'text',
      group: 'Options',
      valueName: 'TYPE|ARGUMENT',
      help: 'as it is sent there: webhook, a chat platform such as dingtalk, or a whole --sink of run',
    },
    {
      name: 'content-type',
      kind: 'text',
      group: 'Options',
      valueName: 'TYPE',
      help: 'as it is sent with this Content-Type',
    },
    {
      name: 'escape',
      kind: 'text',
      group: 'Options',
      valueName: 'auto|json|none',
      help: 'whether values are escaped for JSON, as ke.escape (default auto)',
    },
    {
      name: 'watch',
      kind: 'boolean',
      group: 'Options',
      help: 'render again whenever the file or the ConfigMap changes, until Ctrl-C',
    },
    { name: 'list-events', kind: 'boolean', group: 'Options', help: 'tell the built-in events' },
    {
      name: 'functions',
      kind: 'boolean',
      group: 'Options',
      help: 'tell the functions of templates, each with an example; with a NAME that one alone',
    },
    jsonFlag,
  ],
  positional: { least: 0, most: 1 },
  examples: [
    { title: 'A template in a file', argv: ['render', '--template=body.tmpl', '--event=special-characters'] },
    {
      title: 'What DingTalk would be sent of each built-in event',
      argv: ['render', '--template=body.tmpl', '--event=all', '--sink=dingtalk'],
    },
    {
      title: "A cluster's ConfigMap, again after each kubectl edit",
      argv: [
        'render',
        '--configmap=kube-system/custom-body',
        '--source=kubernetes:?inClusterConfig=false&auth=/home/me/.kube/config',
        '--watch',
      ],
    },
    {
      title: 'A sink as run has it',
      argv: [
        'render',
        '--sink=webhook:https://hooks.example.test/alerts?method=POST&header=Content-Type=application/json&ke.templateFile=body.tmpl',
      ],
    },
    { title: 'All about one function', argv: ['render', '--functions', 'printf'] },
  ],
  exitCodes: [
    [0, 'rendered; what is sent as JSON is JSON'],
    [1, 'the template is wrong or cannot be read, or what is sent as JSON is none'],
    [2, 'wrong usage'],
  ],
}

/** `argv` is what follows `render`. */
export function render(
  argv: readonly string[],
  io: CommandIo,
  input: Readable = process.stdin,
): Promise<CommandExitCode> {
  return runCommand(renderCommand, argv, io, async (given) => {
    if (given.isSet('functions')) {
      tellFunctions(given.positional[0], given.isSet('json'), io)
      return 0
    }
    if (given.isSet('list-events')) {
      if (given.isSet('json')) printJson(io, builtInEvents)
      else io.out(eventTable())
      return 0
    }
    const request = await readRenderRequest(given, io, input)
    return given.isSet('watch') ? renderWhileItChanges(request, io) : renderOnce(request, io)
  })
}

function eventTable(): string {
  return table(
    builtInEvents.map(({ name, summary, event }) => [
      name,
      `${event.type} ${event.reason}`,
      objectText(event.involvedObject),
      summary,
    ]),
  )
}
