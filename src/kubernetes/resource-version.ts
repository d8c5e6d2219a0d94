/** Resource versions as numbers of any length: compared as decimal texts, so that none is ever rounded. */

/** Follows KEP-5504: resource versions are decimal integers that grow, without a bound on their length. */
export function isResourceVersion(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9]+$/.test(text)
}

/** Negative: `a` is older; 0: the same; positive: `a` is newer. Both must be resource versions. */
export function compareVersions(a: string, b: string): number {
  const left = withoutZeros(a)
  const right = withoutZeros(b)
  if (left.length !== right.length) return left.length - right.length
  if (left === right) return 0
  return left < right ? -1 : 1
}

function withoutZeros(version: string): string {
  return version.startsWith('0') ? version.replace(/^0+(?=.)/, '') : version
}
