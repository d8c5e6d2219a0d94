/** Reads an INSERT as strictly as a server does that has backslash escapes. */

/** The rows by column, in order. Throws an Error that says where the statement is none. */
export function readInsert(statement: string): ReadonlyMap<string, string>[] {
  const [head = '', names] =
    /^INSERT INTO (?:`[^`]+`\.)?`[^`]+` \(((?:`\w+`,)*`\w+`)\) VALUES /.exec(statement) ?? []
  if (names === undefined) throw new Error(`no INSERT: ${statement.slice(0, 200)}`)
  const columns = names.split(',').map((name) => name.slice(1, -1))
  const rows: Map<string, string>[] = []
  let at = head.length
  const expect = (text: string): void => {
    if (!statement.startsWith(text, at))
      throw new Error(`no ${text} at ${at}: ${statement.slice(at, at + 80)}`)
    at += text.length
  }
  for (;;) {
    expect('(')
    const row = new Map<string, string>()
    for (const [index, column] of columns.entries()) {
      if (index > 0) expect(',')
      const value = readValue(statement, at)
      row.set(column, value.text)
      at = value.end
    }
    expect(')')
    rows.push(row)
    if (statement[at] !== ',') break
    at += 1
  }
  if (at < statement.length) expect(' ON DUPLICATE KEY UPDATE `event_id`=`event_id`')
  if (at !== statement.length) throw new Error(`something follows the rows: ${statement.slice(at, at + 80)}`)
  return rows
}

function readValue(statement: string, start: number): { readonly text: string; readonly end: number } {
  const number = /^-?\d+/.exec(statement.slice(start, start + 20))?.[0]
  if (number !== undefined) return { text: number, end: start + number.length }
  if (statement[start] !== "'") throw new Error(`no value at ${start}: ${statement.slice(start, start + 80)}`)
  let text = ''
  for (let at = start + 1; at < statement.length; at++) {
    const character = statement[at] ?? ''
    if (character === "'") return { text, end: at + 1 }
    if (character !== '\\') text += character
    else {
      at += 1
      text += statement[at] === '0' ? '\u0000' : (statement[at] ?? '')
    }
  }
  throw new Error('a text has no end')
}
