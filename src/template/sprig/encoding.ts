// sprig's encodings, sums, paths and random texts.

import { createHash, createHmac, randomBytes, randomInt, randomUUID, scryptSync } from 'node:crypto'
import type { TemplateFunction } from '../execute/callable.ts'
import { fixed } from '../execute/callable.ts'
import type { Execution } from '../execute/execution.ts'
import { bytesOf, canonical, stringOf } from '../go-string.ts'
import { CallError, INT, STRING, UINT64 } from '../values/type.ts'
import { boolValue, intValue, stringValue } from '../values/value.ts'
import { numberOf, textOf } from './convert.ts'

function ofText(name: string, compute: (text: string, run: Execution) => string): TemplateFunction {
  return fixed(name, [STRING], ([text], run) => stringValue(compute(textOf(text), run)))
}

// Encodings

/** What cannot be decoded gives the error's text, as sprig has it. */
function fromBase64(text: string): string {
  const compact = text.replaceAll(/[\r\n]/g, '')
  const isValid = compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact)
  if (isValid) return stringOf(Buffer.from(compact, 'base64'))
  const bad = /[^A-Za-z0-9+/]/.exec(compact)?.index ?? compact.length - (compact.length % 4)
  return `illegal base64 data at input byte ${bad}`
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function toBase32(bytes: Uint8Array): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  const groups = bits.match(/.{1,5}/g) ?? []
  const text = groups.map((group) => BASE32[Number.parseInt(group.padEnd(5, '0'), 2)]).join('')
  return text.padEnd(Math.ceil(text.length / 8) * 8, '=')
}

function fromBase32(text: string): string {
  const compact = text.replaceAll(/[\r\n]/g, '')
  const isValid = compact.length % 8 === 0 && /^[A-Z2-7]*(?:={6}|={4}|={3}|=)?$/.test(compact)
  if (!isValid)
    return `illegal base32 data at input byte ${/[^A-Z2-7]/.exec(compact)?.index ?? compact.length}`
  const bits = [...compact.replaceAll('=', '')]
    .map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  const bytes = bits.match(/.{8}/g) ?? []
  return stringOf(Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 2)))
}

function adler32(bytes: Uint8Array): number {
  let low = 1
  let high = 0
  for (const byte of bytes) {
    low = (low + byte) % 65_521
    high = (high + low) % 65_521
  }
  return high * 65_536 + low
}

function sum(algorithm: 'sha1' | 'sha256'): (text: string) => string {
  return (text) => createHash(algorithm).update(bytesOf(text)).digest('hex')
}

// Paths, with slashes

function cleanPath(path: string): string {
  const isRooted = path.startsWith('/')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..' || (parts.length === 0 ? !isRooted : parts.at(-1) === '..')) parts.push(part)
    else parts.pop()
  }
  return (isRooted ? '/' : '') + parts.join('/') || '.'
}

function basePath(path: string): string {
  if (path === '') return '.'
  const trimmed = path.replace(/\/+$/, '')
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1)
}

const dirPath = (path: string): string => cleanPath(path.slice(0, path.lastIndexOf('/') + 1))
const extension = (path: string): string => /\.[^./]*$/.exec(path)?.[0] ?? ''

// Random

const DIGITS = '0123456789'
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ASCII = Array.from({ length: 95 }, (_, index) => String.fromCodePoint(0x20 + index)).join('')

function randomText(name: string, alphabet: string): TemplateFunction {
  return fixed(name, [INT], ([count], run) => {
    const length = Math.max(0, numberOf(count))
    run.budget.checkLength(length)
    run.budget.spend(length)
    return stringValue(Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join(''))
  })
}

function shuffled(text: string): string {
  const characters = [...text]
  for (let index = characters.length - 1; index > 0; index--) {
    const other = randomInt(index + 1)
    const kept = characters[index] ?? ''
    characters[index] = characters[other] ?? ''
    characters[other] = kept
  }
  return canonical(characters.join(''))
}

// The Master Password algorithm

