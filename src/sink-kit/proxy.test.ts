/** Which proxy a destination goes through: cases of Go's httpproxy. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { proxyFor } from './proxy.ts'

const proxied = (host: string, noProxy: string, port = 443): boolean =>
  proxyFor('https', host, port, { HTTPS_PROXY: 'http://proxy.example.test:3128', NO_PROXY: noProxy }) !==
  undefined

describe('the proxy', () => {
  it('is that of the scheme, upper case before lower', () => {
    const env = {
      HTTP_PROXY: 'http://a.example.test',
      http_proxy: 'http://b.example.test',
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
    assert.equal(
      proxyFor('http', 'hooks.example.test', 80, { HTTPS_PROXY: 'http://c.example.test' }),
      undefined,
    )
  })

  it('may have credentials and TLS of its own', () => {
    assert.deepEqual(
      proxyFor('https', 'hooks.example.test', 443, { HTTPS_PROXY: 'https://u:p%20w@[2001:db8::1]' }),
      {
        hostname: '2001:db8::1',
        port: 443,
        tls: true,
        authorization: `Basic ${Buffer.from('u:p w').toString('base64')}`,
      },
    )
  })

  it('that makes no sense is an error without its text', () => {
    const read = (): unknown =>
      proxyFor('https', 'hooks.example.test', 443, { HTTPS_PROXY: 'socks5://u:canary@x' })
    assert.throws(
      read,
      (error: Error) => /HTTPS_PROXY/.test(error.message) && !error.message.includes('canary'),
    )
  })

  it('is never used for the machine itself', () => {
    for (const host of ['localhost', '127.0.0.1', '127.8.9.1', '::1'])
      assert.equal(proxied(host, ''), false, host)
  })
})

describe('NO_PROXY', () => {
  for (const [noProxy, host, direct, port] of [
    ['', 'a.example.test', false],
    ['*', 'a.example.test', true],
    ['example.test', 'example.test', true],
    ['example.test', 'A.Example.Test', true],
    ['example.test', 'notexample.test', false],
    ['.example.test', 'a.example.test', true],
    ['.example.test', 'example.test', false],
    ['*.example.test', 'a.b.example.test', true],
    ['*.example.test', 'example.test', false],
    [' b.test , EXAMPLE.test ', 'a.example.test', true],
    ['example.test:443', 'a.example.test', true],
    ['example.test:8443', 'a.example.test', false],
    ['example.test:8443', 'a.example.test', true, 8443],
    [':443', 'a.example.test', false],
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['10.0.0.0/8', 'ten.example.test', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.70', false],
    ['192.0.2.7:80', '192.0.2.7', false],
    ['2001:db8::/32', '2001:db8::5', true],
    ['2001:db8::5', '2001:DB8:0::5', true],
    ['[2001:db8::5]:443', '2001:db8::5', true],
    ['10.0.0.0/99', '10.0.0.1', false],
  ] as const) {
    it(`${JSON.stringify(noProxy)}: ${host} goes ${direct ? 'straight' : 'through the proxy'}`, () => {
      assert.equal(proxied(host, noProxy, port), !direct)
    })
  }
})
