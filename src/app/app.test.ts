import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import type { Config } from '../config/config.ts'
import { startApiServer } from '../demo/api-server.ts'
import { FakeClock } from '../domain/testing/fake-clock.ts'
import { delivered } from '../domain/outcome.ts'
import { defineSink } from '../sink-kit/sink.ts'
import { createTelemetry } from '../telemetry/create-telemetry.ts'
import { startApp } from './app.ts'

const never = new Promise<never>(() => {})

/** A sink whose resources are never given back. */
const clinging = defineSink({
  name: 'clinging',
  summary: '',
  exporter: 'clinging',
  schema: z.unknown(),
  pace: {
    concurrency: 1,
    batchCount: 1,
    batchBytes: 1_048_576,
    lingerMs: 0,
    timeoutMs: 10_000,
    retryForMs: 'journal',
  },
  examples: [],
  readArgument: () => ({ options: {}, filter: { level: 'all' }, warnings: [] }),
  display: () => 'nowhere',
  open: () =>
    Promise.resolve({
      check: () => Promise.resolve(),
      send: (batch) => Promise.resolve(batch.map(() => delivered)),
      close: () => never,
    }),
})

describe('a stop', () => {
  it('commits and ends though a sink does not close', async () => {
    const clock = new FakeClock()
    const dataDir = await mkdtemp(join(tmpdir(), 'app-'))
    const api = await startApiServer()
    const lines: string[] = []
    const config: Config = {
      sources: [
        {
          cluster: 'default',
          server: api.url,
          inClusterConfig: false,
          useServiceAccount: false,
          insecure: false,
          lookBack: { kind: 'none' },
        },
      ],
      sinks: [
        {
          declaration: clinging,
          endpoint: '',
          host: '',
          options: {},
          filter: { level: 'all' },
          pace: clinging.pace,
          origin: '--sink',
        },
      ],
      reports: [],
      journal: { dataDir, maxAgeMs: 3_600_000, maxBytes: 1_048_576 },
      http: { ip: '127.0.0.1', port: 0 },
      eventMetrics: false,
      search: { index: false },
      strict: false,
      logLevel: 'info',
      graceMs: 20_000,
    }
    const app = await startApp({
      config,
      problems: [],
      telemetry: createTelemetry({
        clock,
        level: 'info',
        format: { kind: 'json' },
        eventMetrics: false,
        version: '0',
        destination: { write: (line) => lines.push(line) },
      }),
      env: {},
      workerEntry: new URL('../main.ts', import.meta.url),
      clock,
    })
    const stopped = app.stop().then(() => 'ended')
    for (let seconds = 0; seconds < 60; seconds++) await clock.advance(1_000)
    const afterGrace = new Promise((resolve) => setTimeout(resolve, 5_000, 'goes on').unref())
    assert.equal(await Promise.race([stopped, afterGrace]), 'ended')
    assert.match(lines.at(-1) ?? '', /"msg":"stopped"/)
    await api.close()
    await rm(dataDir, { recursive: true })
  })
})
