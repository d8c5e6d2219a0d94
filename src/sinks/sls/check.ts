/**
 * Proves that logs can be written, without writing one: asks for the logstore, and then writes a group that has no log,
 * for which the key needs the right to write.
 */
import { describeRefusal, meaningOf } from './answers.ts'
import type { ProjectReply } from './project.ts'
import type { LogStore } from './write.ts'
import { writeGroup } from './write.ts'

/** Throws an `Error` that says what is wrong and what to do. */
export async function checkLogStore(store: LogStore, signal: AbortSignal): Promise<void> {
  const { project, path, encoder } = store
  const noBody = Buffer.alloc(0)
  const headers = [['x-log-bodyrawsize', '0']] as const
  const looked = await project.request({ method: 'GET', path, headers, body: noBody }, signal)
  // Many keys may write, and not look.
  const mayNotLook = looked.kind === 'refused' && looked.refusal.code === 'Unauthorized'
  if (!mayNotLook) throwUnlessDone(store, looked)

  const written = await writeGroup(store, encoder.encode([]), signal)
  // That a group has no log is seen when everything else was.
  const hasBeenRead = written.kind === 'refused' && meaningOf(written.refusal) === 'bad-log'
  if (!hasBeenRead) throwUnlessDone(store, written)
}

function throwUnlessDone({ project }: LogStore, reply: ProjectReply): void {
  switch (reply.kind) {
    case 'done':
      return
    case 'refused':
      throw new Error(describeRefusal(reply.refusal, project.host, (text) => project.redact(text)))
    case 'failed':
      throw new Error(reply.outcome.kind === 'retry' ? (reply.outcome.detail ?? project.host) : project.host)
  }
}
