/** The engine for regular expressions, loaded when the first of them needs it: most programs never do. */
import { createRequire } from 'node:module'
import type * as Re2 from 're2js'

let loaded: typeof Re2 | undefined

/** RE2 in JavaScript: Go's syntax and semantics, in time linear in the text. */
export function re2Engine(): typeof Re2 {
  loaded ??= load()
  return loaded
}

function load(): typeof Re2 {
  // A module has no `require` of its own. In a release's file there is one, and where the build finds this very call it
  // has the package lie beside that file, to be read only when it is reached.
  const engine: typeof Re2 =
    typeof require === 'function' ? require('re2js') : createRequire(import.meta.url)('re2js')
  return engine
}
