/** Holds the helper that other rooms' tests rely on. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { recordingTelemetry } from './testing.ts'

describe('the recording telemetry', () => {
  it('records calls in order and does what the real one does', async () => {
    const telemetry = recordingTelemetry()
    const source = telemetry.source('default')
    source.state('watching')
    telemetry.sink('hook', 'webHook').delivered(2, 5)
    telemetry.journal.committed(1, 2)
    telemetry.sinkUnusable('--sink (the 2nd)', 'no such sink')
    assert.deepEqual(telemetry.calls, [
      { on: 'source default', method: 'state', args: ['watching'] },
      { on: 'sink hook', method: 'delivered', args: [2, 5] },
      { on: 'journal', method: 'committed', args: [1, 2] },
      { on: 'telemetry', method: 'sinkUnusable', args: ['--sink (the 2nd)', 'no such sink'] },
    ])
    assert.deepEqual(telemetry.argsOf('delivered', 'sink hook'), [[2, 5]])
    assert.deepEqual(telemetry.argsOf('delivered', 'sink other'), [])
    assert.match(await telemetry.metricsText(), /^kube_eventer_sink_delivered_total\{sink="hook"\} 2$/m)
    assert.equal(telemetry.source('default'), source)
  })

  it('keeps the log, each line with its level, text and fields', () => {
    const telemetry = recordingTelemetry()
    telemetry.source('default').log.debug('detail', { count: 1 })
    const [line] = telemetry.lines
    assert.deepEqual(
      { ...line, time: '' },
      { level: 'debug', time: '', source: 'default', count: 1, msg: 'detail' },
    )
    assert.deepEqual(telemetry.calls, [])
  })
})
