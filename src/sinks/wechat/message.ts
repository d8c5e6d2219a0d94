/** What a message says, within the 2,048 bytes that WeCom takes: one event, or a digest of many. */
import type { Occurrence } from '../../domain/occurrence.ts'
import type { Location } from '../../gotime/location.ts'
import { digestOf } from '../../sink-kit/digest.ts'
import { digestText, markdownStyle, plainStyle } from '../../sink-kit/digest-text.ts'
import { eventCard, eventLines } from '../../sink-kit/event-text.ts'
import { fitText } from '../../sink-kit/fit-text.ts'
import type { SinkReport } from '../../sink-kit/report.ts'
import type { WechatOptions } from './options.ts'

/** https://developer.work.weixin.qq.com/document/path/90236: of `content`, text and Markdown alike; more is cut off. */
export const maxContentBytes = 2_048

const bytesOf = (text: string): number => Buffer.byteLength(text)

export interface Messages {
  readonly msgtype: 'text' | 'markdown'
  event(occurrence: Occurrence): string
  digest(occurrences: readonly Occurrence[]): string
  report(report: SinkReport): string
}

export function messagesFor({ label, format }: WechatOptions, zone: Location): Messages {
  const style = format === 'card' ? markdownStyle : plainStyle
  // The original tells the last label first.
  const labels = label
    .toReversed()
    .map((text) => `${text}\n`)
    .join('')
  return {
    msgtype: format === 'card' ? 'markdown' : 'text',
    event: (occurrence) => {
      const text =
        format === 'card'
          ? eventCard(occurrence, label, zone)
          : labels + eventLines(occurrence, (time) => time.toString(), zone)
      return fitText(text, maxContentBytes, bytesOf)
    },
    digest: (occurrences) => {
      const head = fitText(labels, maxContentBytes / 2, bytesOf)
      const digest = digestOf(occurrences)
      return digest ? head + digestText(digest, style, zone, maxContentBytes - bytesOf(head), bytesOf) : head
    },
    report: (report) => {
      const room = { maxBytes: maxContentBytes, bytesOf }
      return format === 'card' ? report.markdown(room) : report.text(room)
    },
  }
}
