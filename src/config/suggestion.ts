/** `did you mean …?`, for names that are nearly right. */
import { nearest } from '../sink-kit/nearest.ts'

/** A remedy that names the nearest candidate as `spell` writes it; `undefined` if none is near. */
export function didYouMean(
  word: string,
  candidates: readonly string[],
  spell: (candidate: string) => string = (candidate) => candidate,
): string | undefined {
  const meant = nearest(word, candidates)
  return meant === undefined ? undefined : `did you mean ${spell(meant)}?`
}
