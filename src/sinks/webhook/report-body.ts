/** A report's body: in the form of the platform that is written to, else the report's own JSON. */
import { fitText } from '../../sink-kit/fit-text.ts'
import type { Platform } from '../../sink-kit/platform.ts'
import type { PlatformName } from '../../sink-kit/platforms/row.ts'
import { reportColour, roomInBody, type ReportRoom, type SinkReport } from '../../sink-kit/report.ts'

/** Who is told stands in the body there, in what only the user's own template says. */
const needTheirOwnBody: readonly PlatformName[] = ['telegram', 'pagerduty', 'whatsapp']

/** Whether no report can be shaped for a platform. */
export function cannotBeTold(platform: PlatformName | undefined): boolean {
  return platform !== undefined && needTheirOwnBody.includes(platform)
}

/** Where a platform tells no bound for its body: as much as any takes. */
const usualBodyBytes = 16_384
/** https://developer.work.weixin.qq.com/document/path/91770: of Markdown, in UTF-8. */
const wecomMarkdownBytes = 4_096
/** https://github.com/bearyinnovative/bearychat-docs/blob/master/robots/incoming.md: what is above is cut off. */
const attachmentBytes = 8_192
/** https://discord.com/developers/docs/resources/message#embed-object-embed-limits, in characters. */
const discordDescription = 4_096
const discordTitle = 256

const bytesOf = (text: string): number => Buffer.byteLength(text)
const withoutTitle = true

/** `platform`: where it goes; `undefined`: to an endpoint of the user's own. */
export function reportBody(report: SinkReport, platform: Platform | undefined): string {
  const { title } = report
  const maxBytes = platform?.maxBodyBytes ?? usualBodyBytes
  const fitted = (
    bodyOf: (text: string) => string,
    textIn: (room: ReportRoom) => string,
    hidesTitle: Partial<ReportRoom> = {},
  ): string => bodyOf(textIn({ ...roomInBody(maxBytes, bodyOf), ...hidesTitle }))
  const markdown = (room: ReportRoom): string => report.markdown(room)
  const safely = (write: (room: ReportRoom) => string, room: ReportRoom): string =>
    withoutMentions(write({ ...room, bytesOf: (text) => room.bytesOf(withoutMentions(text)) }))
  switch (platform?.name) {
    case 'wecom':
      return JSON.stringify({
        msgtype: 'markdown',
        markdown: { content: safely(markdown, { maxBytes: wecomMarkdownBytes, bytesOf }) },
      })
    case 'dingtalk':
      return fitted((text) => JSON.stringify({ msgtype: 'markdown', markdown: { title, text } }), markdown)
    case 'feishu':
      return fitted(
        (text) => JSON.stringify({ msg_type: 'text', content: { text } }),
        (room) => safely((fit) => report.text(fit), room),
      )
    case 'slack': {
      // Its Markdown is another one: the table, in a font where columns align.
      const bodyOf = (text: string): string =>
        JSON.stringify({
          attachments: [
            {
              fallback: title,
              color: reportColour,
              title,
              text: `\`\`\`\n${slackText(text)}\n\`\`\``,
              mrkdwn_in: ['text'],
            },
          ],
        })
      const room = roomInBody(maxBytes, bodyOf)
      const escapedBytes = (text: string): number => room.bytesOf(slackText(text))
      return bodyOf(report.text({ ...room, bytesOf: escapedBytes, withoutTitle }))
    }
    case 'discord': {
      const characters = ({ length }: string): number => length
      return JSON.stringify({
        embeds: [
          {
            title: fitText(title, discordTitle, characters),
            description: report.markdown({ maxBytes: discordDescription, bytesOf: characters, withoutTitle }),
            color: Number.parseInt(reportColour.slice(1), 16),
          },
        ],
        // Names come from whoever may create objects.
        allowed_mentions: { parse: [] },
      })
    }
    case 'teams':
      return fitted((text) => teamsCard(title, text), markdown, { withoutTitle })
    case 'mattermost':
    case 'bearychat': {
      const room = { maxBytes: Math.min(maxBytes, attachmentBytes), bytesOf, withoutTitle } as const
      const text = safely(markdown, room)
      return JSON.stringify({ text: title, attachments: [{ fallback: title, color: reportColour, text }] })
    }
    case 'worktile':
      return fitted(
        (text) => JSON.stringify({ attachment: { fallback: title, color: reportColour, title, text } }),
        (room) => report.text(room),
        { withoutTitle },
      )
    case 'telegram':
    case 'pagerduty':
    case 'whatsapp':
    case undefined:
      return JSON.stringify(report.json())
  }
}

/** Names come from whoever may create objects: a character without width keeps `@all` and `<at …>` from being mentions. */
function withoutMentions(text: string): string {
  return text.replaceAll(/[@<]/g, '$&\u200b')
}

/** https://docs.slack.dev/messaging/formatting-message-text: what else would begin a mention, a link or end the block. */
function slackText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('```', "'''")
}

/** https://adaptivecards.io/explorer/: what workflows and connectors take alike. */
function teamsCard(title: string, text: string): string {
  const block = (content: string, style: object): object => ({
    type: 'TextBlock',
    text: content,
    wrap: true,
    ...style,
  })
  return JSON.stringify({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          type: 'AdaptiveCard',
          version: '1.4',
          body: [block(title, { weight: 'Bolder', color: 'Attention' }), block(text, {})],
        },
      },
    ],
  })
}
