/** A robot's message in so many lines: of a digest, what it says of each reason stays before its objects do. */

/** Without empty lines. */
export function digestLines(text: string, room: number): readonly string[] {
  const filled = text.split('\n').filter((line) => line.trim() !== '')
  let objectsLeft = Math.max(0, room - filled.filter((line) => !isObject(line)).length)
  return filled.filter((line) => !isObject(line) || objectsLeft-- > 0).slice(0, Math.max(0, room))
}

export function isObject(line: string): boolean {
  return line.startsWith('- ')
}
