/** An event as JSON text within other texts. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../domain/event.ts'
import { indentedEvent } from './event-json.ts'

const events: Readonly<Record<string, { readonly object: KubernetesEvent }>> = JSON.parse(
  readFileSync(new URL('../../test/golden/wire/events.json', import.meta.url), 'utf8'),
)

describe('an event as text', () => {
  it('is indented by one blank, without kind and apiVersion, and has each value as it came', () => {
    for (const { object } of Object.values(events)) {
      const text = indentedEvent({ kind: 'Event', apiVersion: 'v1', ...object })
      assert.match(text, /^\{\n "metadata": \{\n {2}"name"/)
      const { kind: _kind, apiVersion: _apiVersion, ...rest } = object
      assert.deepEqual(JSON.parse(text), rest)
    }
  })
})