const PASSWORD_SEED = 'com.lyndir.masterpassword'
const PASSWORDS: Readonly<Record<string, readonly string[]>> = {
  maximum: ['anoxxxxxxxxxxxxxxxxx', 'axxxxxxxxxxxxxxxxxno'],
  long: (
    'CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv ' +
    'CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv ' +
    'CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno'
  ).split(' '),
  medium: ['CvcnoCvc', 'CvcCvcno'],
  short: ['Cvcn'],
  basic: ['aaanaaan', 'aannaaan', 'aaannaaa'],
  pin: ['nnnn'],
}
const CONSONANTS = 'BCDFGHJKLMNPQRSTVWXYZ'
const VOWELS = 'AEIOU'
const ALL_LETTERS = VOWELS + VOWELS.toLowerCase() + CONSONANTS + CONSONANTS.toLowerCase()
const CHARACTERS: Readonly<Record<string, string>> = {
  V: VOWELS,
  C: CONSONANTS,
  v: VOWELS.toLowerCase(),
  c: CONSONANTS.toLowerCase(),
  A: VOWELS + CONSONANTS,
  a: ALL_LETTERS,
  n: DIGITS,
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: `${ALL_LETTERS}${DIGITS}!@#$%^&*()`,
}
/** It is slow by design: twice in a rendering is enough. */
const PASSWORD_STEPS = 400_000

function sized(text: string): Buffer {
  const bytes = bytesOf(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function derivedPassword(
  counter: number,
  kind: string,
  password: string,
  user: string,
  site: string,
): string {
  const templates = Object.hasOwn(PASSWORDS, kind) ? PASSWORDS[kind] : undefined
  if (templates === undefined) return `cannot find password template ${kind}`
  const salt = Buffer.concat([Buffer.from(PASSWORD_SEED), sized(user)])
  const key = scryptSync(bytesOf(password), salt, 64, { N: 32_768, r: 8, p: 2, maxmem: 128 * 1024 * 1024 })
  const count = Buffer.alloc(4)
  count.writeUInt32BE(counter)
  const seed = createHmac('sha256', key)
    .update(Buffer.concat([Buffer.from(PASSWORD_SEED), sized(site), count]))
    .digest()
  const template = templates[(seed[0] ?? 0) % templates.length] ?? ''
  return [...template]
    .map((letter, index) => {
      const characters = CHARACTERS[letter] ?? ''
      return characters[(seed[index + 1] ?? 0) % characters.length]
    })
    .join('')
}

export const ENCODING_FUNCTIONS: readonly TemplateFunction[] = [
  ofText('b64enc', (text) => Buffer.from(bytesOf(text)).toString('base64')),
  ofText('b64dec', fromBase64),
  ofText('b32enc', (text) => toBase32(bytesOf(text))),
  ofText('b32dec', fromBase32),
  ofText('sha1sum', sum('sha1')),
  ofText('sha256sum', sum('sha256')),
  ofText('adler32sum', (text) => String(adler32(bytesOf(text)))),
  ...['base', 'osBase'].map((name) => ofText(name, basePath)),
  ...['dir', 'osDir'].map((name) => ofText(name, dirPath)),
  ...['clean', 'osClean'].map((name) => ofText(name, cleanPath)),
  ...['ext', 'osExt'].map((name) => ofText(name, extension)),
  ...['isAbs', 'osIsAbs'].map((name) =>
    fixed(name, [STRING], ([path]) => boolValue(textOf(path).startsWith('/'))),
  ),
  randomText('randAlphaNum', LETTERS + DIGITS),
  randomText('randAlpha', LETTERS),
  randomText('randNumeric', DIGITS),
  randomText('randAscii', ASCII),
  ofText('shuffle', shuffled),
  fixed('randBytes', [INT], ([count], run) => {
    const length = numberOf(count)
    run.budget.checkLength(length)
    if (length < 0) throw new CallError('runtime error: makeslice: len out of range')
    return stringValue(randomBytes(length).toString('base64'))
  }),
  fixed('randInt', [INT, INT], ([min, max]) => {
    const [low, high] = [numberOf(min), numberOf(max)]
    if (high <= low) throw new CallError('invalid argument to Intn')
    if (high - low >= 2 ** 48) throw new CallError('randInt: the range is too large')
    return intValue(randomInt(low, high))
  }),
  fixed('uuidv4', [], () => stringValue(randomUUID())),
  fixed('derivePassword', [UINT64, STRING, STRING, STRING, STRING], ([counter, ...texts], run) => {
    run.budget.spend(PASSWORD_STEPS)
    const [kind = '', password = '', user = '', site = ''] = texts.map(textOf)
    return stringValue(derivedPassword(numberOf(counter) % 2 ** 32, kind, password, user, site))
  }),
]
