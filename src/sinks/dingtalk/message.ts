/**
 * A message's body: the original's JSON around a text, with mentions and keywords, within the platform's size.
 */
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Location } from '../../gotime/location.ts'
import { digestOf } from '../../sink-kit/digest.ts'
import { digestText, markdownStyle, plainStyle } from '../../sink-kit/digest-text.ts'
import { eventCard } from '../../sink-kit/event-text.ts'
import { fitText, jsonBytes } from '../../sink-kit/fit-text.ts'
import { roomInBody, type SinkReport } from '../../sink-kit/report.ts'
import type { DingtalkOptions } from './options.ts'
import { eventMarkdown, eventText } from './text.ts'

export interface Messages {
  /** The body that tells one occurrence. */
  event(occurrence: Occurrence): string
  /** The body that tells all of them as counts. */
  digest(occurrences: readonly Occurrence[]): string
  /** The body that tells a report, as Markdown or text as the events are. */
  report(report: SinkReport): string
}

/** `maxBodyBytes`: what the platform takes; a text that is longer is cut, and says by how much. */
export function messagesFor(options: DingtalkOptions, zone: Location, maxBodyBytes: number): Messages {
  const isMarkdown = options.msg_type === 'markdown' || options.msg_type === 'card'
  const card = (occurrence: Occurrence): string => eventCard(occurrence, options.label, zone)
  const toText = { markdown: eventMarkdown, card }[options.msg_type] ?? eventText
  const style = isMarkdown ? markdownStyle : plainStyle
  const mentions = mentionsOf(options)
  const title = options.msg_type === 'card' ? undefined : `Kubernetes(ID:${options.cluster_id}) Event`
  /** What every message must hold besides its text: names of those it mentions, and a keyword. */
  const close = (text: string, heading: string): string => {
    const lacksKeyword = (options.keywords ?? []).every((keyword) => !`${heading}${text}`.includes(keyword))
    const [keyword] = options.keywords ?? []
    return [...(lacksKeyword && keyword !== undefined ? [keyword] : []), ...mentions]
      .map((line) => style.newBlock.slice(isMarkdown ? 0 : 1) + line)
      .join('')
  }
  const body = (text: string, heading: string): string =>
    JSON.stringify({
      msgtype: options.msg_type === 'card' ? 'markdown' : options.msg_type,
      text: { content: isMarkdown ? '' : text },
      markdown: isMarkdown ? { title: heading, text } : { title: '', text: '' },
      ...atOf(options),
    })
  const room = (heading: string): number =>
    maxBodyBytes - Buffer.byteLength(body('', heading)) - jsonBytes(close('', ''))
  return {
    event: (occurrence) => {
      const heading = title ?? cardTitle(occurrence)
      const text = fitText(toText(occurrence, options, zone), room(heading), jsonBytes)
      return body(text + close(text, heading), heading)
    },
    digest: (occurrences) => {
      const digest = digestOf(occurrences)
      const heading = title ?? `${occurrences.length} events`
      const labels = options.label
        .filter((label) => label.trim() !== '')
        .map((label) => label + style.newBlock)
      const head = fitText(labels.join(''), room(heading) / 2, jsonBytes)
      const text = digest
        ? head + digestText(digest, style, zone, room(heading) - jsonBytes(head), jsonBytes)
        : head
      return body(text + close(text, heading), heading)
    },
    report: (report) => {
      const heading = report.title
      const fit = roomInBody(room(heading), () => '')
      const text = isMarkdown ? report.markdown(fit) : report.text(fit)
      return body(text + close(text, heading), heading)
    },
  }
}

/** Shown where there is no room for the message: in a notification. */
function cardTitle({ event }: Occurrence): string {
  return fitText(
    `${event.reason ?? ''} ${event.involvedObject.name ?? ''}`.trim(),
    titleCharacters,
    ({ length }) => length,
  )
}

const titleCharacters = 100

/** A member is mentioned only if the text names them too. */
function mentionsOf({ atMobiles = [], atUserIds = [] }: DingtalkOptions): readonly string[] {
  const names = [...atMobiles, ...atUserIds].map((name) => `@${name}`)
  return names.length === 0 ? [] : [names.join(' ')]
}

/** https://help.dingtalk.io/open/development/custom-robots-send-group-messages */
function atOf({ atMobiles, atUserIds, atAll }: DingtalkOptions): object {
  if (atMobiles === undefined && atUserIds === undefined && atAll !== true) return {}
  return { at: { atMobiles: atMobiles ?? [], atUserIds: atUserIds ?? [], isAtAll: atAll ?? false } }
}
