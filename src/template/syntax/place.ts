// From an offset in a template's text to the place that is told.

import type { TemplatePlace } from '../errors.ts'
import { byteLength, runeCount } from '../go-string.ts'

export function placeAt(text: string, position: number): TemplatePlace {
  const before = text.slice(0, position)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: runeCount(before.slice(lineStart)) + 1 }
}

/** As Go's messages have it: the line from 1, the column in bytes from 0. */
export function goPlaceAt(text: string, position: number): string {
  const before = text.slice(0, position)
  const lineStart = before.lastIndexOf('\n') + 1
  return `${before.split('\n').length}:${byteLength(before.slice(lineStart))}`
}
