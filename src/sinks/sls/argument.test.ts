/** How `--sink=sls:…` is read. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod/mini'
import type { ReadArgument } from '../../sink-kit/sink.ts'
import { splitArgument } from '../../sink-kit/split-argument.ts'
import { sinkArgument } from '../../sink-kit/testing/sink-world.ts'
import sls from './index.ts'

function read(query: string): ReadArgument {
  const { kit, own, problems } = splitArgument(sinkArgument(`sls:https://sls.aliyuncs.com?${query}`))
  assert.deepEqual(problems, [])
  return sls.readArgument(own, kit)
}

const place = 'project=shop&logStore=events'

describe('the argument of sls', () => {
  it('is read as in the original', () => {
    const { options, filter, warnings, errors } = read(
      `${place}&topic=t&regionId=cn-test&accessKeyId=i&accessKeySecret=s&internal=false&label=a,1&label=b,2`,
    )
    assert.deepEqual(z.parse(sls.schema, options), {
      project: 'shop',
      logStore: 'events',
      topic: 't',
      regionId: 'cn-test',
      accessKeyId: 'i',
      accessKeySecret: 's',
      internal: false,
      label: { a: '1', b: '2' },
      signature: 'v4',
    })
    assert.deepEqual([filter, warnings, errors], [{ level: 'all' }, [], []])
  })

  it('sends inside the cloud unless it is told otherwise', () => {
    for (const [text, internal] of [
      [place, true],
      [`${place}&internal=0`, false],
      [`${place}&internal=T`, true],
    ] as const) {
      assert.equal(read(text).options['internal'], internal)
    }
    const { options, mistakes } = read(`${place}&internal=no`)
    assert.equal(options['internal'], true)
    assert.match(mistakes?.join() ?? '', /`internal` is neither true nor false and counts as true/)
  })

  it('leaves out a label without one comma, and says so', () => {
    const { options, warnings, mistakes } = read(`${place}&label=good,1&label=bad&label=a,b,c`)
    assert.deepEqual(options['label'], { good: '1' })
    assert.equal(warnings.length, 2)
    assert.deepEqual(mistakes, warnings)
    assert.match(warnings[0] ?? '', /write label=name,value/)
  })

  it('takes the last of two labels of one name, and the first of any other option', () => {
    const { options, warnings } = read(`${place}&label=a,1&label=a,2&topic=x&topic=y`)
    assert.deepEqual([options['label'], options['topic']], [{ a: '2' }, 'x'])
    assert.match(warnings.join(), /`topic` is given more than once/)
  })

  it('names what it does not know', () => {
    assert.match(
      read(`${place}&logstore=x`).warnings.join(),
      /no option `logstore` here.*meant: `logStore`\?/,
    )
  })

  it('needs a project and a logstore, without which the original makes no sink', () => {
    for (const text of ['logStore=x', 'project=x']) {
      const { options, originalRefuses } = read(text)
      assert.equal(originalRefuses, true)
      assert.equal(z.safeParse(sls.schema, options).success, false)
    }
    assert.equal(z.safeParse(sls.schema, read('project=a.b&logStore=c/d').options).success, false)
  })

  it('shows its project and the host of its endpoint alone', () => {
    const { options } = read(
      `${place}&accessKeySecret=hush&ke.endpoint=https://u:p@gateway.example.test/secret`,
    )
    const shown = sls.display(z.parse(sls.schema, options))
    assert.equal(shown, 'project shop at https://gateway.example.test/…')
  })
})
