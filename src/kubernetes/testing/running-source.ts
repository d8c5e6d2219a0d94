/** A source under test against a scripted API server, with all that it touches; `close` checks that nothing stays open. */
import assert from 'node:assert/strict'
import type { NewOccurrence } from '../../domain/occurrence.ts'
import type { SourceState } from '../../domain/source-journal.ts'
import type { SourceOptions } from '../../domain/source-options.ts'
import { openApiClient } from '../api-client.ts'
import { resolveAccess } from '../auth.ts'
import type { ClusterAccess } from '../cluster-access.ts'
import { startEventSource, type EventSource } from '../source.ts'
import { eventList } from './events.ts'
import { fakeClock, type FakeClock } from './fake-clock.ts'
import { fakeJournal, type FakeJournal } from './fake-journal.ts'
import { fakeTelemetry, type FakeTelemetry } from './fake-telemetry.ts'
import {
  startScriptedApiServer,
  type ReceivedRequest,
  type ScriptedApiServer,
} from './scripted-api-server.ts'

export function sourceOptions(over: Partial<SourceOptions> = {}): SourceOptions {
  return {
    cluster: 'default',
    server: '',
    inClusterConfig: false,
    useServiceAccount: false,
    insecure: false,
    lookBack: { kind: 'none' },
    ...over,
  }
}

export interface Setting {
  readonly options?: Partial<SourceOptions>
  /** What the journal remembers; `serverIdentity` is that of the server unless given. */
  readonly saved?: Partial<SourceState>
  readonly journaled?: readonly NewOccurrence[]
  readonly access?: ClusterAccess
  readonly server?: ScriptedApiServer
  /** An unseeded 0.5 by default: the tests tell of no jitter. */
  readonly random?: () => number
}

export interface RunningSource {
  readonly api: ScriptedApiServer
  readonly clock: FakeClock
  readonly journal: FakeJournal
  readonly telemetry: FakeTelemetry
  readonly source: EventSource
  readonly serverIdentity: string
  /** Takes `GET events?limit=1` and answers with this version. */
  version(resourceVersion: string | number): Promise<ReceivedRequest>
  /** Takes a watch, checks its cursor and opens it. */
  watch(cursor: string | number): Promise<ReceivedRequest>
  /** Takes a page of a list and checks its continue token. */
  page(continueToken?: string): Promise<ReceivedRequest>
  close(): Promise<void>
}

export async function runSource(setting: Setting = {}): Promise<RunningSource> {
  const api = setting.server ?? (await startScriptedApiServer())
  const clock = fakeClock()
  const options = sourceOptions({ server: api.url, ...setting.options })
  const access = setting.access ?? (await resolveAccess(options, { clock, env: {} }))
  const probe = await openApiClient(access, clock)
  const { serverIdentity } = probe
  probe.close()
  const saved = setting.saved && { cursor: '100', serverIdentity, ...setting.saved }
  const journal = fakeJournal(saved, setting.journaled)
  const telemetry = fakeTelemetry()
  const source = startEventSource({
    options,
    access,
    journal,
    telemetry,
    clock,
    random: setting.random ?? (() => 0.5),
  })
  return {
    api,
    clock,
    journal,
    telemetry,
    source,
    serverIdentity,
    version: async (resourceVersion) => {
      const request = await api.next()
      assert.equal(request.query.get('limit'), '1', request.url)
      assert.equal(request.query.has('watch'), false, request.url)
      request.json(200, eventList(resourceVersion))
      return request
    },
    watch: async (cursor) => {
      const request = await api.next()
      assert.equal(request.query.get('watch'), '1', request.url)
      assert.equal(request.query.get('resourceVersion'), String(cursor), request.url)
      request.open()
      return request
    },
    page: async (continueToken) => {
      const request = await api.next()
      assert.equal(request.query.get('limit'), '500', request.url)
      assert.equal(request.query.get('continue'), continueToken ?? null, request.url)
      return request
    },
    close: async () => {
      await source.stop()
      assert.equal(telemetry.states.at(-1)?.state, 'stopped')
      assert.deepEqual(clock.pending(), [], 'timers that nobody cancelled')
      await api.close()
    },
  }
}
