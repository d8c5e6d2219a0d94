/** What errors mean: of a document, of the server, of the client library. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb'
import { redactorFor } from '../../sink-kit/secrets.ts'
import { outcomeOfFailure, outcomeOfWriteError } from './failure.ts'

const told = {
  server: 'db:27017',
  redact: redactorFor('mongodb://user-canary:password-canary@db:27017/', []),
}

describe('an error about a document', () => {
  it('that is there already is none', () => {
    const errmsg = 'E11000 duplicate key error collection: k8s.event index: _id_ dup key: { _id: 1 }'
    assert.deepEqual(outcomeOfWriteError({ code: 11_000, errmsg }, told), { kind: 'delivered' })
  })

  it('that another unique index refuses is a dead letter', () => {
    const errmsg =
      'E11000 duplicate key error collection: k8s.event index: event_id_1 dup key: { event_id: "a" }'
    const outcome = outcomeOfWriteError({ code: 11_000, errmsg }, told)
    assert.ok(outcome.kind === 'rejected' && /event_id_1/.test(outcome.detail ?? ''))
  })

  it('that a validator refuses is a dead letter', () => {
    const outcome = outcomeOfWriteError({ code: 121, errmsg: 'Document failed validation' }, told)
    assert.deepEqual(outcome, {
      kind: 'rejected',
      reason: 'bad-message',
      detail: 'db:27017: Document failed validation (error 121)',
    })
  })
})

describe('an error of the server', () => {
  for (const [code, reason] of [
    [18, 'refused'],
    [13, 'refused'],
    [10_107, 'unreachable'],
    [14_031, 'unreachable'],
    [8, 'server-error'],
  ] as const) {
    it(`${code} is ${reason}, and tells no secret`, () => {
      const error = new MongoServerError({ code, message: 'failed for user-canary\nwith password-canary' })
      const outcome = outcomeOfFailure(error, told)
      assert.ok(outcome.kind === 'retry' && outcome.reason === reason)
      assert.doesNotMatch(outcome.detail ?? '', /canary|\n/)
    })
  }
})

describe('a connection that failed', () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' })

  it('is told by what the system says, however deep the client library hides it', () => {
    const network = new MongoNetworkError('connect ECONNREFUSED', { cause })
    const servers = new Map([['db:27017', { error: network }]])
    const description = { servers, error: null } as unknown as ConstructorParameters<
      typeof MongoServerSelectionError
    >[1]
    const outcome = outcomeOfFailure(new MongoServerSelectionError('timed out', description), told)
    assert.deepEqual(outcome, {
      kind: 'retry',
      reason: 'unreachable',
      detail: 'db:27017: connection refused',
    })
  })

  it('in mid-stream is unreachable', () => {
    const outcome = outcomeOfFailure(new MongoNetworkError('connection 1 to 127.0.0.1:1 closed'), told)
    assert.ok(outcome.kind === 'retry' && outcome.reason === 'unreachable')
    assert.match(outcome.detail ?? '', /it closed the connection$/)
  })
})
