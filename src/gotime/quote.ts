// How Go's time package quotes the input in its error texts: anything but printable ASCII as bytes in \x.

const UTF8 = new TextEncoder()

/** `text` in double quotes as Go's `time` errors show it; other characters than ASCII as `\x` of UTF-8. */
export function quoteInput(text: string): string {
  let quoted = '"'
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (character === '"' || character === '\\') quoted += `\\${character}`
    else if (code >= 0x20 && code < 0x80) quoted += character
    else for (const byte of UTF8.encode(character)) quoted += `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return `${quoted}"`
}
