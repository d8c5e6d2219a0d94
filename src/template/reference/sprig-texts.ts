// sprig's functions of texts and of regular expressions, for people.

import { alias, must, type FunctionGroup, type FunctionRow } from './function-doc.ts'

const trimAll: FunctionRow = [
  'trimAll',
  'CHARACTERS TEXT',
  'without these characters at both ends',
  '{{trimAll "-*" "**note-"}}',
  'note',
]
const regexFind: FunctionRow = [
  'regexFind',
  'EXPRESSION TEXT',
  'the first match; empty without one',
  `{{.Message | regexFind "pod [a-z0-9-]+"}}`,
  'pod web-7d4b9c6f5d-x2x9k',
]
const regexFindAll: FunctionRow = [
  'regexFindAll',
  'EXPRESSION TEXT COUNT',
  'a list of at most so many matches; -1 for all',
  '{{regexFindAll "[0-9]+" "a1 b22 c333" 2 | join ","}}',
  '1,22',
]
const regexReplaceAll: FunctionRow = [
  'regexReplaceAll',
  'EXPRESSION TEXT REPLACEMENT',
  'each match replaced; ${1} is its first group',
  '{{regexReplaceAll "(\\\\w+)-0" "orders-0" "${1}"}}',
  'orders',
]
const regexReplaceAllLiteral: FunctionRow = [
  'regexReplaceAllLiteral',
  'EXPRESSION TEXT REPLACEMENT',
  'each match replaced; $ means nothing',
  '{{regexReplaceAllLiteral "a+" "baaad" "$1"}}',
  'b$1d',
]
const regexSplit: FunctionRow = [
  'regexSplit',
  'EXPRESSION TEXT COUNT',
  'a list of the parts between matches, at most so many; -1 for all',
  '{{regexSplit "[-.]" "web-1.2" -1}}',
  '[web 1 2]',
]
const regexMatch: FunctionRow = [
  'regexMatch',
  'EXPRESSION TEXT',
  'whether a part of the text matches',
  '{{regexMatch "^Back" .Reason}}',
  'true',
]

