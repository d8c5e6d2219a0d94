/** Who goes past a proxy: each row is what Go's httpproxy answers. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isExempt } from './no-proxy.ts'

describe('loopback', () => {
  it('is never proxied', () => {
    for (const host of ['localhost', '127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])
      assert.equal(isExempt(host, 443, ''), true, host)
  })

  it('is not what only looks like it', () => {
    for (const host of ['::2', '::', '0.0.0.0', 'local.localhost', 'localhost.test', '127.0.0.1.test'])
      assert.equal(isExempt(host, 443, ''), false, host)
  })
})

describe('NO_PROXY', () => {
  for (const [noProxy, host, exempt, port] of [
    ['', 'a.example.test', false],
    ['*', 'a.example.test', true],
    [' x , * ', '10.0.0.1', true],
    ['example.test', 'example.test', true],
    ['example.test', 'a.b.example.test', true],
    ['example.test', 'A.Example.Test', true],
    ['example.test', 'notexample.test', false],
    ['.example.test', 'a.example.test', true],
    ['.example.test', 'example.test', false],
    ['*.example.test', 'a.b.example.test', true],
    ['*.example.test', 'example.test', false],
    ['*example.test', 'a.example.test', false],
    [' b.test , EXAMPLE.test ', 'a.example.test', true],
    ['test', 'example.test', true],
    ['例子.test', 'xn--fsqu00a.test', true],
    ['xn--fsqu00a.test', 'www.例子.test', true],
    ['.例子.test', 'www.例子.test', true],
    ['example.test:443', 'a.example.test', true],
    ['example.test:8443', 'a.example.test', false],
    ['example.test:8443', 'a.example.test', true, 8443],
    ['example.test:', 'a.example.test', true],
    ['example.test:https', 'a.example.test', false],
    ['[example.test]:443', 'a.example.test', true],
    [':443', 'a.example.test', false],
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['10.0.0.0/8', 'ten.example.test', false],
    ['10.0.0.0/30', '10.0.0.3', true],
    ['10.0.0.0/30', '10.0.0.4', false],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['10.0.0.0/99', '10.0.0.1', false],
    ['10.0.0.0/', '10.0.0.0', false],
    ['0.0.0.0/0', '10.0.0.1', true],
    ['0.0.0.0/0', '2001:db8::5', false],
    ['::/0', '2001:db8::5', true],
    ['::/0', '10.0.0.1', false],
    ['::ffff:10.0.0.0/104', '10.0.0.1', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.70', false],
    ['192.0.2.7:80', '192.0.2.7', false],
    ['192.0.2.7:443', '192.0.2.7', true],
    ['0.2.7', '192.0.2.7', false],
    ['.2.7', '192.0.2.7', false],
    ['192.0.2.07', '192.0.2.7', false],
    ['2001:db8::/32', '2001:db8::5', true],
    ['2001:db8::/32', '2001:db9::5', false],
    ['2001:db8::5', '2001:DB8:0::5', true],
    ['2001:db8::5', '2001:db8:0:0:0:0:0:5', true],
    ['[2001:db8::5]:443', '2001:db8::5', true],
    ['[2001:db8::5]:80', '2001:db8::5', false],
    ['[2001:db8::5]', '2001:db8::5', false],
    ['2001:db8::1::5', '2001:db8::5', false],
    ['1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8', false],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8', true],
    ['::10.0.0.2', '::a00:2', true],
    ['.example.test', '2001:db8::5%.example.test', false],
  ] as const) {
    it(`${JSON.stringify(noProxy)}: ${host} goes ${exempt ? 'straight' : 'through the proxy'}`, () => {
      assert.equal(isExempt(host, port ?? 443, noProxy), exempt)
    })
  }
})
