/** A recipe at work: the whole program between a stand-in cluster and the platforms' doubles, under the test's clock. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { ConfigMap } from '../../src/demo/objects.ts'
import type { KubernetesEvent } from '../../src/domain/event.ts'
import { FakeClock } from '../../src/domain/testing/fake-clock.ts'
import { runUnderClock, type ProgramUnderClock } from '../harness/in-process.ts'
import type { Received } from '../../src/sink-kit/testing/http-receiver.ts'
import { openSite, type Site, type TestAround } from '../harness/site.ts'
import type { PlatformDouble } from '../platforms/double.ts'
import { startInternet } from '../platforms/internet.ts'
import { until } from '../servers/processes.ts'
import { readExample } from './documented.ts'

export interface Played {
  readonly site: Site
  readonly program: ProgramUnderClock
  /** What came to any of the platforms, in order. */
  readonly requests: readonly Received[]
  /** Puts events, and lets time pass until `enough` says that all is told. */
  tell(events: readonly KubernetesEvent[], enough: () => boolean): Promise<void>
}

export interface Play {
  /** Made with the clock that the program has, too. */
  readonly doubles: (clock: FakeClock) => readonly PlatformDouble[]
  /** What follows `kube-eventer`, its source as documented; or the name of an example file. */
  readonly run: readonly string[] | { readonly example: string }
  readonly configMaps?: readonly ConfigMap[]
  readonly env?: Readonly<Record<string, string>>
  /** False: one of its sinks cannot be used, and the program never is ready. */
  readonly isWhole?: boolean
}

/** Longest that a storm may take to be told, ms. */
const mostMs = 3_600_000

/** Starts the program; all ends with the test. */
export async function play(
  test: TestAround,
  { doubles, run, configMaps = [], env = {}, isWhole = true }: Play,
): Promise<Played> {
  const clock = new FakeClock()
  const site = await openSite(test, { api: { clock } })
  const internet = await startInternet(doubles(clock), env)
  site.onClose(() => internet.close())
  for (const configMap of configMaps) site.api.putConfigMap(configMap)
  const args = 'example' in run ? [exampleArgument(site, run.example)] : commandLine(site, run)
  const program = await runUnderClock(site, clock, args, internet.env)
  await until('the watch', () => site.api.watches('events') === 1)
  if (isWhole) await program.ready()
  return {
    site,
    program,
    requests: internet.requests,
    tell: async (events, enough) => {
      site.api.putMany(events)
      await program.passTimeUntil('all to be told', enough, mostMs)
    },
  }
}

/** An event about a pod of the namespace `shop`. */
export function podEvent(pod: string, message: string, more: Partial<KubernetesEvent> = {}): KubernetesEvent {
  return {
    metadata: { name: `${pod}.17a9c3b2d1e0f4a5`, namespace: 'shop' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: pod, uid: `uid-${pod}` },
    type: 'Warning',
    reason: 'BackOff',
    message,
    source: { component: 'kubelet', host: 'node-1' },
    lastTimestamp: '2024-05-06T09:30:15Z',
    count: 1,
    ...more,
  }
}

function commandLine(site: Site, words: readonly string[]): readonly string[] {
  return [
    ...words.map((word) => (word.startsWith('--source=') ? site.source : word)),
    `--data-dir=${site.dataDir}`,
  ]
}

function exampleArgument(site: Site, name: string): string {
  const path = join(site.folder, `${name}.yaml`)
  const source = { name: 'production', type: 'kubernetes', url: site.api.url, inClusterConfig: false }
  writeFileSync(path, stringify(readExample(name, source, site.dataDir)))
  return `--config=${path}`
}
