// sprig's functions of numbers, of any value and of dates, for people.

import { alias, must, type FunctionGroup, type FunctionRow } from './function-doc.ts'

const max: FunctionRow = ['max', 'NUMBER MORE...', 'the greatest', '{{max 3 9 4}}', '9']

export const NUMBER_GROUP: FunctionGroup = {
  library: 'sprig',
  title: 'Numbers',
  rows: [
    ['add', 'NUMBER...', 'the sum', '{{add .Count 1}}', '13'],
    ['add1', 'NUMBER', 'one more', '{{add1 .Count}}', '13'],
    ['sub', 'LEFT RIGHT', 'the difference', '{{sub .Count 2}}', '10'],
    ['mul', 'NUMBER MORE...', 'the product', '{{mul .Count 2 3}}', '72'],
    [
      'div',
      'LEFT RIGHT',
      'the whole part of the quotient; 0 on the right is an error',
      '{{div .Count 5}}',
      '2',
    ],
    ['mod', 'LEFT RIGHT', 'the rest', '{{mod .Count 5}}', '2'],
    ['addf', 'NUMBER...', 'the sum, with decimals', '{{addf 0.1 0.2}}', '0.3'],
    ['add1f', 'NUMBER', 'one more, with decimals', '{{add1f 1.5}}', '2.5'],
    ['subf', 'NUMBER MORE...', 'the first less all others, with decimals', '{{subf 7.5 2 3}}', '2.5'],
    ['mulf', 'NUMBER MORE...', 'the product, with decimals', '{{mulf 1.5 2 2}}', '6'],
    ['divf', 'NUMBER MORE...', 'the first divided by all others, with decimals', '{{divf 10 4}}', '2.5'],
    max,
    alias(max, 'biggest'),
    ['min', 'NUMBER MORE...', 'the least', '{{min 3 9 4}}', '3'],
    ['maxf', 'NUMBER MORE...', 'the greatest, with decimals', '{{maxf 1 2.5}}', '2.5'],
    ['minf', 'NUMBER MORE...', 'the least, with decimals', '{{minf 1.5 3}}', '1.5'],
    ['ceil', 'NUMBER', 'rounded up', '{{ceil 1.1}}', '2'],
    ['floor', 'NUMBER', 'rounded down', '{{floor 1.9}}', '1'],
    [
      'round',
      'NUMBER PLACES FROM...',
      'rounded to so many decimal places, up from .5 unless told otherwise',
      '{{round 3.14159 2}}',
      '3.14',
    ],
    ['atoi', 'TEXT', 'a text of digits as a number, else 0', '{{atoi "42"}}', '42'],
    ['int', 'VALUE', 'as an int', '{{int "42"}}', '42'],
    ['int64', 'VALUE', 'as an int64', '{{int64 4.9}}', '4'],
    ['float64', 'VALUE', 'as a float64', '{{float64 "1.25"}}', '1.25'],
    ['toDecimal', 'VALUE', 'a number written in octal digits', '{{toDecimal "0777"}}', '511'],
  ],
}

const toJson: FunctionRow = [
  'toJson',
  'VALUE',
  'as JSON, with its quotes; <, > and & as \\u003c and so on',
  '{{toJson "a \\"b\\" <c>"}}',
  '"a \\"b\\" \\u003cc\\u003e"',
]
const toRawJson: FunctionRow = [
  'toRawJson',
  'VALUE',
  'as JSON, with its quotes',
  '{{toRawJson .InvolvedObject.Name}}',
  '"web-7d4b9c6f5d-x2x9k"',
]
const toPrettyJson: FunctionRow = [
  'toPrettyJson',
  'VALUE',
  'as JSON in lines',
  '{{toPrettyJson (list 1 2)}}',
  '[\n  1,\n  2\n]',
]
const fromJson: FunctionRow = [
  'fromJson',
  'TEXT',
  'what a JSON text holds',
  '{{(fromJson "{\\"a\\": 1.5}").a}}',
  '1.5',
]

