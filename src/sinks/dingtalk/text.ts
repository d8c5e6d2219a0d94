/** What a message says of one event: the original's text and markdown. */
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Location } from '../../gotime/location.ts'
import { eventLines } from '../../sink-kit/event-text.ts'
import { eventTimeOf } from '../../sink-kit/event-time.ts'
import type { DingtalkOptions } from './options.ts'

/** `msg_type=text`. Labels come in their order. */
export function eventText(occurrence: Occurrence, { label }: DingtalkOptions, zone: Location): string {
  return [...label, eventLines(occurrence, (time) => time.format('2006-01-02 15:04:05'), zone)].join('\n')
}

/** `msg_type=markdown`, with the original's links to the console of ACK. */
export function eventMarkdown(occurrence: Occurrence, options: DingtalkOptions, zone: Location): string {
  const { event } = occurrence
  const { kind = '' } = event.involvedObject
  const { namespace = '', name = '' } = event.metadata
  const link = linkOf(kind, namespace, nameUpToDot(name), options)
  const fields = [
    `Level: ${bold(event.type ?? '')}`,
    `Kind: ${bold(kind)}`,
    `Namespace: [${namespace}](${console_}/namespace)`,
    `Name: ${link === undefined ? name : `[${name}](${link})`}`,
    `Reason: ${bold(event.reason ?? '')}`,
    `Timestamp: ${bold(eventTimeOf(occurrence, zone).toString())}`,
    `Message: ${bold(event.message ?? '')}`,
  ]
  return [...labelLines(options), ...nodeLines(event.source?.host ?? ''), fields.join(' \n\n')].join('')
}

/** Markdown labels keep their number, also where empty ones between them are left out. */
function labelLines({ label }: DingtalkOptions): string[] {
  return label.flatMap((text, at) => (text.trim() === '' ? [] : [`label[${at}]: ${bold(text)}\n\n`]))
}

/** A node of ACK is named `region.instance`. */
function nodeLines(host: string): string[] {
  if (host === '') return []
  const [region = '', instance] = host.split('.')
  if (instance === undefined) return [`Node: ${bold(host)} \n\n`]
  return [
    `Node: [${host}](https://ecs.console.aliyun.com/#/server/${instance}/detail?regionId=${region}) \n\n`,
  ]
}

const console_ = 'https://cs.console.aliyun.com/#/k8s'

function linkOf(
  kind: string,
  namespace: string,
  name: string,
  { cluster_id: cluster, region }: DingtalkOptions,
): string | undefined {
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
      return `${console_}/${kind.toLowerCase()}/detail/${region}/${cluster}/${namespace}/${name}/pods`
    case 'Pod':
      return `${console_}/pod/${cluster}/${namespace}/${name}/container`
    case 'CronJob':
      return `${console_}/cronjob/detail/${region}/${cluster}/${namespace}/${name}/jobs`
    case 'Service':
      return `${console_}/service/detail/${region}/${cluster}/${namespace}/${name}`
    default:
      return undefined
  }
}

/** An event is named after its object, a dot and a number. */
function nameUpToDot(name: string): string {
  const dot = name.indexOf('.')
  return dot === -1 ? name : name.slice(0, dot)
}

function bold(text: string): string {
  return `**${text}**`
}
