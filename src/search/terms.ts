/**
 * What a search is for: words and phrases, looked for without regard to case and accents. One way to take texts apart,
 * whether an index or the journal itself is searched, so that both give the same answers.
 */

/** Words that stand one after another. */
export interface Term {
  readonly words: readonly string[]
  /** The last one may go on: `check` finds `checkout`. */
  readonly isPrefix: boolean
}

export type ReadTerms =
  | { readonly ok: true; readonly terms: readonly Term[] }
  | { readonly ok: false; readonly what: string; readonly remedy: string }

/** A search is typed by people: what is longer is a mistake, or meant to be slow. */
const mostCharacters = 512
const mostWords = 32

/** Chinese and Japanese have no blanks between words: there each character is one, and a phrase finds them together. */
const word =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[^\P{L}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+|\p{N}+/gu

/** The words of a text, in order. A letter beside a digit begins another word: `web2` is found by `2`. */
export function wordsOf(text: string): string[] {
  return plainLetters(text).match(word) ?? []
}

/**
 * Reads what was typed. Between double quotes stands a phrase as it is; outside of them each word finds longer ones
 * that begin with it, and one with a hyphen or a dot in it (`web-0`) is a phrase.
 */
export function readTerms(text: string): ReadTerms {
  if (text.length > mostCharacters)
    return { ok: false, what: `the text is longer than ${mostCharacters} characters`, remedy: 'write less' }
  if ((text.match(/"/g)?.length ?? 0) % 2 === 1)
    return { ok: false, what: 'a quote is not closed', remedy: 'write another " where the phrase ends' }
  const terms: Term[] = []
  for (const [, quoted, plain = ''] of text.matchAll(/"([^"]*)"|([^\s"]+)/g)) {
    const words = wordsOf(quoted ?? plain)
    if (words.length > 0) terms.push({ words, isPrefix: quoted === undefined })
  }
  if (terms.reduce((count, { words }) => count + words.length, 0) > mostWords)
    return { ok: false, what: `there are more than ${mostWords} words`, remedy: 'write fewer' }
  return { ok: true, terms }
}

/** As far as a search looks at an event. */
interface SearchedEvent {
  readonly message?: string | undefined
  readonly reason?: string | undefined
  readonly involvedObject: { readonly name?: string | undefined }
}

/** The texts of an event in which words are looked for; an index has a column for each. */
export function searchedTexts({
  message = '',
  reason = '',
  involvedObject: { name = '' },
}: SearchedEvent): readonly string[] {
  return [message, reason, name]
}

/** Whether all terms are found in one text or another. */
export function matchesTerms(terms: readonly Term[], texts: readonly string[]): boolean {
  if (terms.length === 0) return true
  const all = texts.map(wordsOf)
  return terms.every((term) => all.some((words) => holdsTerm(words, term)))
}

function holdsTerm(words: readonly string[], term: Term): boolean {
  const last = term.words.length - 1
  for (let start = 0; start + last < words.length; start++) {
    const isThere = term.words.every((wanted, at) => {
      const found = words[start + at] ?? ''
      return at === last && term.isPrefix ? found.startsWith(wanted) : found === wanted
    })
    if (isThere) return true
  }
  return false
}

/** In lower case, without accents. */
function plainLetters(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
}
