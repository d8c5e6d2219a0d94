/** How many cells of a terminal a text takes, and texts cut and padded by that: East Asian letters take two. */

/**
 * What East Asian Width calls wide or fullwidth, as far as letters go; emoji are asked of the regular expression's
 * own tables. Flags are pairs of letters that are wide together: each of the two counts as one.
 * https://www.unicode.org/reports/tr11/
 */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{20000}-\u{3fffd}]|(?![\u{1f1e6}-\u{1f1ff}])\p{Emoji_Presentation}/u

/** Marks that are drawn over the letter before them; vowels and finals of Hangul that join it. */
const joining = /[\p{Mn}\p{Me}\u1160-\u11ff]/u

const ascii = /^[\x20-\x7e]*$/

/**
 * On one line, and without what a terminal would obey or draw in another place than it stands: control characters,
 * marks of direction, selectors of variants. To be called on whatever comes from events and destinations.
 */
export function shown(text: string): string {
  if (ascii.test(text)) return text
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replaceAll(/[\p{Cf}\p{Cs}\ufe00-\ufe0f]/gu, '')
}

/** Cells that a text without control characters takes. */
export function cellWidth(text: string): number {
  if (ascii.test(text)) return text.length
  let width = 0
  for (const letter of text) width += letterWidth(letter)
  return width
}

/** At most `width` cells; what is cut ends in `…`. */
export function cutTo(text: string, width: number): string {
  if (cellWidth(text) <= width) return text
  if (width <= 0) return ''
  let kept = ''
  let left = width - 1
  for (const letter of text) {
    left -= letterWidth(letter)
    if (left < 0) break
    kept += letter
  }
  return `${kept}…`
}

/** At most `width` cells; what is cut is cut in the middle, since names differ at their ends. */
export function cutMiddle(text: string, width: number): string {
  if (cellWidth(text) <= width) return text
  const end = [...text].slice(-Math.floor((width - 1) / 2)).join('')
  const endWidth = cellWidth(end)
  return width < 3 || endWidth > width - 2 ? cutTo(text, width) : cutTo(text, width - endWidth) + end
}

/** Exactly `width` cells: cut, or filled with spaces, `right` of which the text then stands. */
export function fitTo(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const cut = cutTo(text, width)
  const fill = ' '.repeat(Math.max(0, width - cellWidth(cut)))
  return side === 'left' ? cut + fill : fill + cut
}

/** Lines of at most `width` cells, broken at spaces where there are any. */
export function wrapTo(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (cellWidth(longer) <= width) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    // What has no space, as a name or Chinese, is broken where the line ends.
    line = ''
    for (const letter of word) {
      if (cellWidth(line) + letterWidth(letter) > width && line !== '') {
        lines.push(line)
        line = ''
      }
      line += letter
    }
  }
  return [...lines, line]
}

function letterWidth(letter: string): 0 | 1 | 2 {
  if (joining.test(letter)) return 0
  return wide.test(letter) ? 2 : 1
}