export const VALUE_GROUP: FunctionGroup = {
  library: 'sprig',
  title: 'Any value',
  rows: [
    [
      'default',
      'FALLBACK VALUE...',
      'the value, or the fallback where it is empty',
      '{{.Action | default "none"}}',
      'none',
    ],
    ['empty', 'VALUE', 'whether it is false, 0, an empty text or list, or nil', '{{empty .Action}}', 'true'],
    ['coalesce', 'VALUE...', 'the first that is not empty', '{{coalesce .Action .Reason "?"}}', 'BackOff'],
    ['all', 'VALUE...', 'whether none is empty', '{{all .Reason .Action}}', 'false'],
    ['any', 'VALUE...', 'whether one is not empty', '{{any .Reason .Action}}', 'true'],
    [
      'ternary',
      'YES NO CONDITION',
      'the first if the condition is true, else the second',
      '{{eq .Type "Warning" | ternary "🔴" "🟢"}}',
      '🔴',
    ],
    [
      'deepEqual',
      'LEFT RIGHT',
      'whether they equal each other in all that they hold',
      '{{deepEqual (list 1 2) (list 1 2)}}',
      'true',
    ],
    ['typeOf', 'VALUE', "the name of Go's type", '{{typeOf .InvolvedObject}}', 'v1.ObjectReference'],
    ['typeIs', 'TYPE VALUE', 'whether its type has this name', '{{typeIs "string" .Reason}}', 'true'],
    ['typeIsLike', 'TYPE VALUE', 'likewise, or a pointer to it', '{{typeIsLike "string" .Reason}}', 'true'],
    ['kindOf', 'VALUE', "Go's kind of value", '{{kindOf .Count}}', 'int32'],
    ['kindIs', 'KIND VALUE', 'whether it is of this kind', '{{kindIs "int32" .Count}}', 'true'],
    toJson,
    must(toJson),
    toRawJson,
    must(toRawJson),
    toPrettyJson,
    must(toPrettyJson),
    fromJson,
    must(fromJson),
    [
      'fail',
      'MESSAGE',
      'ends the rendering with an error: the event becomes a dead letter',
      '{{if eq .Reason ""}}{{fail "no reason"}}{{end}}ok',
      'ok',
    ],
  ],
}

const dateInZone: FunctionRow = [
  'dateInZone',
  'LAYOUT TIME ZONE',
  'a time in a zone',
  '{{dateInZone "15:04 MST" .LastTimestamp.Time "Asia/Shanghai"}}',
  '17:37 CST',
]
const dateModify: FunctionRow = [
  'dateModify',
  'DURATION TIME',
  'so much later, or earlier',
  '{{(dateModify "-1h" .LastTimestamp.Time).Format "15:04"}}',
  '08:37',
]
const mustDateModify = must(dateModify)
const toDate: FunctionRow = [
  'toDate',
  'LAYOUT TEXT',
  'a text as a time',
  '{{(toDate "2006-01-02" "2026-03-02").Weekday}}',
  'Monday',
]

export const DATE_GROUP: FunctionGroup = {
  library: 'sprig',
  title: 'Dates',
  rows: [
    ['now', '', 'when the event arrived', '{{now.Format "2006-01-02 15:04"}}', '2026-03-02 10:00'],
    [
      'ago',
      'TIME',
      'how long ago; give a time, not a timestamp: .LastTimestamp.Time',
      '{{ago .LastTimestamp.Time}}',
      '22m19s',
    ],
    [
      'date',
      'LAYOUT TIME',
      'a time in the local zone, by a layout such as 2006-01-02 15:04:05',
      '{{date "02.01. 15:04" .LastTimestamp.Time}}',
      '02.03. 09:37',
    ],
    dateInZone,
    alias(dateInZone, 'date_in_zone'),
    dateModify,
    alias(dateModify, 'date_modify'),
    mustDateModify,
    alias(mustDateModify, 'must_date_modify'),
    ['duration', 'SECONDS', 'seconds as hours, minutes and seconds', '{{duration "5400"}}', '1h30m0s'],
    [
      'durationRound',
      'VALUE',
      'a duration, or the time since then, in its largest unit',
      '{{durationRound "5h20m"}}',
      '5h',
    ],
    ['htmlDate', 'TIME', 'as an HTML date field takes it', '{{htmlDate .LastTimestamp.Time}}', '2026-03-02'],
    [
      'htmlDateInZone',
      'TIME ZONE',
      'likewise, in a zone',
      '{{htmlDateInZone .LastTimestamp.Time "Asia/Shanghai"}}',
      '2026-03-02',
    ],
    toDate,
    must(toDate),
    ['unixEpoch', 'TIME', 'seconds since 1970', '{{unixEpoch .LastTimestamp.Time}}', '1772444261'],
  ],
}
