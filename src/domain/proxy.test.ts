/** Which proxy a connection goes through: what Go's httpproxy answers to the same variables. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { proxyAddress, proxyFor, proxyWarnings, readProxyUrl, type Proxy } from './proxy.ts'

const through = (value: string): Proxy | undefined =>
  proxyFor('https', 'hooks.example.test', 443, { HTTPS_PROXY: value })
const basic = (text: string, encoding: 'utf8' | 'latin1' = 'utf8'): string =>
  `Basic ${Buffer.from(text, encoding).toString('base64')}`

describe('the proxy of the environment', () => {
  it('is that of the scheme, upper case before lower, empty as not set', () => {
    const env = {
      HTTP_PROXY: 'http://a.example.test',
      http_proxy: 'http://b.example.test',
      HTTPS_PROXY: '',
      https_proxy: 'c.example.test:8080',
    }
    assert.deepEqual(proxyFor('http', 'hooks.example.test', 80, env), {
      hostname: 'a.example.test',
      port: 80,
      tls: false,
    })
    assert.deepEqual(proxyFor('https', 'hooks.example.test', 443, env), {
      hostname: 'c.example.test',
      port: 8080,
      tls: false,
    })
    assert.equal(proxyFor('http', 'hooks.example.test', 80, { HTTPS_PROXY: 'c.example.test' }), undefined)
  })

  it('honours NO_PROXY in both cases', () => {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      const env = { HTTP_PROXY: 'proxy.example.test', [name]: 'hooks.example.test' }
      assert.equal(proxyFor('http', 'hooks.example.test', 80, env), undefined)
    }
  })

  for (const [value, hostname, port, tls, authorization] of [
    ['proxy.example.test', 'proxy.example.test', 80, false],
    ['proxy.example.test:3128', 'proxy.example.test', 3128, false],
    ['localhost', 'localhost', 80, false],
    ['10.0.0.9:3128', '10.0.0.9', 3128, false],
    ['HTTP://Proxy.example.test/path?query', 'proxy.example.test', 80, false],
    ['https://proxy.example.test', 'proxy.example.test', 443, true],
    ['https://[2001:db8::1]:8443', '2001:db8::1', 8443, true],
    ['user:pw@proxy.example.test:1', 'proxy.example.test', 1, false, basic('user:pw')],
    ['http://user@proxy.example.test', 'proxy.example.test', 80, false, basic('user:')],
    ['http://u:p%20w%C3%A4@proxy.example.test', 'proxy.example.test', 80, false, basic('u:p wä')],
    ['http://u:%ff@proxy.example.test', 'proxy.example.test', 80, false, basic('u:\u00ff', 'latin1')],
    ['http://u:p@w:x@proxy.example.test', 'proxy.example.test', 80, false, basic('u:p@w:x')],
  ] as const) {
    it(`may be written ${value}`, () => {
      const proxy = { hostname, port, tls, ...(authorization === undefined ? {} : { authorization }) }
      assert.deepEqual(through(value), proxy)
    })
  }

  for (const value of [
    'http://u:canary@proxy.example.test\n',
    'http://u:canary%zz@proxy.example.test',
    'proxy.example.test:canary',
  ]) {
    it(`is passed over and warned of, as ${JSON.stringify(value)}`, () => {
      assert.equal(through(value), undefined)
      const [warning = '', ...more] = proxyWarnings({ https_proxy: value, HTTP_PROXY: 'proxy.example.test' })
      assert.match(warning, /^https_proxy is set, cannot be read and is not used/)
      assert.ok(!warning.includes('canary'))
      assert.deepEqual(more, [])
    })
  }

  for (const [value, what] of [
    ['socks5://u:canary@proxy.example.test', /HTTPS_PROXY cannot be used: socks5:\/\/ is not supported/],
    ['http://u:canary/@proxy.example.test', /HTTPS_PROXY cannot be used: it is no URL of a proxy/],
    ['http://u:canary^@proxy.example.test', /it is no URL of a proxy/],
    ['http://proxy.example.test:canary', /it is no URL of a proxy/],
  ] as const) {
    it(`cannot be used as ${value}, which is told without its text`, () => {
      assert.throws(
        () => through(value),
        (error: Error) => what.test(error.message) && !error.message.includes('canary'),
      )
      assert.deepEqual(proxyWarnings({ HTTPS_PROXY: value }), [])
      assert.equal(proxyFor('https', 'localhost', 443, { HTTPS_PROXY: value }), undefined)
    })
  }
})

describe("a proxy's URL", () => {
  it('of its own must name its scheme', () => {
    assert.deepEqual(readProxyUrl('proxy.example.test:3128'), { kind: 'unreadable' })
    assert.deepEqual(readProxyUrl('socks5h://proxy.example.test'), { kind: 'unsupported', scheme: 'socks5h' })
  })

  it('is shown without its credentials', () => {
    for (const [url, shown] of [
      ['http://u:canary@proxy.example.test', 'http://proxy.example.test:80'],
      ['https://[2001:db8::1]/x', 'https://[2001:db8::1]:443'],
    ] as const) {
      const read = readProxyUrl(url)
      assert.ok(read.kind === 'proxy')
      assert.equal(proxyAddress(read.proxy), shown)
    }
  })
})
