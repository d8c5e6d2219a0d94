/** An address without `?`: the options that follow it with `&` are a part of its path, and do nothing. */
import { splitUrl } from './raw-url.ts'

/**
 * A warning for the first of `ownNames`, or of the `ke.` options, that stands in the path of `url`; none where none
 * does. `before` is what the remedy begins with, up to the path: `--sink=webhook:https://hooks.example.test/`.
 */
export function optionsInPath(url: string, ownNames: ReadonlySet<string>, before: string): readonly string[] {
  const [name] = [...(splitUrl(url)?.path ?? '').matchAll(/&([^=&]+)=/g)]
    .map(([, found = '']) => found)
    .filter((found) => ownNames.has(found) || found.startsWith('ke.'))
  if (name === undefined) return []
  return [
    `the URL has no \`?\`, so \`&${name}=…\` is a part of its path and no option; write ${before}…?${name}=…`,
  ]
}
