// sprig's encodings, sums, random texts, paths, URLs and versions, for people.

import { alias, type FunctionGroup, type FunctionRow } from './function-doc.ts'

const base: FunctionRow = [
  'base',
  'PATH',
  'the last part of a path',
  '{{base "/var/log/pods.log"}}',
  'pods.log',
]
const dir: FunctionRow = ['dir', 'PATH', 'all but the last part', '{{dir "/var/log/pods.log"}}', '/var/log']
const clean: FunctionRow = [
  'clean',
  'PATH',
  'the shortest path to the same place',
  '{{clean "/var/../etc//hosts"}}',
  '/etc/hosts',
]
const ext: FunctionRow = ['ext', 'PATH', 'the ending, with its dot', '{{ext "pods.log"}}', '.log']
const isAbs: FunctionRow = ['isAbs', 'PATH', 'whether it begins with a slash', '{{isAbs "/etc"}}', 'true']

export const ENCODING_GROUP: FunctionGroup = {
  library: 'sprig',
  title: 'Encodings, sums and random texts',
  rows: [
    ['b64enc', 'TEXT', 'in Base64', '{{b64enc "订单"}}', '6K6i5Y2V'],
    ['b64dec', 'TEXT', 'out of Base64', '{{b64dec "6K6i5Y2V"}}', '订单'],
    ['b32enc', 'TEXT', 'in Base32', '{{b32enc "web"}}', 'O5SWE==='],
    ['b32dec', 'TEXT', 'out of Base32', '{{b32dec "O5SWE==="}}', 'web'],
    [
      'sha1sum',
      'TEXT',
      'the SHA-1 sum in hexadecimal digits',
      '{{sha1sum "web"}}',
      'ca84d1343b96baa8137c943ed1860e522cacb238',
    ],
    [
      'sha256sum',
      'TEXT',
      'the SHA-256 sum in hexadecimal digits',
      '{{sha256sum "web" | trunc 16}}',
      '4b5e57f6eb2f42b9',
    ],
    ['adler32sum', 'TEXT', 'the Adler-32 sum as a number', '{{adler32sum "web"}}', '43254079'],
    ['randAlphaNum', 'COUNT', 'random letters and digits', '{{randAlphaNum 8 | len}}', '8'],
    ['randAlpha', 'COUNT', 'random letters', '{{randAlpha 8 | len}}', '8'],
    ['randNumeric', 'COUNT', 'random digits', '{{randNumeric 8 | len}}', '8'],
    ['randAscii', 'COUNT', 'random printable characters', '{{randAscii 8 | len}}', '8'],
    ['randBytes', 'COUNT', 'random bytes in Base64', '{{randBytes 6 | len}}', '8'],
    ['randInt', 'START END', 'a random number from START up to END', '{{lt (randInt 0 10) 10}}', 'true'],
    ['shuffle', 'TEXT', 'its characters in random order', '{{shuffle "aaa"}}', 'aaa'],
    ['uuidv4', '', 'a random UUID', '{{uuidv4 | len}}', '36'],
    [
      'derivePassword',
      'COUNTER KIND PASSWORD USER SITE',
      'a password by the Master Password algorithm; slow',
      '{{derivePassword 1 "long" "secret" "user" "example.test"}}',
      'Giqa4/NebrBoca',
    ],
  ],
}

export const PATH_GROUP: FunctionGroup = {
  library: 'sprig',
  title: 'Paths, URLs and versions',
  rows: [
    base,
    alias(base, 'osBase'),
    dir,
    alias(dir, 'osDir'),
    clean,
    alias(clean, 'osClean'),
    ext,
    alias(ext, 'osExt'),
    isAbs,
    alias(isAbs, 'osIsAbs'),
    [
      'urlParse',
      'TEXT',
      'the parts of a URL: scheme, host, path, query and so on',
      '{{(urlParse "https://shop.example.test/a?b=c").host}}',
      'shop.example.test',
    ],
    [
      'urlJoin',
      'DICT',
      'the URL of such parts',
      '{{urlJoin (dict "scheme" "https" "host" "shop.example.test" "path" "/a")}}',
      'https://shop.example.test/a',
    ],
    [
      'semver',
      'TEXT',
      'the parts of a version: Major, Minor, Patch, Prerelease, Metadata',
      '{{(semver "v1.34.2").Minor}}',
      '34',
    ],
    [
      'semverCompare',
      'CONSTRAINT TEXT',
      'whether a version meets a constraint',
      '{{semverCompare ">=1.20" "1.34.2"}}',
      'true',
    ],
  ],
}
