/** For tests: a robot behind TLS, and a sink opened on it as a command line says. */
import assert from 'node:assert/strict'
import * as z from 'zod/mini'
import { systemClock } from '../../../domain/clock.ts'
import type { Clock } from '../../../domain/clock.ts'
import { splitArgument } from '../../../sink-kit/split-argument.ts'
import { makeCertificates } from '../../../sink-kit/testing/certificates.ts'
import type { Certificates } from '../../../sink-kit/testing/certificates.ts'
import { startReceiver } from '../../../sink-kit/testing/http-receiver.ts'
import type { HttpReceiver } from '../../../sink-kit/testing/http-receiver.ts'
import { sinkArgument, sinkWorld } from '../../../sink-kit/testing/sink-world.ts'
import type { Sink } from '../../../sink-kit/sink.ts'
import dingtalk from '../index.ts'
import { dingtalkRobot } from './robot.ts'
import type { Robot, RobotSettings } from './robot.ts'

let made: Certificates | undefined

/** Made when first needed, gone with the process. */
export function sharedCertificates(): Certificates {
  if (made === undefined) {
    const certificates = makeCertificates()
    made = certificates
    process.on('exit', () => certificates.remove())
  }
  return made
}

/** Trusts the receiver's certificate. */
export function envWith(
  env: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string | undefined>> {
  const { files, directory } = sharedCertificates()
  return { TZ: 'UTC', SSL_CERT_FILE: files.ca, SSL_CERT_DIR: directory, ...env }
}

export function startSecureReceiver(): Promise<HttpReceiver> {
  return startReceiver(sharedCertificates().server)
}

/** Opens the sink of `--sink=<text>`. */
export function openSink(
  text: string,
  clock: Clock = systemClock,
  env?: Readonly<Record<string, string>>,
): Promise<Sink> {
  const { kit, own, problems } = splitArgument(sinkArgument(text))
  assert.deepEqual(problems, [])
  const { options, errors } = dingtalk.readArgument(own, kit)
  assert.deepEqual(errors, [])
  const { context } = sinkWorld(1, envWith(env))
  return dingtalk.open(z.parse(dingtalk.schema, options), { ...context, clock })
}

export interface RobotAndSink {
  readonly robot: Robot
  readonly sink: Sink
  readonly receiver: HttpReceiver
  close(): Promise<void>
}

/** A strict robot and a sink that writes to it; `query` follows the token. */
export async function robotAndSink(
  query: string,
  settings: Partial<RobotSettings> = {},
): Promise<RobotAndSink> {
  const clock = systemClock
  const robot = dingtalkRobot({ accessToken: 'token', clock, ...settings })
  const receiver = await startSecureReceiver()
  receiver.reply((request) => robot.receive(request))
  const sink = await openSink(
    `dingtalk:https://${receiver.host}/robot/send?access_token=token${query}`,
    clock,
  )
  return {
    robot,
    sink,
    receiver,
    close: async () => {
      await sink.close()
      await receiver.close()
    },
  }
}
