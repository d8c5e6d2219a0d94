/** Holds that a log which cannot be written harms nobody. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ByteDestination, type WriteBytes } from './log-destination.ts'

function failure(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** Takes at most `room` bytes a call; `faults` are thrown first. */
function pipe(room: number, faults: readonly string[]): { text: () => string; writeBytes: WriteBytes } {
  const taken: Uint8Array[] = []
  const left = [...faults]
  return {
    text: () => Buffer.concat(taken).toString(),
    writeBytes: (bytes, offset) => {
      const fault = left.shift()
      if (fault) throw failure(fault)
      const part = bytes.slice(offset, offset + room)
      taken.push(part)
      return part.length
    },
  }
}

describe('standard error', () => {
  it('gets a line whole though it takes only parts', () => {
    const { text, writeBytes } = pipe(3, [])
    const destination = new ByteDestination(writeBytes)
    destination.write('one 🚀\n')
    destination.write('two\n')
    assert.equal(text(), 'one 🚀\ntwo\n')
    assert.equal(destination.dropped, 0)
  })

  it('that is full for a moment is tried again', () => {
    const { text, writeBytes } = pipe(100, ['EAGAIN', 'EAGAIN'])
    const destination = new ByteDestination(writeBytes)
    destination.write('one\n')
    assert.equal(text(), 'one\n')
  })

  it('that stays full costs the line, which is counted', () => {
    const { text, writeBytes } = pipe(100, ['EAGAIN', 'EAGAIN', 'EAGAIN', 'EAGAIN'])
    const destination = new ByteDestination(writeBytes)
    destination.write('one\n')
    destination.write('two\n')
    assert.equal(text(), 'two\n')
    assert.equal(destination.dropped, 1)
  })

  it('that nobody reads any more does not end the program', () => {
    const destination = new ByteDestination(() => {
      throw failure('EPIPE')
    })
    destination.write('one\n')
    destination.write('two\n')
    assert.equal(destination.dropped, 2)
  })

  it('starts a new line after one that was cut', () => {
    let calls = 0
    const taken: string[] = []
    const destination = new ByteDestination((bytes, offset) => {
      if (++calls === 2) throw failure('ENOSPC')
      const part = bytes.slice(offset, offset + (calls === 1 ? 3 : 100))
      taken.push(Buffer.from(part).toString())
      return part.length
    })
    destination.write('{"a":1}\n')
    destination.write('{"b":2}\n')
    assert.equal(taken.join(''), '{"a\n{"b":2}\n')
  })
})
