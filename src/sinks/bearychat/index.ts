/** BearyChat: one message an event to an incoming robot. */
import type { Location } from '../../gotime/location.ts'
import { zoneOf } from '../../sink-kit/event-time.ts'
import { eventHeadline, namedLines } from '../../sink-kit/event-text.ts'
import { fitText } from '../../sink-kit/fit-text.ts'
import type { IncomingWebhookOptions, WebhookMessages } from '../../sink-kit/incoming-webhook.ts'
import {
  incomingWebhookPace,
  incomingWebhookSchema,
  openIncomingWebhook,
  readIncomingWebhook,
} from '../../sink-kit/incoming-webhook.ts'
import { reportColour } from '../../sink-kit/report.ts'
import { displayUrl } from '../../sink-kit/secrets.ts'
import { defineSink } from '../../sink-kit/sink.ts'

const title = 'Kubernetes Event Driven'
const colour = '#51bcb6'
/**
 * https://github.com/bearyinnovative/bearychat-docs/blob/master/robots/incoming.md: what is above is cut off, between
 * bytes and without a word.
 */
const maxTextBytes = 8_192
const bytesOf = (text: string): number => Buffer.byteLength(text)

export default defineSink({
  name: 'bearychat',
  summary: 'BearyChat: incoming robot of a channel',
  exporter: 'BearyChatSink',
  schema: incomingWebhookSchema,
  pace: incomingWebhookPace,
  examples: [
    {
      title: 'Warnings of two namespaces into one channel',
      argument:
        'bearychat:http://<endpoint>/=bw000/incoming/example-key?level=Warning&namespaces=shop,billing',
    },
    {
      title: 'Everything about pods, with the name of the cluster',
      argument:
        'bearychat:http://<endpoint>/=bw000/incoming/example-key?level=Normal&kinds=Pod&label=production',
    },
  ],
  readArgument: readIncomingWebhook,
  display: ({ url }) => displayUrl(url),
  tellsReports: () => true,
  open: (options, context) =>
    openIncomingWebhook('bearychat', options, messagesFor(options, zoneOf(context.env)), context),
})

function messagesFor({ label }: IncomingWebhookOptions, zone: Location): WebhookMessages {
  return {
    event: (occurrence) => {
      const attachment = {
        title: eventHeadline(occurrence),
        text: fitText(namedLines(occurrence, label, zone), maxTextBytes, bytesOf),
        color: colour,
      }
      // What an event says is no Markdown.
      return JSON.stringify({
        text: title,
        notification: eventHeadline(occurrence),
        markdown: false,
        attachments: [attachment],
      })
    },
    report: (report) => {
      const text = report.text({ maxBytes: maxTextBytes, bytesOf, withoutTitle: true })
      return JSON.stringify({
        text: report.title,
        markdown: false,
        attachments: [{ title: report.title, text, color: reportColour }],
      })
    },
  }
}
