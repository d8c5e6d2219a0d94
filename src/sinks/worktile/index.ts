/** Worktile: one message an event to an incoming webhook. */
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

/** As people know it from the proxies that they wrote. */
const title = 'Kubernetes Event Driven'
const colour = '#51bcb6'
/** No document tells a limit: what is read in a channel is shorter. */
const maxTextBytes = 8_192
const bytesOf = (text: string): number => Buffer.byteLength(text)

export default defineSink({
  name: 'worktile',
  summary: 'Worktile: incoming webhook of a channel',
  exporter: 'WorktileSink',
  schema: incomingWebhookSchema,
  pace: incomingWebhookPace,
  examples: [
    {
      title: 'Warnings of two namespaces into one channel',
      argument: 'worktile:http://<endpoint>/incoming/example-key?level=Warning&namespaces=shop,billing',
    },
    {
      title: 'Everything about pods, with the name of the cluster',
      argument: 'worktile:http://<endpoint>/incoming/example-key?level=Normal&kinds=Pod&label=production',
    },
  ],
  readArgument: readIncomingWebhook,
  display: ({ url }) => displayUrl(url),
  tellsReports: () => true,
  open: (options, context) =>
    openIncomingWebhook('worktile', options, messagesFor(options, zoneOf(context.env)), context),
})

function messagesFor({ label }: IncomingWebhookOptions, zone: Location): WebhookMessages {
  return {
    event: (occurrence) => {
      const text = fitText(namedLines(occurrence, label, zone), maxTextBytes, bytesOf)
      return JSON.stringify({
        attachment: { fallback: eventHeadline(occurrence), color: colour, title, text },
      })
    },
    report: (report) => {
      const text = report.text({ maxBytes: maxTextBytes, bytesOf, withoutTitle: true })
      return JSON.stringify({
        attachment: { fallback: report.title, color: reportColour, title: report.title, text },
      })
    },
  }
}
