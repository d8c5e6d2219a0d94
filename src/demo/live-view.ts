/** Draws the live view on a terminal: its own screen, redrawn in place, and the terminal as it was at any end. */
import type { Clock, Timer } from '../domain/clock.ts'
import type { ScreenSize } from './screen.ts'

/** What of `process.stdout` it uses. */
export interface Terminal {
  readonly columns: number
  readonly rows: number
  write(text: string): boolean
  on(event: 'resize' | 'drain', listener: () => void): unknown
  off(event: 'resize' | 'drain', listener: () => void): unknown
}

/** What of `process` it uses. */
export interface ProcessEvents {
  on(event: 'exit' | 'uncaughtExceptionMonitor' | 'SIGCONT' | 'SIGTSTP', listener: () => void): unknown
  off(event: 'exit' | 'uncaughtExceptionMonitor' | 'SIGCONT' | 'SIGTSTP', listener: () => void): unknown
  /** Stops the process until the shell lets it go on. */
  suspend(): void
}

export interface LiveViewOptions {
  readonly terminal: Terminal
  readonly process: ProcessEvents
  readonly clock: Clock
  /** As many lines as the terminal has rows, each as wide as it is. */
  draw(size: ScreenSize): readonly string[]
}

export interface LiveView {
  /** Gives the terminal back as it was. Safe to call twice. */
  close(): void
}

/** Ten frames a second at most. */
const frameMs = 100

// Private modes of xterm: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
// 1049: the alternate screen; 25: the cursor; 7: lines wrap; 2026: a frame is shown when it is whole.
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J'
const leave = '\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l'
const home = '\u001b[H'
const clear = '\u001b[2J'
const beginFrame = '\u001b[?2026h'
const endFrame = '\u001b[?2026l'

export function openLiveView(options: LiveViewOptions): LiveView {
  const { terminal, process, clock, draw } = options
  let timer: Timer | undefined
  let isOpen = false
  /** The terminal has not taken the last frame yet: the next one waits, and is then the newest. */
  let isBusy = false
  let last = ''

  const frame = (): void => {
    if (isBusy) return
    // A terminal that nobody gave a size says 0.
    const size = { columns: terminal.columns || 80, rows: terminal.rows || 24 }
    const text = draw(size).join('\r\n')
    if (text === last) return
    // After a change of size what is left of the old frame may stand anywhere.
    const before = last === '' ? clear : ''
    last = text
    isBusy = !terminal.write(`${beginFrame}${before}${home}${text}${home}${endFrame}`)
  }
  const tick = (): void => {
    frame()
    timer = clock.schedule(tick, frameMs)
  }
  const onResize = (): void => {
    last = ''
  }
  const onDrain = (): void => {
    isBusy = false
  }
  const show = (): void => {
    if (isOpen) return
    isOpen = true
    isBusy = false
    last = ''
    terminal.write(enter)
    tick()
  }
  const hide = (): void => {
    if (!isOpen) return
    isOpen = false
    timer?.cancel()
    terminal.write(leave)
  }
  const onSuspend = (): void => {
    hide()
    process.suspend()
  }

  terminal.on('resize', onResize)
  terminal.on('drain', onDrain)
  process.on('exit', hide)
  // Before its text is printed, which would else go with the alternate screen.
  process.on('uncaughtExceptionMonitor', hide)
  process.on('SIGTSTP', onSuspend)
  process.on('SIGCONT', show)
  show()

  return {
    close: () => {
      hide()
      terminal.off('resize', onResize)
      terminal.off('drain', onDrain)
      process.off('exit', hide)
      process.off('uncaughtExceptionMonitor', hide)
      process.off('SIGTSTP', onSuspend)
      process.off('SIGCONT', show)
    },
  }
}
