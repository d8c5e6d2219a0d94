/** A DingTalk robot: the strict one of the sink's own tests, among the other platforms. */
import type { Clock } from '../../src/domain/clock.ts'
import { dingtalkRobot } from '../../src/sinks/dingtalk/testing/robot.ts'
import type { RobotSettings } from '../../src/sinks/dingtalk/testing/robot.ts'
import { platformDouble } from './double.ts'
import type { PlatformDouble } from './double.ts'

export function dingtalk(
  clock: Pick<Clock, 'wallMs'>,
  settings: Omit<RobotSettings, 'clock'> = { accessToken: 'example-token' },
): PlatformDouble {
  const robot = dingtalkRobot({ ...settings, clock })
  return platformDouble('oapi.dingtalk.com', clock, ({ method, path, query, headers, body, show }) => {
    const before = robot.messages.length
    const answer = robot.receive({ method, target: `${path}?${query.toString()}`, headers, body })
    const message = robot.messages[before]
    if (message) show(message.text, [...message.mentioned, ...(message.mentionsAll ? ['all'] : [])])
    return answer
  })
}
