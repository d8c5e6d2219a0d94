// sprig's functions of lists and dictionaries, for people.

import { alias, must, type FunctionGroup, type FunctionRow } from './function-doc.ts'

const list: FunctionRow = ['list', 'ITEM...', 'a list of these', '{{list .Type 1 true}}', '[Warning 1 true]']
const append: FunctionRow = [
  'append',
  'LIST ITEM',
  'with one more at the end',
  '{{append (list 1 2) 3}}',
  '[1 2 3]',
]
const push: FunctionRow = alias(append, 'push')
const prepend: FunctionRow = [
  'prepend',
  'LIST ITEM',
  'with one more at the start',
  '{{prepend (list 1 2) 0}}',
  '[0 1 2]',
]
const first: FunctionRow = ['first', 'LIST', 'the first item', '{{first (list 1 2 3)}}', '1']
const last: FunctionRow = ['last', 'LIST', 'the last item', '{{last (list 1 2 3)}}', '3']
const rest: FunctionRow = ['rest', 'LIST', 'all but the first', '{{rest (list 1 2 3)}}', '[2 3]']
const initial: FunctionRow = ['initial', 'LIST', 'all but the last', '{{initial (list 1 2 3)}}', '[1 2]']
const reverse: FunctionRow = ['reverse', 'LIST', 'the other way round', '{{reverse (list 1 2 3)}}', '[3 2 1]']
const uniq: FunctionRow = ['uniq', 'LIST', 'each item once', '{{uniq (list 1 1 2)}}', '[1 2]']
const compact: FunctionRow = [
  'compact',
  'LIST',
  'without empty items',
  '{{compact (list 1 0 "" 2)}}',
  '[1 2]',
]
const without: FunctionRow = [
  'without',
  'LIST ITEM...',
  'without these',
  '{{without (list 1 2 3) 2}}',
  '[1 3]',
]
const has: FunctionRow = [
  'has',
  'ITEM LIST',
  'whether the list holds it',
  '{{has .Reason (list "BackOff" "Failed")}}',
  'true',
]
const mustSlice: FunctionRow = [
  'mustSlice',
  'LIST BOUND...',
  "items from the first bound up to the second; slice is Go's own",
  '{{mustSlice (list 1 2 3 4) 1 3}}',
  '[2 3]',
]
const chunk: FunctionRow = [
  'chunk',
  'SIZE LIST',
  'a list of lists of so many',
  '{{chunk 2 (list 1 2 3)}}',
  '[[1 2] [3]]',
]

export const LIST_GROUP: FunctionGroup = {
  library: 'sprig',
  title: 'Lists',
  rows: [
    list,
    alias(list, 'tuple'),
    first,
    must(first),
    last,
    must(last),
    rest,
    must(rest),
    initial,
    must(initial),
    append,
    must(append),
    push,
    must(push),
    prepend,
    must(prepend),
    ['concat', 'LIST...', 'the items of all', '{{concat (list 1 2) (list 3)}}', '[1 2 3]'],
    reverse,
    must(reverse),
    uniq,
    must(uniq),
    compact,
    must(compact),
    without,
    must(without),
    has,
    must(has),
    mustSlice,
    chunk,
    must(chunk),
    [
      'until',
      'END',
      'a list of the numbers from 0 up to END',
      '{{range until 3}}<{{.}}>{{end}}',
      '<0><1><2>',
    ],
    ['untilStep', 'START END STEP', 'a list of numbers in steps', '{{untilStep 0 10 4}}', '[0 4 8]'],
    ['seq', 'NUMBER...', 'numbers as text: to END, START END or START STEP END', '{{seq 1 4}}', '1 2 3 4'],
  ],
}

const merge: FunctionRow = [
  'merge',
  'DICT MORE...',
  'with what the others have and it has not; it is changed',
  '{{merge (dict "a" 1) (dict "a" 2 "b" 3)}}',
  'map[a:1 b:3]',
]
const mergeOverwrite: FunctionRow = [
  'mergeOverwrite',
  'DICT MORE...',
  'with what the others have; it is changed',
  '{{mergeOverwrite (dict "a" 1) (dict "a" 2)}}',
  'map[a:2]',
]
const deepCopy: FunctionRow = [
  'deepCopy',
  'VALUE',
  'a copy of it and of all that it holds',
  '{{deepCopy (dict "a" 1)}}',
  'map[a:1]',
]

export const DICT_GROUP: FunctionGroup = {
  library: 'sprig',
  title: 'Dictionaries',
  rows: [
    [
      'dict',
      'PAIR...',
      'a dictionary of keys and values, in turns',
      '{{dict "kind" .InvolvedObject.Kind "count" 12}}',
      'map[count:12 kind:Pod]',
    ],
    ['get', 'DICT KEY', 'a value; empty without one', '{{get (dict "a" 1) "a"}}', '1'],
    ['set', 'DICT KEY VALUE', 'the dictionary, changed', '{{set (dict "a" 1) "b" 2}}', 'map[a:1 b:2]'],
    ['unset', 'DICT KEY', 'the dictionary, without the key', '{{unset (dict "a" 1 "b" 2) "a"}}', 'map[b:2]'],
    ['hasKey', 'DICT KEY', 'whether it has the key', '{{hasKey (dict "a" 1) "b"}}', 'false'],
    [
      'pluck',
      'KEY DICT...',
      'a list of the values of one key',
      '{{pluck "a" (dict "a" 1) (dict "a" 2)}}',
      '[1 2]',
    ],
    [
      'dig',
      'PATH...',
      'what lies at a path of keys; before the dictionary stands what is taken without it',
      '{{dig "a" "b" "none" (dict "a" (dict "b" 7))}}',
      '7',
    ],
    ['keys', 'DICT...', 'a list of the keys', '{{keys (dict "a" 1 "b" 2)}}', '[a b]'],
    [
      'values',
      'DICT',
      'a list of the values, in the order of the keys',
      '{{values (dict "a" 1 "b" 2)}}',
      '[1 2]',
    ],
    ['pick', 'DICT KEY...', 'with these keys alone', '{{pick (dict "a" 1 "b" 2) "b"}}', 'map[b:2]'],
    ['omit', 'DICT KEY...', 'without these keys', '{{omit (dict "a" 1 "b" 2) "b"}}', 'map[a:1]'],
    merge,
    must(merge),
    mergeOverwrite,
    must(mergeOverwrite),
    deepCopy,
    must(deepCopy),
  ],
}
