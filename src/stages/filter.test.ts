import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KubernetesEvent } from '../domain/event.ts'
import { compileFilter } from './filter.ts'

function eventOf(type: string, kind: string, namespace?: string): KubernetesEvent {
  return { metadata: {}, involvedObject: { kind, ...(namespace ? { namespace } : {}) }, type }
}

const pod = eventOf('Warning', 'Pod', 'shop')
const node = eventOf('Normal', 'Node')
const odd = eventOf('Odd', 'Pod', 'shop')

describe('a filter without options', () => {
  it('lets everything pass', () => {
    const filter = compileFilter({ level: 'all' })
    for (const event of [pod, node, odd]) assert.equal(filter(event).pass, true)
  })
})

describe('a level', () => {
  it('Warning lets only Warning pass', () => {
    const filter = compileFilter({ level: 'Warning' })
    assert.deepEqual(
      [pod, node, odd].map((event) => filter(event).pass),
      [true, false, false],
    )
  })

  it('Normal means Normal and Warning, and no other type', () => {
    const filter = compileFilter({ level: 'Normal' })
    assert.deepEqual(
      [pod, node, odd].map((event) => filter(event).pass),
      [true, true, false],
    )
  })

  it('says why it refused', () => {
    assert.deepEqual(compileFilter({ level: 'Warning' })(node), {
      pass: false,
      reason: 'level',
      detail: 'type "Normal" is not in Warning',
    })
  })
})

describe('namespaces', () => {
  const filter = compileFilter({ level: 'all', namespaces: ['shop', 'pay'] })

  it('are compared exactly with the namespace of the involved object', () => {
    assert.equal(filter(pod).pass, true)
    assert.equal(filter(eventOf('Warning', 'Pod', 'shop-2')).pass, false)
  })

  it('never match an object without one, not even when an empty name is listed', () => {
    assert.equal(filter(node).pass, false)
    assert.equal(compileFilter({ level: 'all', namespaces: [''] })(node).pass, false)
  })

  it('as an empty list let nothing pass', () => {
    assert.equal(compileFilter({ level: 'all', namespaces: [] })(pod).pass, false)
  })
})

describe('kinds', () => {
  it('are compared exactly', () => {
    const filter = compileFilter({ level: 'all', kinds: ['Pod'] })
    assert.equal(filter(pod).pass, true)
    const refusal = filter(node)
    assert.equal(refusal.pass, false)
    assert.equal(!refusal.pass && refusal.reason, 'kind')
  })
})

describe('several options', () => {
  it('must all agree; the first that does not gives the reason', () => {
    const filter = compileFilter({ level: 'Warning', namespaces: ['pay'], kinds: ['Job'] })
    const refusal = filter(pod)
    assert.equal(!refusal.pass && refusal.reason, 'namespace')
  })
})
