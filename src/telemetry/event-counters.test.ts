/** Holds the bound on series. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EventCounter, maxNamedSeries } from './event-counters.ts'

function countsOf(counter: EventCounter): Map<string, number> {
  const counts = new Map<string, number>()
  counter.write((labels, value) => counts.set(labels, value))
  return counts
}

function named(
  name: string,
  reason = 'Unhealthy',
): { kind: string; name: string; namespace: string; reason: string } {
  return { kind: 'Pod', name, namespace: 'shop', reason }
}

describe('a counter of events', () => {
  it('counts by its labels, in the order that the original writes them', () => {
    const counter = new EventCounter(10, () => {})
    counter.count(named('web-1'))
    counter.count(named('web-1'))
    counter.count({ kind: 'Pod', namespace: 'shop', reason: 'Pulled' })
    assert.deepEqual(
      [...countsOf(counter)],
      [
        ['{kind="Pod",name="web-1",namespace="shop",reason="Unhealthy"}', 2],
        ['{kind="Pod",namespace="shop",reason="Pulled"}', 1],
      ],
    )
  })

  it('has ten thousand series with a name and counts the rest as _other, none lost', () => {
    let told = 0
    const counter = new EventCounter(maxNamedSeries, () => told++)
    for (let index = 0; index < maxNamedSeries + 500; index++) counter.count(named(`web-${index}`))
    const counts = countsOf(counter)
    assert.equal(counts.size, 10_001)
    assert.equal(counts.get('{kind="Pod",name="_other",namespace="shop",reason="Unhealthy"}'), 500)
    assert.equal(told, 1)
  })

  it('goes on counting a series that it has', () => {
    const counter = new EventCounter(2, () => {})
    for (const name of ['a', 'b', 'c', 'a', 'd', 'b', 'a']) counter.count(named(name))
    assert.deepEqual(
      [...countsOf(counter)].map(([labels, count]) => `${/name="(\w+)"/.exec(labels)?.[1]} ${count}`),
      ['a 3', 'b 2', '_other 2'],
    )
  })

  it('keeps reason and namespace beside _other', () => {
    const counter = new EventCounter(1, () => {})
    counter.count(named('a'))
    counter.count(named('b', 'Failed'))
    assert.ok(countsOf(counter).has('{kind="Pod",name="_other",namespace="shop",reason="Failed"}'))
  })

  it('is bounded even when reasons are invented without end', () => {
    const counter = new EventCounter(10, () => {})
    for (let index = 0; index < 1000; index++) counter.count(named(`web-${index}`, `Reason${index}`))
    for (let index = 0; index < 1000; index++) {
      counter.count({ kind: 'Pod', namespace: 'shop', reason: `Reason${index}` })
    }
    const counts = countsOf(counter)
    assert.equal(counts.size, 22)
    assert.equal(
      [...counts.values()].reduce((sum, count) => sum + count),
      2000,
    )
  })
})
