/** Lines are found on bytes, wherever the network cuts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { splitLines } from './lines.ts'

function split(
  chunks: readonly Buffer[],
  longestBytes?: number,
): { lines: string[]; tooLong: number[]; buffers: Buffer[] } {
  const buffers: Buffer[] = []
  const tooLong: number[] = []
  const splitter = splitLines(
    { onLine: (line) => buffers.push(line), onTooLong: (bytes) => tooLong.push(bytes) },
    longestBytes,
  )
  for (const chunk of chunks) splitter.push(chunk)
  return { lines: buffers.map((line) => line.toString('utf8')), tooLong, buffers }
}

/** Deterministic: a test that fails can be repeated. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296
    return state / 4294967296
  }
}

describe('a body cut into chunks', () => {
  const text =
    ['{"a":"é"}', '{"b":"事件 🚀"}', '{"c":"before\u2028after\u2029"}', 'x'.repeat(300)].join('\n') + '\n'
  const expected = text.split('\n').slice(0, -1)

  it('gives the same lines for every single cut', () => {
    const bytes = Buffer.from(text)
    for (let cut = 0; cut <= bytes.length; cut++) {
      assert.deepEqual(split([bytes.subarray(0, cut), bytes.subarray(cut)]).lines, expected, `cut at ${cut}`)
    }
  })

  it('gives the same lines byte by byte', () => {
    assert.deepEqual(split([...Buffer.from(text)].map((byte) => Buffer.from([byte]))).lines, expected)
  })

  it('gives the same lines for random cuts', () => {
    const seed = Number(process.env.SEED ?? Date.now() % 100_000)
    const random = randomNumbers(seed)
    const bytes = Buffer.from(text.repeat(20))
    for (let round = 0; round < 50; round++) {
      const chunks: Buffer[] = []
      for (let from = 0; from < bytes.length;) {
        const to = Math.min(bytes.length, from + Math.floor(random() * 400))
        chunks.push(bytes.subarray(from, to))
        from = to
      }
      const all = Array.from({ length: 20 }, () => expected).flat()
      assert.deepEqual(split(chunks).lines, all, `SEED=${seed}`)
    }
  })

  it('copies nothing where a line lies within one chunk', () => {
    const chunk = Buffer.from('{"a":1}\n{"b":2}\n')
    const { buffers } = split([chunk])
    assert.deepEqual(
      buffers.map((line) => line.buffer === chunk.buffer),
      [true, true],
    )
  })

  it('keeps a line that was cut when the next lines reuse its space', () => {
    const { lines } = split(['{"a":', '1}\n{"b":', '2}\n{"c":', '3}\n'].map((part) => Buffer.from(part)))
    assert.deepEqual(lines, ['{"a":1}', '{"b":2}', '{"c":3}'])
  })

  it('does not tell what has no end, nor empty lines', () => {
    assert.deepEqual(split([Buffer.from('\n\n{"a":1}\n\n{"b":')]).lines, ['{"a":1}'])
  })

  it('joins 1.5 MB that come byte by byte in linear time', () => {
    const one = Buffer.from('x')
    const chunks = Array.from({ length: 1_500_000 }, () => one)
    const { buffers } = split([...chunks, Buffer.from('\n')])
    assert.deepEqual(
      buffers.map((line) => line.length),
      [1_500_000],
    )
  })
})

describe('a line that is too long', () => {
  const long = 'x'.repeat(50)

  it('is dropped and its neighbours are told, within one chunk', () => {
    const { lines, tooLong } = split([Buffer.from(`before\n${long}\nafter\n`)], 20)
    assert.deepEqual({ lines, tooLong }, { lines: ['before', 'after'], tooLong: [50] })
  })

  it('is dropped and its neighbours are told, wherever it is cut', () => {
    const bytes = Buffer.from(`before\n${long}\nafter\n`)
    for (let size = 1; size < bytes.length; size++) {
      const chunks: Buffer[] = []
      for (let from = 0; from < bytes.length; from += size) chunks.push(bytes.subarray(from, from + size))
      const { lines, tooLong } = split(chunks, 20)
      assert.deepEqual({ lines, tooLong }, { lines: ['before', 'after'], tooLong: [50] }, `chunks of ${size}`)
    }
  })

  it('may be as long as the bound', () => {
    assert.deepEqual(
      split([Buffer.from(`${'y'.repeat(10)}`), Buffer.from(`${'y'.repeat(10)}\n`)], 20).lines,
      ['y'.repeat(20)],
    )
  })
})
