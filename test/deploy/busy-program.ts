/**
 * A running program that has something to tell in each of its metrics: all kinds of events, and a sink that delivers, one
 * that is held, one that gives everything up and one that wants nothing.
 */
import { freePorts, until } from '../servers/processes.ts'
import { openSite, type Site, type TestAround } from '../harness/site.ts'
import type { RunningProgram } from '../harness/program.ts'

export interface BusyProgram {
  readonly site: Site
  readonly program: RunningProgram
  /** Puts a known fault, another warning and a normal event. */
  putEvents(): void
}

export async function startBusyProgram(test: TestAround): Promise<BusyProgram> {
  const site = await openSite(test)
  const [closed] = await freePorts(1)
  const program = await site.start([
    ...site.args,
    `--sink=webhook:http://127.0.0.1:${closed}/?method=POST&ke.name=away`,
    `--sink=webhook:${site.receiver.url}/broken?method=POST&ke.name=broken&ke.template=%7B%7B.Nope%7D%7D`,
    `--sink=webhook:${site.receiver.url}/nodes?method=POST&ke.name=nodes&kinds=Node`,
  ])
  let count = 0
  const put = (type: string, reason: string): void => {
    const name = `web-0.${++count}`
    const involvedObject = { kind: 'Pod', namespace: 'shop', name: 'web-0' }
    site.api.put({ metadata: { namespace: 'shop', name }, involvedObject, type, reason, message: `${count}` })
  }
  const putEvents = (): void => {
    put('Warning', 'OOMKilling')
    put('Warning', 'SomethingElse')
    put('Normal', 'Started')
  }
  await until('the watch', () => site.api.watches('events') > 0, [program.process])
  putEvents()
  await until('a sink to be held', async () => (await program.metric('kube_eventer_sink_held')) === 1)
  const isThree = async (metric: string): Promise<boolean> => (await program.metric(metric)) === 3
  await until('what was delivered', () => isThree('kube_eventer_sink_delivered_total'))
  await until('what was given up', () => isThree('kube_eventer_sink_dead_letters_total'))
  await until('what was left out', () => isThree('kube_eventer_sink_filtered_total'))
  return { site, program, putEvents }
}
