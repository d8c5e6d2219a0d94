/** What errors mean. That a real server gives them is shown against a real server. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { redactorFor } from '../../sink-kit/secrets.ts'
import { failureOf, outcomeOf } from './failure.ts'

const redact = redactorFor('', ['password-canary', 'user-canary'])

function failure(errno: number, sqlMessage: string) {
  return failureOf(Object.assign(new Error(sqlMessage), { errno, sqlMessage, code: 'ER' }), 'db:3306', redact)
}

describe('an error of the server', () => {
  it('about a row names the row', () => {
    assert.deepEqual(failure(1406, "Data too long for column 'name' at row 7"), {
      kind: 'row',
      at: 7,
      detail: "db:3306: Data too long for column 'name' at row 7 (error 1406)",
    })
    // In other languages it says so in other words.
    const inGerman = failure(1406, "Daten zu lang für Spalte 'name' in Zeile 7")
    assert.ok(inGerman.kind === 'row' && inGerman.at === undefined)
  })

  it('about a unique index names the index, in the words of both servers', () => {
    for (const key of ['event_state', 'kube_event.event_state']) {
      const found = failure(1062, `Duplicate entry 'a-b' for key '${key}'`)
      assert.ok(found.kind === 'duplicate' && found.index === 'event_state')
    }
  })

  for (const [errno, reason] of [
    [1045, 'refused'],
    [1142, 'refused'],
    [1290, 'unreachable'],
    [1021, 'unreachable'],
    [1040, 'throttled'],
    [1030, 'server-error'],
  ] as const) {
    it(`${errno} is ${reason}`, () => {
      const outcome = outcomeOf(failure(errno, "denied for 'user-canary'@'h' with password-canary\nand more"))
      assert.ok(outcome.kind === 'retry' && outcome.reason === reason)
      assert.doesNotMatch(outcome.detail ?? '', /canary|\n/)
    })
  }
})
