/** The demo's chat robot: takes messages as a DingTalk group robot does, twenty a minute and no more. */
import { startReceiver, type Received } from './receiver.ts'
import { isRecord } from './merge-patch.ts'
import { systemClock, type Clock } from '../domain/clock.ts'

/** A message of type `markdown`. */
export interface RobotMessage {
  readonly atMs: number
  /** As the group reads it: without the marks of headings and of bold letters. */
  readonly text: string
  /** It tells many events, not one. */
  readonly isDigest: boolean
}

export interface Robot {
  /** Where messages go, with the robot's token. */
  readonly url: string
  /** Messages that the group saw. */
  readonly taken: number
  readonly digests: number
  /** Messages that came too fast: the group never sees them. */
  readonly refused: number
  /** Messages that count for the quota now, of `perMinute`. */
  readonly thisMinute: number
  /** What the group saw last. */
  readonly latest: RobotMessage | undefined
  readonly latestDigest: RobotMessage | undefined
  close(): Promise<void>
}

/** https://help.dingtalk.io/open/development/custom-robots-send-group-messages */
export const perMinute = 20
const minuteMs = 60_000

/** What a notification says of a digest; of one event it names the reason. */
const digestTitle = /^\d+ events?$/

/** Starts it on the loopback address. */
export async function startRobot(clock: Clock = systemClock): Promise<Robot> {
  let takenAtMs: number[] = []
  let taken = 0
  let digests = 0
  let refused = 0
  let latest: RobotMessage | undefined
  let latestDigest: RobotMessage | undefined
  const sinceAMinute = (): number[] => (takenAtMs = takenAtMs.filter((at) => at > clock.wallMs() - minuteMs))

  const receiver = await startReceiver({
    keep: 0,
    clock,
    answer: ({ body, atMs }: Received) => {
      if (sinceAMinute().length >= perMinute) {
        refused += 1
        return answerOf(130101, `send too fast, exceed ${perMinute} times per minute`)
      }
      takenAtMs.push(atMs)
      const message = messageIn(body)
      if (message === undefined) return answerOf(40035, 'the message is no markdown')
      taken += 1
      latest = { atMs, ...message }
      if (latest.isDigest) {
        digests += 1
        latestDigest = latest
      }
      return answerOf(0, 'ok')
    },
  })
  return {
    url: `${receiver.url}/robot/send?access_token=demo`,
    get taken() {
      return taken
    },
    get digests() {
      return digests
    },
    get refused() {
      return refused
    },
    get thisMinute() {
      return sinceAMinute().length
    },
    get latest() {
      return latest
    },
    get latestDigest() {
      return latestDigest
    },
    close: () => receiver.close(),
  }
}

function answerOf(errcode: number, errmsg: string): { headers: Record<string, string>; body: string } {
  return { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ errcode, errmsg }) }
}

/** `undefined`: it is none of type `markdown`. */
function messageIn(body: Buffer): Omit<RobotMessage, 'atMs'> | undefined {
  try {
    const message: unknown = JSON.parse(body.toString())
    const { title, text } = isRecord(message) && isRecord(message['markdown']) ? message['markdown'] : {}
    if (typeof title !== 'string' || typeof text !== 'string' || text === '') return undefined
    const plain = text.replaceAll(/^#+ /gm, '').replaceAll('**', '')
    return { text: plain, isDigest: digestTitle.test(title) }
  } catch {
    return undefined
  }
}
