/** Where a text stops being JSON. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeJsonFault, jsonFault } from './json-fault.ts'
import { seeded } from './testing/seeded.ts'

function told(text: string): string | undefined {
  const fault = jsonFault(text)
  return fault && describeJsonFault(fault)
}

describe('the place at which a text is no JSON', () => {
  it('is none for JSON', () => {
    for (const text of ['{}', ' [1, -2.5e3, "a\\n\\u00e9", {"b": null}] ', '"x"', 'true', '0']) {
      assert.equal(jsonFault(text), undefined, text)
    }
  })

  it('tells line, column, what stands there and what belongs there', () => {
    const cases: readonly (readonly [text: string, told: string])[] = [
      ['', 'line 1, column 1: found the end, where a value belongs'],
      ['{"a": "b""c": 1}', 'line 1, column 10: found `"`, where `,` or `}` belongs'],
      ['"text":"x"', 'line 1, column 7: found `:`, where the end belongs'],
      [
        '{"a": "x\ny"}',
        'line 1, column 9: found a line break, where an escape such as `\\n` or `\\\\` belongs',
      ],
      [
        '{\n  "a": "订单 C:\\d"\n}',
        'line 2, column 14: found `\\`, where an escape such as `\\n` or `\\\\` belongs',
      ],
      ['{"a": 1,}', 'line 1, column 9: found `}`, where a key in quotes belongs'],
      ['[1 2]', 'line 1, column 4: found `2`, where `,` or `]` belongs'],
      ['{"a" 1}', 'line 1, column 6: found `1`, where `:` belongs'],
      ['{"a": "x', 'line 1, column 9: found the end, where `"` at the end of the string belongs'],
      ['[1', 'line 1, column 3: found the end, where `,` or `]` belongs'],
      ['{a: 1}', 'line 1, column 2: found `a`, where a key in quotes, or `}` belongs'],
      ['[\u0001]', 'line 1, column 2: found U+0001, where a value belongs'],
      ['01', 'line 1, column 2: found `1`, where the end belongs'],
    ]
    for (const [text, expected] of cases) assert.equal(told(text), expected, text)
  })

  it('is found in a text nested deeper than any stack', () => {
    assert.equal(jsonFault(`${'['.repeat(200_000)}x`)?.column, 200_001)
  })

  it('is found exactly where JSON.parse refuses, and nothing before it is at fault', () => {
    const random = seeded()
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '\\n',
      'true',
      'nul',
      '1',
      '-',
      '.5',
      'e',
      ' ',
      '\n',
      'é',
    ]
    for (let round = 0; round < 20_000; round++) {
      const length = 1 + random.below(10)
      const text = Array.from({ length }, () => pieces[random.below(pieces.length)] ?? '').join('')
      assert.equal(jsonFault(text) === undefined, parses(text), `${random.seedText} ${JSON.stringify(text)}`)
    }
  })
})

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