export const TEXT_GROUP: FunctionGroup = {
  library: 'sprig',
  title: 'Texts',
  rows: [
    ['hello', '', 'a greeting, to see whether functions work', '{{hello}}', 'Hello!'],
    ['trim', 'TEXT', 'without white space at both ends', '{{trim "  web "}}|', 'web|'],
    trimAll,
    alias(trimAll, 'trimall'),
    ['trimPrefix', 'START TEXT', 'without this at its start', '{{trimPrefix "web-" "web-1"}}', '1'],
    ['trimSuffix', 'END TEXT', 'without this at its end', '{{trimSuffix "-1" "web-1"}}', 'web'],
    ['upper', 'TEXT', 'in upper case', '{{upper .Type}}', 'WARNING'],
    ['lower', 'TEXT', 'in lower case', '{{lower .Type}}', 'warning'],
    ['title', 'TEXT', 'each word with a capital', '{{title "back off"}}', 'Back Off'],
    ['untitle', 'TEXT', 'each word without its capital', '{{untitle "Back Off"}}', 'back off'],
    [
      'swapcase',
      'TEXT',
      'upper for lower case, except that words begin in upper case, and the reverse',
      '{{swapcase "This Is"}}',
      'tHIS iS',
    ],
    ['snakecase', 'TEXT', 'words with _ between', '{{snakecase .Reason}}', 'back_off'],
    ['kebabcase', 'TEXT', 'words with - between', '{{kebabcase "FailedMount"}}', 'failed-mount'],
    [
      'camelcase',
      'TEXT',
      'words with capitals and nothing between',
      '{{camelcase "failed_mount"}}',
      'FailedMount',
    ],
    ['initials', 'TEXT', 'the first letter of each word', '{{initials "Back Off"}}', 'BO'],
    ['nospace', 'TEXT', 'without white space', '{{nospace "a b c"}}', 'abc'],
    [
      'trunc',
      'COUNT TEXT',
      'the first bytes; the last ones for a negative count',
      '{{trunc 8 .Message}}|{{trunc -3 .Reason}}',
      'Back-off|Off',
    ],
    ['abbrev', 'WIDTH TEXT', 'cut to so many bytes, ... included', '{{abbrev 12 .Message}}', 'Back-off ...'],
    [
      'abbrevboth',
      'OFFSET WIDTH TEXT',
      'cut at both ends',
      '{{abbrevboth 5 16 .Message}}',
      '...off restar...',
    ],
    [
      'substr',
      'START END TEXT',
      'from one byte up to another; to the end for -1',
      '{{substr 0 4 .Reason}}',
      'Back',
    ],
    ['repeat', 'COUNT TEXT', 'so many times', '{{repeat 3 "="}}', '==='],
    ['indent', 'COUNT TEXT', 'each line moved in by so many spaces', '{{indent 2 "a\\nb"}}', '  a\n  b'],
    ['nindent', 'COUNT TEXT', 'likewise, after a line break', '{{nindent 2 "a"}}', '\n  a'],
    ['wrap', 'WIDTH TEXT', 'broken into lines at spaces', '{{wrap 8 "one two three"}}', 'one two\nthree'],
    [
      'wrapWith',
      'WIDTH SEPARATOR TEXT',
      'broken by another text, long words too',
      '{{wrapWith 4 "/" "abcdefghij"}}',
      'abcd/efgh/ij',
    ],
    ['replace', 'OLD NEW TEXT', 'each occurrence replaced', '{{"a.b.c" | replace "." "-"}}', 'a-b-c'],
    [
      'contains',
      'PART TEXT',
      'whether the text holds the part',
      '{{contains "restarting" .Message}}',
      'true',
    ],
    ['hasPrefix', 'START TEXT', 'whether it begins so', '{{hasPrefix "web-" .InvolvedObject.Name}}', 'true'],
    ['hasSuffix', 'END TEXT', 'whether it ends so', '{{hasSuffix "-0" .InvolvedObject.Name}}', 'false'],
    [
      'quote',
      'VALUE...',
      'each in double quotes, escaped as Go does',
      '{{quote .Reason "a\\"b"}}',
      '"BackOff" "a\\"b"',
    ],
    ['squote', 'VALUE...', 'each in single quotes, nothing escaped', '{{squote .Reason}}', "'BackOff'"],
    ['cat', 'VALUE...', 'with a space between', '{{cat .Type .Reason}}', 'Warning BackOff'],
    [
      'plural',
      'ONE MANY COUNT',
      'the first text for 1, else the second',
      '{{.Count}} {{plural "time" "times" (int .Count)}}',
      '12 times',
    ],
    ['toString', 'VALUE', 'as a text', '{{toString .Count | len}}', '2'],
    ['toStrings', 'LIST', 'a list of texts', '{{toStrings (list 1 2) | join "+"}}', '1+2'],
    ['join', 'SEPARATOR LIST', 'the items with a text between', '{{list 1 2 3 | join ", "}}', '1, 2, 3'],
    ['sortAlpha', 'LIST', 'the items as texts in order', '{{list "b" "a" | sortAlpha}}', '[a b]'],
    [
      'split',
      'SEPARATOR TEXT',
      'the parts as _0, _1 and so on',
      '{{(split "-" .InvolvedObject.Name)._0}}',
      'web',
    ],
    [
      'splitn',
      'SEPARATOR COUNT TEXT',
      'at most so many parts, as _0, _1 and so on',
      '{{(splitn "-" 2 .InvolvedObject.Name)._1}}',
      '7d4b9c6f5d-x2x9k',
    ],
    ['splitList', 'SEPARATOR TEXT', 'the parts as a list', '{{splitList "-" "a-b" | first}}', 'a'],
  ],
}

export const REGEXP_GROUP: FunctionGroup = {
  library: 'sprig',
  title: 'Regular expressions (RE2)',
  rows: [
    regexMatch,
    must(regexMatch),
    regexFind,
    must(regexFind),
    regexFindAll,
    must(regexFindAll),
    regexReplaceAll,
    must(regexReplaceAll),
    regexReplaceAllLiteral,
    must(regexReplaceAllLiteral),
    regexSplit,
    must(regexSplit),
    [
      'regexQuoteMeta',
      'TEXT',
      'an expression that matches just this text',
      '{{regexQuoteMeta "10.0.0.1"}}',
      '10\\.0\\.0\\.1',
    ],
  ],
}
