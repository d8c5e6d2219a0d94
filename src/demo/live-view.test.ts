import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import { openLiveView, type LiveView } from './live-view.ts'
import { ManualClock } from './testing.ts'

class FakeTerminal extends EventEmitter {
  columns = 20
  rows = 2
  takes = true
  readonly written: string[] = []

  write(text: string): boolean {
    this.written.push(text)
    return this.takes
  }
}

class FakeProcess extends EventEmitter {
  suspended = 0

  suspend(): void {
    this.suspended++
  }
}

const entered = '\u001b[?1049h'
const left = '\u001b[?1049l'

function open(draw: (size: { columns: number; rows: number }) => readonly string[]): {
  readonly terminal: FakeTerminal
  readonly process: FakeProcess
  readonly clock: ManualClock
  readonly view: LiveView
} {
  const terminal = new FakeTerminal()
  const process = new FakeProcess()
  const clock = new ManualClock()
  return { terminal, process, clock, view: openLiveView({ terminal, process, clock, draw }) }
}

/** Draws another picture each time. */
function counting(): () => readonly string[] {
  let count = 0
  return () => [`frame ${++count}`]
}

describe('the live view on a terminal', () => {
  it('draws on its own screen and gives the terminal back, once', () => {
    const { terminal, clock, view } = open(counting())
    assert.ok(terminal.written[0]?.startsWith(entered))
    clock.advance(250)
    view.close()
    view.close()
    const all = terminal.written.join('')
    assert.equal(all.split(entered).length, 2)
    assert.equal(all.split(left).length, 2)
    assert.ok(all.endsWith(left))
    assert.ok(all.lastIndexOf('\u001b[?25h') > all.lastIndexOf('\u001b[?25l'), 'the cursor')
    assert.ok(all.lastIndexOf('\u001b[?7h') > all.lastIndexOf('\u001b[?7l'), 'wrapping')
    assert.equal(clock.pending, 0)
  })

  it('is one write a frame, ten frames a second at most', () => {
    const { terminal, clock, view } = open(counting())
    const before = terminal.written.length
    clock.advance(1_000)
    const frames = terminal.written.slice(before)
    view.close()
    assert.equal(frames.length, 10)
    for (const frame of frames) assert.equal(frame.split('frame ').length, 2)
  })

  it('writes nothing where nothing changed', () => {
    const { terminal, clock, view } = open(() => ['the same'])
    const before = terminal.written.length
    clock.advance(1_000)
    assert.equal(terminal.written.length, before)
    view.close()
  })

  it('draws anew, on an empty screen, when the size changes', () => {
    const { terminal, clock, view } = open(({ columns, rows }) => [`${columns}×${rows}`])
    terminal.columns = 100
    terminal.rows = 30
    terminal.emit('resize')
    clock.advance(100)
    const last = terminal.written.at(-1) ?? ''
    assert.match(last, /100×30/)
    assert.ok(last.includes('\u001b[2J'))
    view.close()
  })

  it('takes a terminal without a size for one of 80×24', () => {
    const { terminal, clock, view } = open(({ columns, rows }) => [`${columns}×${rows}`])
    terminal.columns = 0
    terminal.rows = 0
    clock.advance(100)
    assert.match(terminal.written.at(-1) ?? '', /80×24/)
    view.close()
  })

  it('waits for a slow terminal, and then shows it the newest', () => {
    const { terminal, clock, view } = open(counting())
    terminal.takes = false
    clock.advance(100)
    const before = terminal.written.length
    clock.advance(1_000)
    assert.equal(terminal.written.length, before)
    terminal.takes = true
    terminal.emit('drain')
    clock.advance(100)
    assert.equal(terminal.written.length, before + 1)
    view.close()
  })

  for (const end of ['exit', 'uncaughtExceptionMonitor']) {
    it(`gives the terminal back at ${end}`, () => {
      const { terminal, process, clock } = open(counting())
      process.emit(end)
      assert.ok(terminal.written.at(-1)?.endsWith(left))
      assert.equal(clock.pending, 0)
    })
  }

  it('gives the terminal to the shell while it is suspended, and comes back', () => {
    const { terminal, process, clock, view } = open(counting())
    process.emit('SIGTSTP')
    assert.ok(terminal.written.at(-1)?.endsWith(left))
    assert.equal(process.suspended, 1)
    assert.equal(clock.pending, 0)
    const before = terminal.written.length
    process.emit('SIGCONT')
    assert.ok(terminal.written[before]?.startsWith(entered))
    view.close()
  })

  it('leaves no listener behind', () => {
    const { terminal, process, view } = open(counting())
    assert.ok(terminal.eventNames().length > 0 && process.eventNames().length > 0)
    view.close()
    assert.deepEqual([terminal.eventNames(), process.eventNames()], [[], []])
  })
})
