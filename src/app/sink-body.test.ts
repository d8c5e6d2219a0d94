/** What is said of a template that a running sink takes: once, and again when it has changed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startApiServer } from '../demo/api-server.ts'
import { systemClock } from '../domain/clock.ts'
import { occurrenceOf, podEvent, sinkWorld } from '../sink-kit/testing/sink-world.ts'
import { openSinkBody } from './sink-body.ts'
import { TemplateFeeds } from './template-feeds.ts'

describe('a template that makes no JSON', () => {
  it('is sent as it is, and warned of once; another one is warned of too', async (test) => {
    const api = await startApiServer()
    test.after(() => api.close())
    const put = (content?: string): void =>
      void api.putConfigMap({
        metadata: { namespace: 'ops', name: 'body' },
        ...(content !== undefined && { data: { content } }),
      })
    const { context, logged } = sinkWorld(1)
    const source = {
      cluster: 'default',
      server: api.url,
      inClusterConfig: false,
      useServiceAccount: false,
      insecure: false,
      lookBack: { kind: 'none' },
    } as const
    const feeds = new TemplateFeeds({ source, log: context.log, clock: systemClock, env: {} })
    test.after(() => feeds.close())
    put('"text":"{{.Reason}}"')
    const body = await openSinkBody({
      use: { origin: { kind: 'configmap', namespace: 'ops', name: 'body' }, escape: 'auto', sendsJson: true },
      filter: { level: 'all' },
      clock: systemClock,
      feeds,
      env: { TZ: 'UTC' },
      log: context.log,
      whenForbidden: 'default',
      held: () => assert.fail('it is held'),
      refused: () => assert.fail('it is refused'),
    })
    test.after(() => body.close())
    await body.usable
    const warnings = (): readonly string[] => logged.filter((line) => line.startsWith('warn ConfigMap'))
    const becomes = async (expected: string): Promise<void> => {
      const text = (): unknown => body.renderer.render(occurrenceOf(podEvent(1)))
      while (
        JSON.stringify(text()) !==
        JSON.stringify(expected === '' ? { kind: 'default' } : { kind: 'body', body: expected })
      ) {
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await becomes('"text":"BackOff"')
    assert.match(
      warnings().join('\n'),
      /^warn ConfigMap ops\/body: the body is sent as JSON and is none, at its line 1, column 7: /,
    )
    assert.equal(warnings().length, 1)

    // It goes, and comes back: only that it was away is said.
    put()
    await becomes('')
    put('"text":"{{.Reason}}"')
    await becomes('"text":"BackOff"')
    assert.deepEqual(warnings().filter((line) => line.includes('sent as JSON')).length, 1)

    put('{"text":"{{.Reason}}"')
    await becomes('{"text":"BackOff"')
    assert.match(warnings().at(-1) ?? '', /line 1, column 18: found the end/)

    put('{"text":"{{.Reason}}"}')
    await becomes('{"text":"BackOff"}')
    assert.equal(warnings().filter((line) => line.includes('sent as JSON')).length, 2)
  })
})
