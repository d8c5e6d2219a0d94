/** Holds the text format: escaping, numbers, histograms. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Metric, labelsOf, maxLabelLength, renderMetrics } from './exposition.ts'
import { Histogram } from './histogram.ts'

function gauge(collect: Metric['collect'], help = 'Help.'): Metric {
  return { name: 'a_gauge', type: 'gauge', help, labels: [], collect }
}

describe('the exposition', () => {
  it('writes help and type before the samples', () => {
    assert.equal(
      renderMetrics([gauge((write) => write('', 1))]),
      '# HELP a_gauge Help.\n# TYPE a_gauge gauge\na_gauge 1\n',
    )
  })

  it('leaves out a metric without a sample', () => {
    assert.equal(renderMetrics([gauge(() => {})]), '')
  })

  it('writes the numbers that are none as the format wants them', () => {
    const text = renderMetrics([
      gauge((write) => {
        write('{a="1"}', Infinity)
        write('{a="2"}', -Infinity)
        write('{a="3"}', NaN)
        write('{a="4"}', 1e21)
        write('{a="5"}', 0.0005)
      }),
    ])
    assert.deepEqual(text.match(/(?<=\} ).*/g), ['+Inf', '-Inf', 'NaN', '1e+21', '0.0005'])
  })

  it('escapes backslash and line break in help', () => {
    assert.match(renderMetrics([gauge((write) => write('', 1), 'a\\b\nc')]), /^# HELP a_gauge a\\\\b\\nc\n/)
  })

  it('escapes backslash, quote and line break in labels', () => {
    assert.equal(labelsOf({ reason: 'a\\b"c\nd' }), String.raw`{reason="a\\b\"c\nd"}`)
  })

  it('gives two lone surrogates one label, since their bytes would be the same', () => {
    assert.equal(labelsOf({ a: '\ud800' }), labelsOf({ a: '\udc00' }))
    assert.equal(labelsOf({ a: '🚀' }), '{a="🚀"}')
  })

  it('cuts a label that is longer than any name may be', () => {
    const [, value = ''] = /"(.*)"/.exec(labelsOf({ name: 'x'.repeat(100_000) })) ?? []
    assert.equal(value.length, maxLabelLength)
    assert.equal(labelsOf({ name: 'x'.repeat(maxLabelLength) }).includes('…'), false)
  })
})

describe('a histogram', () => {
  function rendered(histogram: Histogram): string[] {
    const metric: Metric = {
      name: 'h',
      type: 'histogram',
      help: 'H.',
      labels: ['sink'],
      collect: (write) => histogram.write(write),
    }
    return renderMetrics([metric]).trimEnd().split('\n').slice(2)
  }

  it('adds its buckets up; a value on a bound belongs below it', () => {
    const histogram = new Histogram([0.1, 1], { sink: 'a"b' })
    histogram.observe(0.1)
    histogram.observe(0.5, 3)
    histogram.observe(2)
    assert.deepEqual(rendered(histogram), [
      String.raw`h_bucket{sink="a\"b",le="0.1"} 1`,
      String.raw`h_bucket{sink="a\"b",le="1"} 4`,
      String.raw`h_bucket{sink="a\"b",le="+Inf"} 5`,
      String.raw`h_sum{sink="a\"b"} 3.6`,
      String.raw`h_count{sink="a\"b"} 5`,
    ])
  })

  it('has no labels but le where it has none', () => {
    assert.deepEqual(rendered(new Histogram([1])), [
      'h_bucket{le="1"} 0',
      'h_bucket{le="+Inf"} 0',
      'h_sum 0',
      'h_count 0',
    ])
  })

  it('takes a negative time, of a clock that jumped, and NaN for none', () => {
    const histogram = new Histogram([1])
    histogram.observe(-5)
    histogram.observe(NaN)
    assert.deepEqual(rendered(histogram).slice(0, 3), [
      'h_bucket{le="1"} 2',
      'h_bucket{le="+Inf"} 2',
      'h_sum 0',
    ])
  })
})
