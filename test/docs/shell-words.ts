/** The command lines of a shell block, as words: as much of a shell's grammar as documentation needs. */

/** One command, with what follows it up to `|`, `>`, `&&`, `;` or a comment left out. */
export interface ShellCommand {
  /** Counted from the block's first line, 0. */
  readonly line: number
  readonly words: readonly string[]
}

/**
 * The commands of a block. Where one line begins with `$ `, only such lines are commands and the rest is what they
 * print. Throws an `Error` for a quote that does not end.
 */
export function shellCommands(text: string): readonly ShellCommand[] {
  const joined = joinLines(text)
  const hasPrompts = joined.some(({ text: one }) => one.startsWith('$ '))
  return joined
    .filter(({ text: one }) => !hasPrompts || one.startsWith('$ '))
    .flatMap(({ line, text: one }) =>
      split(hasPrompts ? one.slice(2) : one).map((words) => ({ line, words })),
    )
}

/** Lines that end in a backslash go on in the next. */
function joinLines(text: string): { line: number; text: string }[] {
  const lines: { line: number; text: string }[] = []
  let goesOn = false
  for (const [line, one] of text.split('\n').entries()) {
    const last = lines.at(-1)
    const content = one.replace(/\\$/, '')
    if (goesOn && last) last.text += content
    else lines.push({ line, text: content })
    goesOn = one.endsWith('\\')
  }
  return lines
}

function split(text: string): readonly (readonly string[])[] {
  const commands: string[][] = []
  let words: string[] = []
  let word: string | undefined
  let skips = false
  const endWord = (): void => {
    if (word !== undefined && !skips) words.push(word)
    word = undefined
  }
  const endCommand = (): void => {
    endWord()
    if (words.length > 0) commands.push(words)
    words = []
    skips = false
  }
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === "'" || character === '"') {
      const end = text.indexOf(character, at + 1)
      if (end === -1) throw new Error(`a quote does not end: ${text}`)
      word = (word ?? '') + text.slice(at + 1, end)
      at = end
    } else if (character === ' ' || character === '\t') endWord()
    else if (character === '#' && word === undefined) break
    else if (character === '|' || character === ';' || character === '&') endCommand()
    else if (character === '>' || character === '<') {
      if (word === '2') word = undefined
      endWord()
      // What follows is where it goes to.
      skips = true
    } else word = (word ?? '') + character
  }
  endCommand()
  return commands
}
